"""Which actions run, and what stops them, in which order."""

from datetime import UTC, datetime

import pytest

from rehearsal.engine.alarm import Actions, State
from rehearsal.engine.composite.actions import Decision, Obstacle, decide_actions
from rehearsal.engine.composite.mute import MuteRule, Window
from rehearsal.engine.composite.suppression import Phase
from rehearsal.engine.inferred import Inference

TWO = int(datetime(2026, 3, 1, 2, tzinfo=UTC).timestamp())
NIGHT = MuteRule(
    name="night", arn="night-arn", alarms=("disk",), expression="cron(0 2 * * *)", duration="PT2H"
)
ACTIONS = Actions(ok=("ok-topic",), alarm=("page", "ticket"), insufficient_data=("ask",))
DISABLED = Actions(enabled=False, alarm=("page",))


def decide(
    actions: Actions = ACTIONS,
    state: State = State.ALARM,
    *,
    moment: float = TWO,
    rules: tuple[MuteRule, ...] = (),
    phase: Phase | None = None,
) -> Decision:
    """Ask about the alarm `disk`."""
    return decide_actions(
        actions, state, alarm="disk", moment=moment, mute_rules=rules, suppressed_by=phase
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.OK, ("ok-topic",)),
        (State.ALARM, ("page", "ticket")),
        (State.INSUFFICIENT_DATA, ("ask",)),
    ],
)
def test_without_obstacles_the_actions_of_the_new_state_run(
    state: State, expected: tuple[str, ...]
) -> None:
    assert decide(state=state) == Decision(actions=expected)


def test_an_alarm_without_actions_runs_none_and_nothing_stops_it() -> None:
    assert decide(Actions()) == Decision(actions=())


@pytest.mark.parametrize("phase", Phase)
def test_a_suppressor_stops_actions_and_is_named(phase: Phase) -> None:
    decision = decide(phase=phase)
    assert (decision.actions, decision.obstacle) == ((), Obstacle.SUPPRESSED)
    assert decision.reason == f"suppressed by {phase}"
    assert decision.inferred == frozenset()


def test_a_mute_rule_stops_actions_of_every_state_and_says_until_when() -> None:
    for state in State:
        decision = decide(state=state, rules=(NIGHT,))
        assert (decision.actions, decision.obstacle) == ((), Obstacle.MUTED)
        assert decision.window == Window(rule_arn="night-arn", start=TWO, end=TWO + 7_200)
        assert decision.inferred == frozenset()


def test_actions_run_before_and_after_the_window() -> None:
    for moment in (TWO - 1, TWO + 7_200):
        assert decide(moment=moment, rules=(NIGHT,)).actions == ("page", "ticket")


def test_a_mute_rule_comes_before_the_suppressor_and_that_is_an_inference() -> None:
    decision = decide(rules=(NIGHT,), phase=Phase.ALARM)
    assert decision.obstacle is Obstacle.MUTED
    assert decision.inferred == {Inference.MUTE_BEFORE_SUPPRESSOR}


def test_disabled_actions_come_before_everything() -> None:
    decision = decide(DISABLED, rules=(NIGHT,), phase=Phase.WAIT)
    assert (decision.actions, decision.obstacle) == ((), Obstacle.DISABLED)
    assert decision.reason == "the alarm's actions are disabled"


def test_actions_released_by_the_end_of_a_window_say_so() -> None:
    decision = decide_actions(
        ACTIONS,
        State.ALARM,
        alarm="disk",
        moment=TWO + 7_200,
        mute_rules=(NIGHT,),
        after_mute=True,
    )
    assert decision == Decision(actions=("page", "ticket"), after_mute=True)


def test_a_suppressor_still_counts_when_a_window_ends() -> None:
    decision = decide(moment=TWO + 7_200, rules=(NIGHT,), phase=Phase.ALARM)
    assert decision.obstacle is Obstacle.SUPPRESSED
