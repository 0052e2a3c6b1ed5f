"""Which actions ran for which change, and those that a mute rule holds until its window ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.engine.alarm import Alarm
from rehearsal.engine.composite.actions import Decision, decide_actions
from rehearsal.engine.composite.mute import MuteRule
from rehearsal.engine.composite.suppression import Phase
from rehearsal.engine.messages.sns import Notification, write_notification
from rehearsal.engine.messages.transition import Transition


@dataclass(frozen=True, kw_only=True)
class ActionRun:
    """Say which actions a change ran at a moment, or what kept them from running.

    A moment may be a fraction: suppression periods end when they end.
    """

    time: float
    alarm: Alarm
    transition: Transition
    decision: Decision

    @property
    def notification(self) -> Notification:
        """Write what a topic's subscribers receive."""
        return write_notification(self.alarm, self.transition, after_mute=self.decision.after_mute)


class ActionDesk:
    """Decide about the actions of every change, and keep the muted ones."""

    def __init__(self, mute_rules: Sequence[MuteRule]) -> None:
        self._mute_rules = tuple(mute_rules)
        self._muted: dict[str, tuple[float, Transition]] = {}
        self._runs: list[ActionRun] = []

    def take_runs(self) -> tuple[ActionRun, ...]:
        """Hand over what was decided since the last time."""
        runs, self._runs = tuple(self._runs), []
        return runs

    def forget(self, arn: str) -> None:
        """Drop what is held for an alarm: its state has changed again, or it is gone."""
        self._muted.pop(arn, None)

    def decide(
        self,
        alarm: Alarm,
        change: Transition,
        moment: float,
        *,
        suppressed_by: Phase | None = None,
        after_mute: bool = False,
    ) -> None:
        """Decide about a change's actions at a moment."""
        decision = decide_actions(
            alarm.actions,
            change.new,
            alarm=alarm.name,
            moment=moment,
            mute_rules=self._mute_rules,
            suppressed_by=suppressed_by,
            after_mute=after_mute,
        )
        if decision.window:
            self._muted[change.arn] = (decision.window.end, change)
        self._runs.append(ActionRun(time=moment, alarm=alarm, transition=change, decision=decision))

    def find_release(self) -> tuple[float, Transition] | None:
        """Return the change whose mute window ends first, with that moment."""
        return min(self._muted.values(), key=lambda held: held[0], default=None)
