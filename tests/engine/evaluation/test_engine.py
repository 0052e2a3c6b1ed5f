"""Alarms on one clock: creation, windows, late data, metric math, composites, mutes."""

import dataclasses
import re
from typing import Any

import numpy as np
import pytest

from rehearsal.engine.alarm import Actions, Alarm, Comparison, Query, Treatment
from rehearsal.engine.composite.actions import Obstacle
from rehearsal.engine.composite.mute import MuteRule
from rehearsal.engine.errors import AlarmError
from rehearsal.engine.evaluation.engine import AlarmEngine
from rehearsal.engine.evaluation.slots import Seconds, Values
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Sample
from rehearsal.engine.metrics.store import MetricStore
from tests.engine.evaluation.engine_play import (
    ALARM,
    HOME,
    MINUTE,
    OK,
    START,
    TOPIC,
    composite_alarm,
    metric_alarm,
    play,
    store_of,
    tell,
    tell_pages,
)

DAY = 86_400


def test_a_new_alarm_knows_nothing_and_then_says_ok_and_runs_that_action() -> None:
    engine = AlarmEngine([metric_alarm("a")], store_of({"a": "0"}), START)
    assert engine.states == {"a": "INSUFFICIENT_DATA"}
    outcome = engine.advance(START + MINUTE)
    assert tell(outcome.transitions) == ["1 a OK"]
    assert outcome.action_runs[0].decision.actions == (TOPIC,)
    assert outcome.action_runs[0].notification.document["OldStateValue"] == "INSUFFICIENT_DATA"


def test_actions_run_on_a_change_and_never_while_the_state_lasts() -> None:
    outcome = play([metric_alarm("a")], {"a": "0XXXX0"})
    assert tell_pages(outcome) == ["1 a OK", "2 a ALARM", "6 a OK"]


def test_an_alarm_without_actions_enabled_changes_state_silently() -> None:
    quiet = metric_alarm("a", actions=Actions(enabled=False, alarm=(TOPIC,)))
    outcome = play([quiet], {"a": "0X"})
    assert tell(outcome.transitions) == ["1 a OK", "2 a ALARM"]
    assert {run.decision.obstacle for run in outcome.action_runs} == {Obstacle.DISABLED}


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        # Two errors four minutes apart are in one five-minute window, whatever the clock says.
        ("0000 X000X 00000 0000", ["1 a OK", "9 a ALARM", "10 a OK"]),
        ("0000 X0000X 0000 0000", ["1 a OK"]),
    ],
)
def test_the_window_slides_by_the_minute(signs: str, expected: list[str]) -> None:
    alarm = metric_alarm("a", period_seconds=300, threshold=1.5)
    assert tell(play([alarm], {"a": signs}).transitions) == expected


def test_late_data_is_seen_when_it_arrives_and_not_before() -> None:
    store = store_of({"a": "0X0000"}, delay_seconds=120)
    alarm = metric_alarm("a", 3, 1, treatment=Treatment.NOT_BREACHING)
    engine = AlarmEngine([alarm], store, START, states={"a": OK})
    # The bad minute ended at 2, was known at 4, and leaves the newest three real points at 6.
    assert tell(engine.advance(START + 9 * MINUTE).transitions) == ["4 a ALARM", "7 a OK"]


def test_going_on_minute_by_minute_is_the_same_as_going_on_at_once() -> None:
    alarms: list[Alarm] = [
        metric_alarm("a", 3, 2, treatment=Treatment.MISSING),
        metric_alarm("b", period_seconds=300, threshold=1.5),
        composite_alarm("c", 'ALARM("a") OR ALARM("b")'),
    ]
    series = {"a": "0X-X0 --XX- -0--- X0", "b": "X000X 000XX X0000 00"}
    at_once = play(alarms, series)
    engine = AlarmEngine(alarms, store_of(series), START)
    steps = [engine.advance(START + MINUTE * minute) for minute in range(18)]
    assert [each for step in steps for each in step.transitions] == list(at_once.transitions)
    assert [each for step in steps for each in step.action_runs] == list(at_once.action_runs)


