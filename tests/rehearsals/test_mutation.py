"""Mutation finds the changes of an alarm that no rehearsal would fail on."""

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.engine.alarm import (
    Alarm,
    Comparison,
    CompositeAlarm,
    MetricAlarm,
    MetricStat,
    Query,
    Treatment,
)
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.template.deployment import Deployment
from rehearsal.mutation.mutate import mutate
from rehearsal.mutation.report import MutationReport
from rehearsal.runner.evaluation import rehearse_metrics
from rehearsal.runner.result import Recorded
from tests.rehearsals.conftest import ACCOUNT, REGION, make_scenario

HOME = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm"
ERRORS = "errors"


def metric_alarm(name: str = ERRORS, metric: str = "Errors", **parts: Any) -> MetricAlarm:
    """Make an alarm that fires above two errors a minute."""
    stat = MetricStat(
        metric=MetricIdentity.of("Shop", metric, {}), statistic="Sum", period_seconds=60
    )
    known: dict[str, Any] = {
        "name": name,
        "arn": f"{HOME}:{name}",
        "account": ACCOUNT,
        "region": REGION,
        "queries": (Query(id="m1", stat=stat),),
        "is_math": False,
        "period_seconds": 60,
        "evaluation_periods": 1,
        "datapoints_to_alarm": 1,
        "comparison": Comparison.ABOVE,
        "threshold": 2.0,
        "treatment": Treatment.NOT_BREACHING,
    }
    return MetricAlarm(**{**known, **parts})


def composite(rule: str, name: str = "either") -> CompositeAlarm:
    """Make a composite alarm."""
    return CompositeAlarm(
        name=name, arn=f"{HOME}:{name}", account=ACCOUNT, region=REGION, rule=rule
    )


def deploy(*alarms: Alarm) -> Deployment:
    """Deploy alarms alone."""
    return Deployment(
        resources=(),
        refused=(),
        metric_alarms=tuple(each for each in alarms if isinstance(each, MetricAlarm)),
        composite_alarms=tuple(each for each in alarms if isinstance(each, CompositeAlarm)),
    )


def record(deployment: Deployment, values: str | dict[str, str], **parts: Any) -> Recorded:
    """Record a scenario of metrics, of errors alone unless several are given."""
    emitted = {"Errors": values} if isinstance(values, str) else values
    aws = [
        {"namespace": "Shop", "metric": name, "values": series} for name, series in emitted.items()
    ]
    # A scenario has to expect something; this expects it of an alarm that is not deployed.
    known = {"quiet": [quiet("nobody")], **parts}
    scenario = make_scenario(aws=aws, **known)
    return rehearse_metrics(scenario, deployment).recorded


def fires(alarm: str, *stretches: tuple[str, str]) -> dict[str, Any]:
    """Expect an alarm to fire in the first of these stretches, and to recover in the second."""
    found: dict[str, Any] = {"alarm": alarm, "fires": list(stretches[0])}
    return {**found, "recovers": list(stretches[1])} if stretches[1:] else found


def quiet(alarm: str) -> dict[str, Any]:
    """Expect an alarm to stay quiet."""
    return {"alarm": alarm, "because": "it is close"}


def list_survivors(report: MutationReport) -> list[str]:
    """Show every survivor without its alarm's name."""
    return [str(each.mutant).partition(": ")[2] for each in report.survivors]


# Three errors in a minute, then silence: from the minute they are seen until they leave the range.
SILENCE = fires(ERRORS, ("7m", "7m"), ("9m", "9m"))


def test_a_change_is_noticed_by_the_scenario_that_then_fails() -> None:
    deployment = deploy(metric_alarm())
    recorded = record(deployment, "0x4 3 _x20", title="Three errors", expect=[SILENCE])
    report = mutate(deployment, [recorded])
    assert [str(each.mutant) for each in report.noticed] == [
        "errors: threshold 2 -> 3",
        "errors: comparison GreaterThanThreshold -> LessThanThreshold",
        "errors: period 60 s -> 120 s",
        "errors: period 60 s -> 30 s",
        "errors: evaluation periods 1 -> 2",
        "errors: missing data notBreaching -> missing",
        "errors: missing data notBreaching -> ignore",
        "errors: missing data notBreaching -> breaching",
    ]
    assert {each.scenario for each in report.noticed} == {"Three errors"}
    assert list_survivors(report) == [
        "threshold 2 -> 1",
        "comparison GreaterThanThreshold -> GreaterThanOrEqualToThreshold",
    ]
    assert {each.nearest for each in report.survivors} == {"Three errors"}
    assert report.score == 0.8


def test_a_near_miss_at_the_threshold_notices_what_a_firing_does_not() -> None:
    deployment = deploy(metric_alarm())
    fired = record(deployment, "0x4 3 _x20", expect=[SILENCE])
    at_threshold = record(deployment, "2x20", title="Two errors", quiet=[quiet(ERRORS)])
    report = mutate(deployment, [fired, at_threshold])
    assert list_survivors(report) == []
    assert report.score == 1
    assert [str(each.mutant) for each in report.noticed if each.scenario == "Two errors"] == [
        "errors: threshold 2 -> 1",
        "errors: comparison GreaterThanThreshold -> GreaterThanOrEqualToThreshold",
    ]


