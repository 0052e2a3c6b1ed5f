"""Alarms on one clock: creation, windows, late data, composites, suppressors, mutes, updates."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from rehearsal.engine.alarm import Actions, Alarm, Comparison, Treatment
from rehearsal.engine.composite.actions import Obstacle
from rehearsal.engine.composite.mute import MuteRule
from rehearsal.engine.errors import AlarmError
from rehearsal.engine.evaluation.engine import AlarmEngine
from rehearsal.engine.evaluation.slots import Seconds, Values
from rehearsal.engine.inferred import Inference
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
    with pytest.raises(ValueError, match="cannot go back"):
        engine.advance(START - 1)


def test_an_observer_sees_what_the_alarm_sees() -> None:
    seen: list[tuple[int, float]] = []

    def observe(ticks: Seconds, values: Values) -> None:
        seen.extend(zip(((ticks - START) // MINUTE).tolist(), values.tolist(), strict=True))

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


def test_a_time_zone_that_is_none_is_refused_by_name() -> None:
    alarm = metric_alarm("a", period_seconds=300, timezone="Mars/Olympus")
    with pytest.raises(AlarmError, match="alarm 'a': the time zone 'Mars/Olympus' is none"):
        play([alarm], {"a": "0"})


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


# The six documented examples of an actions suppressor: wait 2, extension 3, times in minutes.
SUPPRESSED = composite_alarm(
    "c",
    "ALARM(a)",
    suppressor="s",
    suppressor_wait_seconds=2 * MINUTE,
    suppressor_extension_seconds=3 * MINUTE,
)


@pytest.mark.parametrize(
    ("composite", "suppressor", "pages"),
    [
        ("0XXXXX", "000000", ["4 c ALARM"]),
        ("0XXXXX", "00XXXX", []),
        ("0X0000", "000000", ["5 c OK"]),
        ("0XXXXX", "XXXXXX", []),
        ("0XXXXXXXXX", "00XXX00000", ["9 c ALARM"]),
        ("0XXXXX0000", "00XXX00000", ["9 c OK"]),
    ],
    ids=["never suppressed", "in the wait", "back in the wait", "before", "extended", "dropped"],
)
def test_a_documented_example_of_suppression(
    composite: str, suppressor: str, pages: list[str]
) -> None:
    silent = [metric_alarm(name, actions=Actions()) for name in ("a", "s")]
    states = {"a": OK, "s": ALARM if suppressor[0] == "X" else OK, "c": OK}
    outcome = play(
        [*silent, SUPPRESSED], {"a": composite, "s": suppressor}, minutes=12, states=states
    )
    # The series go silent after their last sign; what follows from that is not the example's.
    told = [page for page in tell_pages(outcome) if float(page.split()[0]) <= len(composite)]
    assert told == pages


def test_what_suppresses_is_said() -> None:
    silent = [metric_alarm(name, actions=Actions()) for name in ("a", "s")]
    outcome = play(
        [*silent, SUPPRESSED], {"a": "0X", "s": "00"}, states={"a": OK, "s": OK, "c": OK}
    )
    (held,) = [run for run in outcome.action_runs if run.alarm.name == "c"]
    assert held.decision.obstacle is Obstacle.SUPPRESSED
    assert held.decision.reason == "suppressed by WaitPeriod"


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


# Deployments.


def test_an_alarm_that_is_deployed_anew_keeps_its_state_and_reads_its_new_threshold() -> None:
    series = {"a": "0XXXX", "b": "0X000"}
    engine = AlarmEngine([metric_alarm("a"), metric_alarm("b")], store_of(series), START)
    engine.advance(START + 2 * MINUTE)
    engine.replace([metric_alarm("a", threshold=1.5), metric_alarm("new", metric="a")])
    assert engine.states == {"a": ALARM, "new": "INSUFFICIENT_DATA"}
    outcome = engine.advance(START + 3 * MINUTE)
    assert tell(outcome.transitions) == ["3 a OK", "3 new ALARM"]


def test_a_composite_that_is_deployed_anew_is_judged_at_once() -> None:
    alarms: list[Alarm] = [metric_alarm("a"), composite_alarm("c", "ALARM(a)")]
    engine = AlarmEngine(alarms, store_of({"a": "00"}), START)
    engine.advance(START + MINUTE)
    engine.replace([alarms[0], composite_alarm("c", "OK(a)")])
    (change,) = engine.advance(START + 2 * MINUTE).transitions
    assert (change.alarm, change.new, change.time) == ("c", ALARM, START + MINUTE)
    assert change.reason.endswith("was updated and its new alarm rule evaluates to ALARM")


def test_a_warm_up_ends_when_data_fills_the_window_from_its_beginning() -> None:
    # The guide's example: three periods of five minutes, created at 10:00, data from 10:04 on.
    alarm = metric_alarm("a", 3, period_seconds=300, warm_up_minutes=60)
    (change,) = play([alarm], {"a": "----" + "0" * 20}).transitions
    assert tell([change]) == ["19 a OK"]
    assert change.inferred == {Inference.WARM_UP_FILLED}
