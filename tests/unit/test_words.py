"""What definitions say in symbols is said in words that a page can show."""

import pytest

from infra.words import fires_when, missing_data, watched_in_words, window
from watchkeeper.definitions.alarm import (
    AlarmDefinition,
    AnyOf,
    Expression,
    Statistic,
    Threshold,
    TreatMissingData,
    Window,
)
from watchkeeper.definitions.conditions import (
    above,
    below,
    check_failing,
    filled,
    percent,
    silent,
    total,
)
from watchkeeper.definitions.metric import Kind, MetricDefinition, MetricSeries, Unit
from watchkeeper.definitions.severity import Severity

HOUR = Window(period_seconds=3600)


def metric(name: str, *, unit: Unit = Unit.COUNT, kind: Kind = Kind.COUNTER) -> MetricDefinition:
    return MetricDefinition(
        namespace="Test",
        name=name,
        unit=unit,
        kind=kind,
        dimension_sets=(("Environment",), ("Environment", "Type")),
        description="For a test.",
    )


SENT, LEFT = metric("Sent"), metric("Left")
PASSED = metric("Passed", kind=Kind.GAUGE)
DURATION = metric("Duration", unit=Unit.MILLISECONDS, kind=Kind.DISTRIBUTION)


def series(of: MetricDefinition, **names: str) -> MetricSeries:
    return of.series(Environment="production", **names)


def statistic(of: MetricDefinition, name: str, **names: str) -> Statistic:
    return Statistic(series=series(of, **names), statistic=name)


def alarm(condition: Threshold | AnyOf) -> AlarmDefinition:
    return AlarmDefinition(
        name="test-alarm",
        severity=Severity.P3,
        condition=condition,
        meaning="Something.",
        first_checks=("a", "b", "c"),
        runbook="test-alarm",
        dashboard="Test",
    )


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (above(statistic(LEFT, "Sum"), 10, HOUR), "sum of `Left` > 10"),
        (above(statistic(LEFT, "Sum", Type="digest"), 10, HOUR), "sum of `Left{digest}` > 10"),
        (
            above(filled(Expression(text="n - 1", metrics={"n": statistic(SENT, "Sum")})), 1, HOUR),
            "`Sent - 1` > 1",
        ),
        (
            below(percent(series(LEFT), series(SENT), minimum=9, otherwise=100), 5, HOUR),
            "`Left` in % of `Sent` (≥ 9) < 5 %",
        ),
        (above(statistic(DURATION, "p99"), 30_000, HOUR), "p99 of `Duration` > 30000 ms"),
        (
            above(statistic(DURATION, "SampleCount"), 3, HOUR),
            "number of datapoints of `Duration` > 3",
        ),
        (
            above(total([series(LEFT, Type="a"), series(LEFT, Type="b")]), 5, HOUR),
            "total of `Left{a | b}` > 5",
        ),
        (
            above(total([series(LEFT, Type="a"), series(SENT)]), 5, HOUR),
            "total of `Left{a}` and `Sent` > 5",
        ),
        (
            check_failing(series(PASSED, Type="a"), series(PASSED, Type="b")),
            "lowest of `Passed{a | b}` < 1",
        ),
        (
            above(percent(series(LEFT), series(SENT), minimum=200), 0.5, HOUR),
            "`Left` in % of `Sent` (≥ 200) > 0.5 %",
        ),
        (silent(series(PASSED), minutes=15), "number of datapoints of `Passed` < 1"),
        (
            below(
                Expression(
                    text="twice + n",
                    metrics={"n": statistic(SENT, "Sum")},
                    steps={"twice": "2 * n"},
                ),
                1,
                HOUR,
            ),
            "`(2 * Sent) + Sent` < 1",
        ),
        (
            above(
                Expression(
                    text="MAX([a, b])",
                    metrics={"m": statistic(LEFT, "Sum"), "n": statistic(SENT, "Sum")},
                    steps={"a": "IF(FILL(n, 0) >= 20, 100 * m / n, 0)", "b": "m - n"},
                    minimum_volume="≥ 20",
                    is_rate=True,
                ),
                5,
                HOUR,
            ),
            "highest of `Left` in % of `Sent` (≥ 20), `Left - Sent` > 5 %",
        ),
        (AnyOf(alarms=("test-a", "test-b")), "any of `test-a`, `test-b`"),
    ],
)
def test_an_alarm_says_when_it_fires(condition: Threshold | AnyOf, words: str) -> None:
    assert fires_when(alarm(condition)) == words


def test_what_is_watched_can_be_said_without_its_threshold() -> None:
    assert watched_in_words(statistic(SENT, "Sum")) == "sum of `Sent`"


def test_an_alarm_says_its_window_and_what_missing_data_means() -> None:
    single = alarm(above(statistic(SENT, "Sum"), 1, HOUR, TreatMissingData.IGNORE))
    assert (window(single), missing_data(single)) == ("1 h", "keeps its state")
    composite = alarm(AnyOf(alarms=("test-a",)))
    assert (window(composite), missing_data(composite)) == ("at once", "as its children")
