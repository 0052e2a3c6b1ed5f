"""Alarms that are deployed anew while the clock runs: what changes, and what goes on."""

import dataclasses
from collections.abc import Sequence

import pytest

from rehearsal.engine.alarm import Actions, Alarm
from rehearsal.engine.evaluation.engine import AlarmEngine
from tests.engine.evaluation.engine_play import (
    ALARM,
    MINUTE,
    OK,
    START,
    composite_alarm,
    metric_alarm,
    store_of,
    tell,
    tell_pages,
)


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


SILENT = [metric_alarm(name, actions=Actions()) for name in ("a", "s", "t")]
WAITING = composite_alarm(
    "c",
    "ALARM(a)",
    suppressor="s",
    suppressor_wait_seconds=2 * MINUTE,
    suppressor_extension_seconds=3 * MINUTE,
)


def deploy_while_it_waits(*alarms: Alarm, suppressor: str = "00000000") -> list[str]:
    """Deploy alarms a minute after a composite went to ALARM, and return who was paged."""
    series = {"a": "0XXXXXXX", "s": suppressor, "t": "00000000"}
    states = dict.fromkeys(("a", "s", "t", "c"), OK)
    engine = AlarmEngine([*SILENT, WAITING], store_of(series), START, states=states)
    assert tell_pages(engine.advance(START + 3 * MINUTE)) == []
    engine.replace([*SILENT, *alarms])
    return tell_pages(engine.advance(START + 8 * MINUTE))


@pytest.mark.parametrize(
    ("deployed", "pages"),
    [
        pytest.param([WAITING], ["4 c ALARM"], id="the same"),
        pytest.param([WAITING, metric_alarm("new")], ["4 c ALARM", "4 new OK"], id="and another"),
        pytest.param([dataclasses.replace(WAITING, suppressor="t")], [], id="another suppressor"),
        pytest.param([dataclasses.replace(WAITING, suppressor=None)], [], id="no suppressor"),
        pytest.param([], [], id="without it"),
    ],
)
def test_a_wait_goes_on_only_for_a_composite_that_stays_as_it_was(
    deployed: Sequence[Alarm], pages: list[str]
) -> None:
    assert deploy_while_it_waits(*deployed) == pages


def test_an_extension_is_dropped_with_its_suppressor() -> None:
    suppressor = "00X00000"  # in ALARM at 3, and OK from 4: the extension lasts until 7
    assert deploy_while_it_waits(WAITING, suppressor=suppressor) == ["7 c ALARM"]
    other = dataclasses.replace(WAITING, suppressor="t")
    assert deploy_while_it_waits(other, suppressor=suppressor) == []


def test_a_new_suppressor_holds_back_the_next_change() -> None:
    series = {"a": "0X00XXXX", "s": "XXXXXXXX", "t": "00000000"}
    states = {"a": OK, "s": ALARM, "t": OK, "c": OK}
    engine = AlarmEngine([*SILENT, WAITING], store_of(series), START, states=states)
    engine.advance(START + 2 * MINUTE)
    engine.replace([*SILENT, dataclasses.replace(WAITING, suppressor="t")])
    outcome = engine.advance(START + 8 * MINUTE)
    assert tell(outcome.transitions) == ["3 a OK", "3 c OK", "5 a ALARM", "5 c ALARM"]
    # The OK waited from 3 to 5, when the alarm changed again; the ALARM waited from 5 to 7.
    assert tell_pages(outcome) == ["5 c OK", "7 c ALARM"]


def test_a_warm_up_goes_on_while_the_alarm_stays_as_it_was() -> None:
    alarm = metric_alarm("a", warm_up_minutes=5, warms_up_whole_period=True)
    engine = AlarmEngine([alarm], store_of({"a": "XXXXXXX"}), START)
    engine.advance(START + 2 * MINUTE)
    engine.replace([alarm])
    assert tell(engine.advance(START + 6 * MINUTE).transitions) == ["5 a ALARM"]