def test_the_clock_does_not_go_back() -> None:
    engine = AlarmEngine([], store_of({}), START)
    engine.advance(START + 90)
    assert engine.now == START + 90
    with pytest.raises(ValueError, match="cannot go back"):
        engine.advance(START + 89)
    assert engine.now == START + 90


def test_an_observer_sees_what_the_alarm_sees() -> None:
    seen: list[tuple[int, float]] = []

    def observe(ticks: Seconds, values: Values) -> None:
        minutes = (ticks - START) // MINUTE
        seen.extend(zip(minutes.tolist(), values[:, -1].tolist(), strict=True))

    engine = AlarmEngine([metric_alarm("a"), metric_alarm("b")], store_of({"a": "0X-"}), START)
    engine.watch("a", observe)
    engine.advance(START + 3 * MINUTE)
    assert seen[:2] == [(1, 0.0), (2, 1.0)]
    assert np.isnan(seen[2][1])
    assert len(seen) == 3


# Percentiles with few samples, warm-up, multi-day and wall-clock windows.


@pytest.mark.parametrize(("ignores", "expected"), [(True, []), (False, ["1 a ALARM"])])
def test_a_percentile_of_few_samples_can_be_ignored(ignores: bool, expected: list[str]) -> None:
    alarm = metric_alarm("a", statistic="p90", ignores_low_samples=ignores)
    outcome = play([alarm], {"a": "X"}, states={"a": OK})
    assert tell(outcome.transitions) == expected
    for change in outcome.transitions:
        assert change.inferred == {Inference.PERCENTILE}


@pytest.mark.parametrize(
    ("n", "m", "minutes", "history"),
    [
        (1, 1, [(0, 100), (1, 99), (1, 100), (0, 99), (0, 100)], ["1 a OK", "3 a ALARM", "5 a OK"]),
        # One of two evaluated datapoints has too few: nothing changes while it is among them.
        (
            *(2, 1, [(0, 100), (1, 100), (0, 99), (0, 99), (0, 100), (0, 100)]),
            ["1 a OK", "2 a ALARM", "6 a OK"],
        ),
        # It is each datapoint that needs a hundred, and not the two together.
        (2, 2, [(0, 100), (1, 50), (1, 50), (1, 50)], ["1 a OK"]),
    ],
)
def test_a_p90_of_ninety_nine_samples_changes_nothing_and_one_of_a_hundred_does(
    n: int, m: int, minutes: list[tuple[float, float]], history: list[str]
) -> None:
    alarm = metric_alarm("a", n, m, statistic="p90", ignores_low_samples=True)
    store = MetricStore(
        Sample(
            metric=MetricIdentity.of("Tests", "a"),
            at=START + MINUTE * minute,
            arrives=START + MINUTE * (minute + 1),
            values=(float(value),),
            counts=(count,),
        )
        for minute, (value, count) in enumerate(minutes)
    )
    outcome = AlarmEngine([alarm], store, START).advance(START + MINUTE * len(minutes))
    assert tell(outcome.transitions) == history


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "1 a OK"),
        # The window of three is full at minute 3, before the ten minutes are over.
        ({"warm_up_minutes": 10}, "3 a OK"),
        ({"warm_up_minutes": 10, "warms_up_whole_period": True}, "10 a OK"),
    ],
)
def test_a_new_alarm_may_warm_up(facts: dict[str, Any], expected: str) -> None:
    alarm = metric_alarm("a", 3, **facts)
    assert tell(play([alarm], {"a": "0" * 12}).transitions) == [expected]


