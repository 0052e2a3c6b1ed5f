"""One composite alarm: judged anew whenever an alarm it names changes, and its suppressor."""

from collections.abc import Collection, Mapping

from rehearsal.engine.alarm import CompositeAlarm, State
from rehearsal.engine.composite.family import ResolvedComposite
from rehearsal.engine.composite.suppression import Phase, Step, Suppression
from rehearsal.engine.messages.reason import ChildState, explain_composite
from rehearsal.engine.messages.transition import Standing, Transition

Standings = Mapping[str, Standing]


class CompositeAlarmTrack:
    """Follow one composite alarm; standings of all alarms are handed to it by ARN."""

    def __init__(self, resolved: ResolvedComposite, *, is_new: bool, is_updated: bool) -> None:
        self.alarm: CompositeAlarm = resolved.alarm
        self._resolved = resolved
        self._suppressor = resolved.suppressor_arn
        self._suppression = Suppression.of(resolved.alarm)
        # An alarm that was created or updated is judged at once, though no child changed.
        self._is_new, self._is_updated = is_new, is_updated

    @property
    def phase(self) -> Phase | None:
        """Return what holds its actions back now."""
        return self._suppression.phase

    @property
    def phase_ends(self) -> float | None:
        """Return when its actions run if nothing happens before."""
        return self._suppression.ends

    def judge(
        self, moment: int, changed: Collection[str], standings: Standings
    ) -> Transition | None:
        """Return the change that other alarms' changes (ARNs) make; None without one.

        Of several children that changed at one moment, the first of the rule is the cause.
        """
        is_new, is_updated = self._is_new, self._is_updated
        cause = next((arn for arn in self._resolved.children if arn in changed), None)
        if not (is_new or is_updated or cause):
            return None
        self._is_new = self._is_updated = False
        states = {arn: standing.state for arn, standing in standings.items()}
        old, new = states[self.alarm.arn], self._resolved.evaluate(states)
        if old is new:
            return None
        reason = explain_composite(
            self.alarm,
            new=new,
            triggers=[_tell(arn, standings[arn]) for arn in self._resolved.list_triggers(states)],
            cause=_tell(cause, standings[cause]) if cause else None,
            updated=is_updated,
        )
        return Transition(
            time=moment,
            alarm=self.alarm.name,
            arn=self.alarm.arn,
            old=old,
            new=new,
            reason=reason.text,
            reason_data=reason.data,
            inferred=self._resolved.inferred,
        )

    def on_change(self, moment: float, standings: Standings) -> None:
        """Take its own change, which a suppressor may hold back."""
        in_alarm = self._suppressor is not None and standings[self._suppressor].state is State.ALARM
        self._take(self._suppression.on_change(moment, suppressor_in_alarm=in_alarm))

    def on_other(self, change: Transition) -> bool:
        """Take another alarm's change; return whether this one's actions run now."""
        is_in, was_in = change.new is State.ALARM, change.old is State.ALARM
        if change.arn != self._suppressor or is_in is was_in:
            return False
        return self._take(self._suppression.on_suppressor(change.time, in_alarm=is_in))

    def on_time(self, moment: float) -> None:
        """End the phase that has its end by now."""
        self._take(self._suppression.on_time(moment))

    def _take(self, step: Step) -> bool:
        self._suppression = step.suppression
        return step.runs_actions


def _tell(arn: str, standing: Standing) -> ChildState:
    return ChildState(arn=arn, state=standing.state, since=standing.since)
