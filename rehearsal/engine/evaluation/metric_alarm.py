"""One metric alarm on its clock: reads its slots, decides, and notes each change of state."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.alarm import MetricAlarm, State
from rehearsal.engine.evaluation.decision import (
    KEEP,
    STATES,
    Codes,
    Flags,
    choose_points,
    decide,
    list_inferences,
)
from rehearsal.engine.evaluation.slots import (
    MINUTE,
    Seconds,
    Slots,
    Values,
    build_slots,
    list_ticks,
)
from rehearsal.engine.expression.plan import MathPlan
from rehearsal.engine.inferred import Inference, count_extra_slots
from rehearsal.engine.messages.reason import explain
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.metrics.statistics import parse_statistic
from rehearsal.engine.metrics.store import MetricStore

# Evaluations are decided in blocks of at most this many slots, to bound the memory they take.
BLOCK_SLOTS: Final = 1_000_000

# Is shown the ticks of evaluations and the values of their slots (T, K), NaN without data.
Observer = Callable[[Seconds, Values], None]


class MetricAlarmTrack:
    """Follow one metric alarm from its creation: its state, and up to when it was evaluated."""

    def __init__(
        self, alarm: MetricAlarm, store: MetricStore, created: int, state: State | None = None
    ) -> None:
        """Begin at `created`; an alarm that is not given a state is new and knows nothing yet."""
        self.alarm = alarm
        self.state = state or State.INSUFFICIENT_DATA
        self._view = store.view()
        self._stats = tuple(query.stat for query in alarm.queries if query.stat)
        self._plan = MathPlan.build(alarm.queries) if alarm.is_math else None
        self._min_samples = _find_min_samples(alarm)
        self._evaluated_until = created
        self._filled_at: int | None = None
        self._warm_at = None if state else created + 60 * alarm.warm_up_minutes
        self._observe: Observer | None = None

    def watch(self, observe: Observer) -> None:
        """Have every evaluation's values shown, as the alarm saw them."""
        self._observe = observe

    def advance(self, until: int) -> Iterator[Transition]:
        """Evaluate every tick up to `until` (included), each on what had arrived by then."""
        ticks = list_ticks(self.alarm, self._evaluated_until, until)
        if not len(ticks):
            return
        # What arrives by the end of its own minute is in no earlier evaluation's window: only
        # later arrivals part the ticks. Slots shorter than a minute may begin within one.
        late = self._view.arrivals(
            (stat.metric for stat in self._stats),
            self._evaluated_until,
            until,
            late_only=self.alarm.period_seconds >= MINUTE,
        )
        self._evaluated_until = until
        for batch in np.split(ticks, self._find_cuts(ticks, late)):
            if len(batch):
                self._view.advance_to(int(batch[-1]))
                yield from self._evaluate(batch)

    def _find_cuts(self, ticks: Seconds, arrivals: Seconds) -> NDArray[np.int64]:
        width = self.alarm.evaluation_periods + count_extra_slots(self.alarm.period_seconds)
        blocks = np.arange(0, len(ticks), max(1, BLOCK_SLOTS // width))
        return np.union1d(np.searchsorted(ticks, arrivals), blocks)

    def _evaluate(self, ticks: Seconds) -> Iterator[Transition]:
        slots = build_slots(self.alarm, ticks)
        values = self._read(slots)
        if self._observe:
            self._observe(ticks, values)
        codes = decide(self.alarm, values)
        self._keep_on_few_samples(slots, values, codes)
        self._keep_while_warming(slots, values, codes)
        for row, state in self._find_changes(codes):
            old, self.state = self.state, state
            yield self._describe(slots, values, row, old)

    def _read(self, slots: Slots) -> Values:
        if self._plan:
            return self._plan.evaluate(slots, self._view.read).values
        return self._view.read(self._stats[0], slots)

    def _keep_on_few_samples(self, slots: Slots, values: Values, codes: Codes) -> None:
        """Keep the state while an evaluated datapoint has too few samples for its percentile."""
        stat = self.alarm.returned.stat
        if not self._min_samples or not stat:
            return
        counts = self._view.read_counts(stat.metric, stat.unit, slots)
        taken = choose_points(values, self.alarm.evaluation_periods)
        codes[(taken & (counts < self._min_samples)).any(axis=1)] = KEEP

    def _keep_while_warming(self, slots: Slots, values: Values, codes: Codes) -> None:
        """Hold a new alarm in INSUFFICIENT_DATA until its warm-up is over."""
        if self._warm_at is None or slots.ticks[0] > self._warm_at:
            return
        warm = slots.ticks >= self._warm_at
        if not self.alarm.warms_up_whole_period:
            filled = self._find_filled(slots, values)
            if filled.any() and not warm[filled.argmax()]:
                self._filled_at = int(slots.ticks[filled.argmax()])
            warm |= np.logical_or.accumulate(filled)
        codes[~warm] = KEEP
        if warm.any():
            self._warm_at = int(slots.ticks[warm.argmax()])

    def _find_filled(self, slots: Slots, values: Values) -> Flags:
        """Mark the evaluations whose periods data fills, from the window's very beginning on."""
        count = self.alarm.evaluation_periods
        since = self._view.first_moment(stat.metric for stat in self._stats)
        return ~np.isnan(values[:, -count:]).any(axis=1) & (slots.starts[:, -count] >= since)

    def _find_changes(self, codes: Codes) -> Iterator[tuple[int, State]]:
        """Yield each row that leaves the state before it, with the new state."""
        current = STATES.index(self.state)
        said = np.flatnonzero(codes != KEEP)
        if not len(said):
            return
        spoken = codes[said]
        before = np.concatenate(([current], spoken[:-1]))
        for position in np.flatnonzero(spoken != before):
            yield int(said[position]), STATES[spoken[position]]

    def _describe(self, slots: Slots, values: Values, row: int, old: State) -> Transition:
        one = Slots(
            ticks=slots.ticks[row : row + 1],
            starts=slots.starts[row : row + 1],
            ends=slots.ends[row : row + 1],
            period_seconds=slots.period_seconds,
        )
        stat = self.alarm.returned.stat
        counts = self._view.read_counts(stat.metric, stat.unit, one)[0] if stat else None
        reason = explain(
            self.alarm,
            tick=int(one.ticks[0]),
            starts=one.starts[0],
            values=values[row],
            counts=counts,
            new=self.state,
        )
        return Transition(
            time=int(one.ticks[0]),
            alarm=self.alarm.name,
            arn=self.alarm.arn,
            old=old,
            new=self.state,
            reason=reason.text,
            reason_data=reason.data,
            inferred=self._list_inferences(one, values[row : row + 1]),
        )

    def _list_inferences(self, one: Slots, values: Values) -> frozenset[Inference]:
        found = list_inferences(self.alarm, values)
        if self._plan:
            found |= self._plan.evaluate(one, self._view.read).inferred
        if self._filled_at == int(one.ticks[0]):
            found |= {Inference.WARM_UP_FILLED}
        return found.union(*(parse_statistic(stat.statistic).inferred for stat in self._stats))


def _find_min_samples(alarm: MetricAlarm) -> float:
    """Return how many samples a datapoint needs to be evaluated; 0 where any number will do."""
    stat = alarm.returned.stat
    if not alarm.ignores_low_samples or not stat:
        return 0
    return parse_statistic(stat.statistic).min_sample_count