def test_what_nobody_expects_is_noticed_too() -> None:
    deployment = deploy(metric_alarm())
    elsewhere = record(deployment, "2x20", title="Elsewhere")
    report = mutate(deployment, [elsewhere])
    noticed = [str(each.mutant) for each in report.noticed]
    assert "errors: threshold 2 -> 1" in noticed
    assert "errors: threshold 2 -> 3" not in noticed
    assert {each.nearest for each in report.survivors} == {None}


def test_a_rehearsal_that_fails_anyway_notices_nothing() -> None:
    deployment = deploy(metric_alarm())
    wrong = record(deployment, "0x4 3 _x20", expect=[fires(ERRORS, ("1m", "2m"))])
    report = mutate(deployment, [wrong])
    assert report.noticed == ()
    assert report.score == 0


def test_of_other_alarms_nothing_is_judged() -> None:
    deployment = deploy(metric_alarm(), metric_alarm("visits", "Visits"))
    recorded = record(
        deployment,
        {"Errors": "0x4 3 _x20", "Visits": "0x20"},
        expect=[SILENCE, fires("visits", ("1m", "2m"))],
    )
    report = mutate(deployment, [recorded])
    assert {each.mutant.alarm.name for each in report.noticed} == {ERRORS}


@pytest.mark.parametrize("is_named", [False, True])
def test_a_recording_without_an_alarms_data_says_something_only_where_it_names_it(
    is_named: bool,
) -> None:
    deployment = deploy(metric_alarm())
    recorded = record(deployment, {}, quiet=[quiet(ERRORS if is_named else "nobody")])
    noticed = mutate(deployment, [recorded]).noticed
    assert [str(each.mutant) for each in noticed] == (
        ["errors: missing data notBreaching -> breaching"] if is_named else []
    )


def test_a_child_that_is_silent_itself_is_noticed_through_its_composite() -> None:
    child, other = metric_alarm(), metric_alarm("visits", "Visits")
    deployment = deploy(child, other, composite('ALARM("errors") AND ALARM("visits")'))
    both = record(
        deployment,
        {"Errors": "0x4 3x3 _x20", "Visits": "0x5 3x3 _x20"},
        expect=[
            fires("either", ("8m", "8m"), ("12m", "12m")),
            fires(ERRORS, ("1m", "20m")),
            fires("visits", ("1m", "20m")),
        ],
    )
    report = mutate(deployment, [both])
    noticed = [str(each.mutant) for each in report.noticed]
    # Of the child alone nothing is expected that is so exact.
    assert "errors: evaluation periods 1 -> 2" in noticed
    assert "visits: evaluation periods 1 -> 2" not in noticed
    assert noticed[-3:] == [
        'either: rule ALARM("errors") AND ALARM("visits") -> ALARM("visits")',
        'either: rule ALARM("errors") AND ALARM("visits") -> ALARM("errors")',
        'either: rule ALARM("errors") AND ALARM("visits") -> ALARM("errors") OR ALARM("visits")',
    ]


def test_a_mutant_that_no_data_could_tell_apart_is_listed_apart_and_not_counted() -> None:
    filled = metric_alarm(
        queries=(
            Query(id="e1", expression="FILL(m1, 0)"),
            Query(id="m1", stat=metric_alarm().returned.stat, returns_data=False),
        ),
        is_math=True,
    )
    deployment = deploy(filled)
    report = mutate(deployment, [record(deployment, "2x20", quiet=[quiet(ERRORS)])])
    assert [str(each.mutant).partition(": ")[2] for each in report.equivalent] == [
        "missing data notBreaching -> missing",
        "missing data notBreaching -> ignore",
        "missing data notBreaching -> breaching",
    ]
    assert len(report.noticed) + len(report.survivors) == 7
    assert str(report).splitlines()[-5:-3] == [
        "Not counted, for no data could tell them from their alarm:",
        "  errors: missing data notBreaching -> missing "
        "(FILL(m1, 0) has a value in every slot, by the inferred fill-empty)",
    ]


def test_the_report_says_what_is_left_to_do_and_rounds_the_score_down() -> None:
    deployment = deploy(metric_alarm())
    report = mutate(deployment, [record(deployment, "0x4 3 _x20", expect=[SILENCE])])
    assert str(report).splitlines() == [
        "No rehearsal noticed:",
        '  errors: threshold 2 -> 1 (nearest: "A test")',
        "  errors: comparison GreaterThanThreshold -> GreaterThanOrEqualToThreshold "
        '(nearest: "A test")',
        "8 of 10 mutants noticed: 80.0 %",
    ]
    noticed, survivors = report.noticed[0], report.survivors[0]
    alone = MutationReport(survivors=(replace(survivors, nearest=None),))
    assert "threshold 2 -> 1 (no scenario names it)" in str(alone)
    near = MutationReport(noticed=(noticed,) * 8_999, survivors=(survivors,) * 1_001)
    assert str(near).endswith("8999 of 10000 mutants noticed: 89.9 %")
    assert str(MutationReport()) == "0 of 0 mutants noticed: 100.0 %"
