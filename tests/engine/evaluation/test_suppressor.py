"""What an actions suppressor holds back, and when that is done after all."""

import dataclasses
from typing import Any

import pytest

from rehearsal.engine.alarm import Actions, Alarm, Treatment
from rehearsal.engine.composite.actions import Obstacle
from rehearsal.engine.composite.mute import MuteRule
from rehearsal.engine.evaluation.engine import Outcome
from tests.engine.evaluation.engine_play import (
    ALARM,
    MINUTE,
    OK,
    composite_alarm,
    metric_alarm,
    play,
    tell,
    tell_pages,
)

# The six documented examples of an actions suppressor: wait 2, extension 3, times in minutes.
SUPPRESSED = composite_alarm(
    "c",
    "ALARM(a)",
    suppressor="s",
    suppressor_wait_seconds=2 * MINUTE,
    suppressor_extension_seconds=3 * MINUTE,
)


def run(alarm: Alarm, child: str, suppressor: str, **facts: Any) -> Outcome:
    """Run a composite over its child and its suppressor, which exist and page nobody."""
    silent = [metric_alarm(name, actions=Actions()) for name in ("a", "s")]
    states = {"a": OK, "s": ALARM if suppressor[0] == "X" else OK, "c": OK}
    return play([*silent, alarm], {"a": child, "s": suppressor}, states=states, **facts)


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
    outcome = run(SUPPRESSED, composite, suppressor, minutes=12)
    # The series go silent after their last sign; what follows from that is not the example's.
    told = [page for page in tell_pages(outcome) if float(page.split()[0]) <= len(composite)]
    assert told == pages


def test_what_suppresses_is_said() -> None:
    outcome = run(SUPPRESSED, "0X", "00")
    (held,) = [run for run in outcome.action_runs if run.alarm.name == "c"]
    assert held.decision.obstacle is Obstacle.SUPPRESSED
    assert held.decision.reason == "suppressed by WaitPeriod"


def test_without_an_extension_a_page_comes_when_the_suppressor_leaves_alarm() -> None:
    alarm = dataclasses.replace(SUPPRESSED, suppressor_extension_seconds=0)
    outcome = run(alarm, "0XXXXXXX", "00XXX000")
    assert tell_pages(outcome) == ["6 c ALARM"]


def test_without_a_wait_a_page_comes_at_once_unless_the_suppressor_is_in_alarm() -> None:
    alarm = dataclasses.replace(SUPPRESSED, suppressor_wait_seconds=0)
    assert tell_pages(run(alarm, "0XXX", "0000")) == ["2 c ALARM"]
    assert tell_pages(run(alarm, "0XXX", "0XXX")) == []


def test_without_a_suppressor_nothing_waits() -> None:
    alarm = dataclasses.replace(SUPPRESSED, suppressor=None)
    assert tell_pages(run(alarm, "0XXX", "XXXX")) == ["2 c ALARM"]


def test_a_suppressor_that_knows_nothing_is_as_good_as_one_that_is_ok() -> None:
    silent = Actions()
    alarms: list[Alarm] = [
        metric_alarm("a", actions=silent),
        metric_alarm("s", actions=silent, treatment=Treatment.MISSING),
        SUPPRESSED,
    ]
    outcome = play(alarms, {"a": "0000XXXX", "s": "000-----"}, states={"a": OK, "s": OK, "c": OK})
    assert tell(outcome.transitions) == ["5 a ALARM", "5 c ALARM", "6 s INSUFFICIENT_DATA"]
    assert tell_pages(outcome) == ["7 c ALARM"]


@pytest.mark.parametrize(
    ("duration", "pages"),
    [
        # The mute window ends within the wait: the wait goes on.
        ("PT1M", ["4 c ALARM"]),
        # The wait ends within the mute window: the window goes on, and then pages once.
        ("PT4M", ["6 c ALARM"]),
    ],
)
def test_a_page_comes_when_both_the_wait_and_the_mute_window_are_over(
    duration: str, pages: list[str]
) -> None:
    rule = MuteRule(
        name="night",
        arn="arn:aws:cloudwatch:us-east-1:111111111111:alarm-mute-rule:night",
        alarms=("c",),
        expression="at(2026-03-02T00:02)",
        duration=duration,
    )
    outcome = run(SUPPRESSED, "0XXXXXXX", "00000000", mute_rules=[rule])
    assert tell_pages(outcome) == pages