def test_a_warm_up_ends_when_data_fills_the_window_from_its_beginning() -> None:
    # The guide's example: three periods of five minutes, created at 10:00, data from 10:04 on.
    alarm = metric_alarm("a", 3, period_seconds=300, warm_up_minutes=60)
    (change,) = play([alarm], {"a": "----" + "0" * 20}).transitions
    assert tell([change]) == ["19 a OK"]
    assert change.inferred == {Inference.WARM_UP_FILLED}


def test_an_alarm_that_exists_does_not_warm_up() -> None:
    alarm = metric_alarm("a", warm_up_minutes=10)
    assert tell(play([alarm], {"a": "0X"}, states={"a": OK}).transitions) == ["2 a ALARM"]


def test_a_window_of_more_than_a_day_is_evaluated_on_the_hour() -> None:
    alarm = metric_alarm("a", period_seconds=86_400 * 3, comparison=Comparison.BELOW)
    # The one good run of three days ago leaves the window at 10:02, which is noticed at 11:00.
    ran = START + 602 * MINUTE
    store = store_of({"a": "-" * 602 + "X"})
    engine = AlarmEngine([alarm], store, ran + MINUTE, states={"a": OK})
    outcome = engine.advance(ran + 4 * 86_400)
    assert [change.time for change in outcome.transitions] == []
    breaching = dataclasses.replace(alarm, treatment=Treatment.BREACHING)
    engine = AlarmEngine([breaching], store, ran + MINUTE, states={"a": OK})
    times = [change.time for change in engine.advance(ran + 10 * 86_400).transitions]
    assert times == [START + 3 * 3 * 86_400 + 11 * 3_600]


def test_a_multi_day_alarm_follows_the_guides_example() -> None:
    """A job every three days at 10:00: it fails at 10:02 and is mended at 11:43."""
    alarm = metric_alarm("a", period_seconds=3 * DAY, comparison=Comparison.BELOW, threshold=1.0)

    def at(hour: int, minute: int) -> int:
        return START + 60 * MINUTE * hour + MINUTE * minute

    store = MetricStore(
        Sample(metric=MetricIdentity.of("Tests", "a"), at=run, arrives=run, values=(value,))
        for run, value in [(at(10, 2) - 3 * DAY, 1.0), (at(10, 2), 0.0), (at(11, 43), 1.0)]
    )
    engine = AlarmEngine([alarm], store, at(10, 0), states={"a": OK})
    said = {}
    for moment in [(10, 2), (10, 3), (10, 59), (11, 3), (11, 59), (12, 3)]:
        changes = engine.advance(at(*moment)).transitions
        said[moment] = ([change.time for change in changes], engine.states["a"])
    assert said == {
        (10, 2): ([], OK),
        (10, 3): ([], OK),
        (10, 59): ([], OK),
        (11, 3): ([at(11, 0)], ALARM),
        (11, 59): ([], ALARM),
        (12, 3): ([at(12, 0)], OK),
    }


@pytest.mark.parametrize(
    ("timezone", "hour"), [("UTC", 24), ("Europe/Berlin", 23), ("-05:30", 29.5), ("UTC+02:00", 22)]
)
def test_a_wall_clock_day_ends_at_midnight_there(timezone: str, hour: float) -> None:
    alarm = metric_alarm("a", period_seconds=86_400, timezone=timezone)
    store = store_of({"a": "-" * 22 * 60 + "X"})
    noon = START + 12 * 3_600
    engine = AlarmEngine([alarm], store, noon, states={"a": OK})
    # The bad minute at 22:00 UTC counts once the day it is in is complete.
    day = 24 if timezone == "UTC+02:00" else 0
    (change, *_) = engine.advance(noon + 60 * 3_600).transitions
    assert change.time == START + int((hour + day) * 3_600)
    assert Inference.WALL_CLOCK_RANGE in change.inferred


