"""Which actions of an alarm run at a moment, and what stops them: one place for the order.

ActionsEnabled is asked first, then mute rules, then the actions suppressor. That mute rules come
before the suppressor is not published: a decision for which both were active says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rehearsal.engine.alarm import Actions, State
from rehearsal.engine.composite.mute import MuteRule, Window, find_window
from rehearsal.engine.composite.suppression import Phase
from rehearsal.engine.inferred import Inference


class Obstacle(StrEnum):
    """Name what keeps actions from running."""

    DISABLED = "actions-disabled"
    MUTED = "muted"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Say which actions run now, or what stops them.

    Muted actions are asked about again when `window` ends, if the alarm is then still in the state
    that was muted; their messages carry ActionExecutedAfterMuteWindow.
    """

    actions: tuple[str, ...]
    obstacle: Obstacle | None = None
    reason: str = ""
    window: Window | None = None
    after_mute: bool = False
    inferred: frozenset[Inference] = frozenset()


def decide_actions(
    actions: Actions,
    state: State,
    *,
    alarm: str,
    moment: float,
    mute_rules: Sequence[MuteRule] = (),
    suppressed_by: Phase | None = None,
    after_mute: bool = False,
) -> Decision:
    """Decide about the actions of a state that an alarm (by name) came to, at a moment.

    Ask when the state changes, when a suppression ends, and (`after_mute`) when a window does.
    """
    if not actions.enabled:
        return Decision(
            actions=(), obstacle=Obstacle.DISABLED, reason="the alarm's actions are disabled"
        )
    window = find_window(mute_rules, alarm, moment)
    if window is not None:
        both = frozenset({Inference.MUTE_BEFORE_SUPPRESSOR} if suppressed_by else ())
        return Decision(
            actions=(),
            obstacle=Obstacle.MUTED,
            reason=f"muted by {window.rule_arn}",
            window=window,
            inferred=both,
        )
    if suppressed_by is not None:
        return Decision(
            actions=(), obstacle=Obstacle.SUPPRESSED, reason=f"suppressed by {suppressed_by}"
        )
    return Decision(actions=actions.of(state), after_mute=after_mute)
