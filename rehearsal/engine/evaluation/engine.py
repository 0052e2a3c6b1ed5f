"""All alarms of a deployment on one clock: metric alarms, composites over them, their actions.

Within one moment metric alarms change first, then composites, children before parents. A child's
change and its parent's carry the same time (recorded).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rehearsal.engine.alarm import Alarm, MetricAlarm, State
from rehearsal.engine.composite.family import order_composites
from rehearsal.engine.composite.mute import MuteRule
from rehearsal.engine.errors import AlarmError
from rehearsal.engine.evaluation.action_desk import ActionDesk, ActionRun
from rehearsal.engine.evaluation.composite_alarm import CompositeAlarmTrack
from rehearsal.engine.evaluation.metric_alarm import MetricAlarmTrack, Observer
from rehearsal.engine.messages.transition import Standing, Transition
from rehearsal.engine.metrics.store import MetricStore


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Hold what happened while the clock went on, each in order of time."""

    transitions: tuple[Transition, ...]
    action_runs: tuple[ActionRun, ...]


class AlarmEngine:
    """Be CloudWatch to a set of alarms: they read a store, and the clock is moved by hand."""

    def __init__(
        self,
        alarms: Iterable[Alarm],
        store: MetricStore,
        start: int,
        *,
        states: Mapping[str, State] | None = None,
        mute_rules: Sequence[MuteRule] = (),
    ) -> None:
        """Create the alarms at `start`; `states` (by name) are those of alarms that exist."""
        self._store = store
        self._now = start
        self._desk = ActionDesk(mute_rules)
        self._alarms: dict[str, Alarm] = {}
        self._standings: dict[str, Standing] = {}
        self._changes: dict[str, Transition] = {}
        self._metric_alarms: dict[str, MetricAlarmTrack] = {}
        self._composites: dict[str, CompositeAlarmTrack] = {}
        self._transitions: list[Transition] = []
        self._place(tuple(alarms), states or {})

    @property
    def now(self) -> int:
        """Return up to when everything was evaluated."""
        return self._now

    @property
    def states(self) -> dict[str, State]:
        """Return the state of every alarm by name."""
        return {self._alarms[arn].name: each.state for arn, each in self._standings.items()}

    def watch(self, alarm: str, observe: Observer) -> None:
        """Have the values shown that a metric alarm (by name) sees from now on."""
        for track in self._metric_alarms.values():
            if track.alarm.name == alarm:
                track.watch(observe)

    def replace(self, alarms: Iterable[Alarm]) -> None:
        """Deploy other alarms now: one of the same name keeps its state, others are new or gone.

        A changed composite is judged at once, as CloudWatch does on an update, and what its
        suppressor held back is dropped; a metric alarm is judged at its next evaluation. One that
        stays as it was goes on undisturbed.
        """
        self._place(tuple(alarms), self.states)

    def advance(self, until: int) -> Outcome:
        """Go on to `until` (included) and return what happened."""
        if until < self._now:
            message = f"the engine stands at {self._now} and cannot go back to {until}"
            raise ValueError(message)
        self._judge_composites(self._now, [])
        tracks = self._metric_alarms.values()
        changes = [change for track in tracks for change in track.advance(until)]
        changes.sort(key=lambda change: change.time)
        for moment, at_once in groupby(changes, key=lambda change: change.time):
            self._pass_time(moment)
            together = list(at_once)
            for change in together:
                self._note(change)
            self._judge_composites(moment, [change.arn for change in together])
        self._pass_time(until)
        self._now = until
        transitions, self._transitions = tuple(self._transitions), []
        return Outcome(transitions=transitions, action_runs=self._desk.take_runs())

    def _place(self, alarms: tuple[Alarm, ...], states: Mapping[str, State]) -> None:
        """Put alarms in place of those before; `states` are of those that exist, by name."""
        before, self._alarms = self._alarms, {alarm.arn: alarm for alarm in alarms}
        if len(self._alarms) != len(alarms):
            raise AlarmError("two alarms have the same name in one account and Region")
        for arn in before.keys() - self._alarms.keys():
            self._desk.forget(arn)
        same = {arn for arn, alarm in self._alarms.items() if before.get(arn) == alarm}
        self._standings = {
            arn: self._standings.get(arn) or self._stand(states.get(alarm.name))
            for arn, alarm in self._alarms.items()
        }
        self._metric_alarms = {
            arn: self._metric_alarms[arn]
            if arn in same
            else MetricAlarmTrack(alarm, self._store, self._now, states.get(alarm.name))
            for arn, alarm in self._alarms.items()
            if isinstance(alarm, MetricAlarm)
        }
        self._composites = {
            each.alarm.arn: self._composites[each.alarm.arn]
            if each.alarm.arn in same
            else CompositeAlarmTrack(
                each,
                is_new=each.alarm.name not in states,
                is_updated=each.alarm.arn in before,
            )
            for each in order_composites(alarms)
        }

    def _stand(self, state: State | None) -> Standing:
        created = Standing.created(self._now)
        if state is None:
            return created
        return Standing(state=state, since=self._now, reason=created.reason)

    def _judge_composites(self, moment: int, causes: list[str]) -> None:
        """Judge all composites, children first, after changes of alarms (ARNs), or at creation."""
        for track in self._composites.values():
            change = track.judge(moment, causes, self._standings)
            if change:
                self._note(change)
                causes.append(change.arn)

    def _note(self, change: Transition) -> None:
        """Remember a change, run its actions, and let it be heard as a suppressor."""
        arn = change.arn
        self._standings[arn], self._changes[arn] = Standing.after(change), change
        self._transitions.append(change)
        self._desk.forget(arn)
        if arn in self._composites:
            self._composites[arn].on_change(change.time, self._standings)
        self._run_last(arn, change.time)
        for other in self._composites.values():
            if other.on_other(change):
                self._run_last(other.alarm.arn, change.time)

    def _run_last(self, arn: str, moment: float, *, after_mute: bool = False) -> None:
        """Run the actions of the state an alarm is in now, unless something holds them back."""
        composite = self._composites.get(arn)
        self._desk.decide(
            self._alarms[arn],
            self._changes[arn],
            moment,
            suppressed_by=composite.phase if composite else None,
            after_mute=after_mute,
        )

    def _pass_time(self, until: float) -> None:
        """Do what falls due by a moment: suppression periods and mute windows that end."""
        while True:
            due = [
                (track.phase_ends, arn, False)
                for arn, track in self._composites.items()
                if track.phase_ends is not None
            ]
            release = self._desk.find_release()
            if release:
                due.append((release[0], release[1].arn, True))
            if not due or min(due)[0] > until:
                return
            moment, arn, after_mute = min(due)
            if after_mute:
                self._desk.forget(arn)
            else:
                self._composites[arn].on_time(moment)
            self._run_last(arn, moment, after_mute=after_mute)