@pytest.mark.parametrize("name", ["Mars/Olympus", "../UTC", "+05:33", "UTC+24:00", "+5:30"])
def test_a_time_zone_that_is_none_is_refused_by_name(name: str) -> None:
    alarm = metric_alarm("a", period_seconds=300, timezone=name)
    with pytest.raises(AlarmError, match=re.escape(f"alarm 'a': the time zone {name!r} is none")):
        play([alarm], {"a": "0"})


# Metric math.


def test_an_alarm_on_an_expression_reads_every_metric_and_says_what_it_inferred() -> None:
    first = metric_alarm("a").returned
    alarm = metric_alarm(
        "a",
        queries=(
            dataclasses.replace(first, returns_data=False),
            dataclasses.replace(metric_alarm("b").returned, id="m2", returns_data=False),
            Query(id="e1", expression="m1 - m2"),
        ),
        is_math=True,
    )
    # A minute without the second metric counts it as 0; one without both has no datapoint.
    outcome = play([alarm], {"a": "0XXX-0", "b": "00X--0"}, states={"a": OK})
    assert tell(outcome.transitions) == ["2 a ALARM", "3 a OK", "4 a ALARM", "6 a OK"]
    inferred = [Inference.PHANTOM_ZERO in change.inferred for change in outcome.transitions]
    assert inferred == [False, False, True, True]


# Composites.


def test_a_composite_is_judged_at_creation_and_changes_with_its_children() -> None:
    alarms: list[Alarm] = [
        composite_alarm("top", f'ALARM("{HOME}middle")'),
        composite_alarm("middle", "ALARM(a) AND NOT OK(b)"),
        metric_alarm("a"),
        metric_alarm("b"),
    ]
    outcome = play(alarms, {"a": "0XX0", "b": "00X0"})
    assert tell(outcome.transitions) == [
        "0 middle OK",
        "0 top OK",
        "1 a OK",
        "1 b OK",
        "2 a ALARM",
        "3 b ALARM",
        "3 middle ALARM",
        "3 top ALARM",
        "4 a OK",
        "4 b OK",
        "4 middle OK",
        "4 top OK",
    ]
    created, changed = outcome.transitions[0], outcome.transitions[6]
    assert created.reason == f"{HOME}middle was created and its alarm rule evaluates to OK"
    assert changed.reason.startswith(f"{HOME}b transitioned to ALARM at Monday 02 March, 2026")


def test_a_circle_of_composites_is_refused() -> None:
    with pytest.raises(AlarmError, match="circle"):
        AlarmEngine(
            [composite_alarm("a", "ALARM(b)"), composite_alarm("b", "ALARM(a)")],
            store_of({}),
            START,
        )


def test_two_alarms_of_one_name_are_refused() -> None:
    with pytest.raises(AlarmError, match="same name"):
        AlarmEngine([metric_alarm("a"), metric_alarm("a")], store_of({}), START)


# Mute rules.


def mute(duration: str) -> MuteRule:
    return MuteRule(
        name="night",
        arn="arn:aws:cloudwatch:us-east-1:111111111111:alarm-mute-rule:night",
        alarms=("a",),
        expression="at(2026-03-02T00:02)",
        duration=duration,
    )


def test_a_muted_alarm_pages_when_the_window_ends_if_it_is_still_in_that_state() -> None:
    outcome = play([metric_alarm("a")], {"a": "00XXXX"}, mute_rules=[mute("PT3M")])
    assert tell_pages(outcome) == ["1 a OK", "5 a ALARM"]
    late = outcome.action_runs[-1]
    assert late.notification.document["ActionExecutedAfterMuteWindow"] is True


def test_a_muted_alarm_that_changed_again_pages_only_its_last_state() -> None:
    outcome = play([metric_alarm("a")], {"a": "00X000"}, mute_rules=[mute("PT3M")])
    assert tell(outcome.transitions) == ["1 a OK", "3 a ALARM", "4 a OK"]
    assert tell_pages(outcome) == ["1 a OK", "5 a OK"]
