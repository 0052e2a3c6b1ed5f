"""The metrics of an account: an append-only store, and views of what is visible at a moment.

A sample has two times. It belongs to the minute of its event (a high-resolution one: to the
second), and a view sees it from the moment it arrives. Any number of views may read one store,
each at its own moment.

Of CloudWatch's retention only what alarms can meet is kept: nothing expires here, for the 7 days
that an alarm may look back lie within the 15 days that minutes are kept. Left out: data of less
than a minute, which CloudWatch rolls up into minutes after 3 hours, stays readable by the second;
and no coarser roll-up happens, for alarms read none.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.alarm import MetricStat
from rehearsal.engine.errors import SampleError
from rehearsal.engine.evaluation.slots import Slots, Values
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.sample_log import ArrivalIndex, SampleLog
from rehearsal.engine.metrics.samples import NO_UNIT, Points, Sample
from rehearsal.engine.metrics.series import Series
from rehearsal.engine.metrics.statistics import Kind, Statistic, parse_statistic

_NEVER: Final = float("-inf")
_COUNTS: Final = Statistic("SampleCount", Kind.SAMPLE_COUNT)


class MetricStore:
    """Hold everything that was published, by metric and unit; nothing is ever taken away."""

    def __init__(self, samples: Iterable[Sample | Points] = ()) -> None:
        self._logs: dict[MetricIdentity, dict[str, SampleLog]] = {}
        self._arrivals: dict[MetricIdentity, dict[str, ArrivalIndex]] = {}
        self.add(samples)

    def add(self, samples: Iterable[Sample | Points]) -> None:
        """Append samples; what has arrived by a view's moment is visible to it at once."""
        for sample in samples:
            unit = sample.unit or NO_UNIT
            units = self._logs.setdefault(sample.metric, {})
            log = units.get(unit)
            if log is None:
                log = units[unit] = SampleLog()
            if isinstance(sample, Points):
                log.extend(sample)
            else:
                log.append(sample)

    def view(self) -> "MetricView":
        """Return a new view, to which nothing is visible yet."""
        return MetricView(self)

    @property
    def metrics(self) -> tuple[MetricIdentity, ...]:
        """List the metrics that anything was published of, in the order of their first sample."""
        return tuple(self._logs)

    def logs(self, metric: MetricIdentity) -> dict[str, SampleLog]:
        """Return the logs of a metric by unit."""
        return self._logs.get(metric, {})

    def arrivals(
        self,
        metrics: Iterable[MetricIdentity],
        after: int,
        until: int,
        *,
        late_only: bool = False,
    ) -> NDArray[np.int64]:
        """Return the distinct moments in (after, until] at which something arrives, ascending.

        With `late_only`, only moments at which something arrives after the end of its own
        minute (second, in high resolution): no evaluation misses what arrives before that.
        """
        found = []
        for metric in dict.fromkeys(metrics):
            for unit, log in self.logs(metric).items():
                index = self._index(metric, unit, log)
                moments = index.late if late_only else index.every
                begin, end = np.searchsorted(moments, (after, until), side="right")
                found.append(moments[begin:end])
        return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    def _index(self, metric: MetricIdentity, unit: str, log: SampleLog) -> ArrivalIndex:
        indexes = self._arrivals.setdefault(metric, {})
        index = indexes.get(unit)
        if index is None or index.size != len(log):
            index = indexes[unit] = ArrivalIndex(log)
        return index


class MetricView:
    """See of a store what has arrived by a moment that only moves forward."""

    def __init__(self, store: MetricStore) -> None:
        self.store = store
        self.moment: float = _NEVER
        self._series: dict[tuple[MetricIdentity, str], Series] = {}

    def advance_to(self, moment: int) -> None:
        """Make visible what has arrived by this moment; an earlier one than before is refused."""
        if moment < self.moment:
            message = f"a view stands at {self.moment:.0f} and cannot go back to {moment}"
            raise ValueError(message)
        self.moment = moment

    @property
    def metrics(self) -> frozenset[MetricIdentity]:
        """Return the metrics of which anything is visible."""
        return frozenset(
            metric for metric in self.store.metrics if self._list_visible_units(metric)
        )

    def first_moment(self, metrics: Iterable[MetricIdentity]) -> float:
        """Return the time of the oldest visible sample of any of these; infinite without one."""
        logs = [log.columns() for metric in metrics for log in self.store.logs(metric).values()]
        visible = [log.at[log.arrives <= self.moment] for log in logs]
        return min((int(at.min()) for at in visible if len(at)), default=float("inf"))

    def read(self, stat: MetricStat, slots: Slots) -> Values:
        """Return the statistic of each slot as (T, K), NaN where it has no datapoint."""
        statistic = parse_statistic(stat.statistic)
        return self._read(stat.metric, stat.unit, statistic, slots)

    def read_counts(self, metric: MetricIdentity, unit: str | None, slots: Slots) -> Values:
        """Return how many samples each slot holds as (T, K), 0 where there is none."""
        return np.nan_to_num(self._read(metric, unit, _COUNTS, slots), copy=False, nan=0.0)

    def arrivals(
        self,
        metrics: Iterable[MetricIdentity],
        after: int,
        until: int,
        *,
        late_only: bool = False,
    ) -> NDArray[np.int64]:
        """Return the moments of `MetricStore.arrivals`, whether this view has got there or not."""
        return self.store.arrivals(metrics, after, until, late_only=late_only)

    def _read(
        self, metric: MetricIdentity, unit: str | None, statistic: Statistic, slots: Slots
    ) -> Values:
        unit = unit or self._choose_unit(metric)
        series = self._series.get((metric, unit))
        if series is None:
            log = self.store.logs(metric).get(unit)
            if log is None:
                return np.full(slots.shape, np.nan)
            series = self._series[metric, unit] = Series(log)
        return series.read(statistic, slots, self.moment)

    def _choose_unit(self, metric: MetricIdentity) -> str:
        units = self._list_visible_units(metric)
        if len(units) > 1:
            raise SampleError(
                f"{metric}: published in several units ({', '.join(sorted(units))}), so what a "
                "query without Unit answers is undefined; name the unit"
            )
        return units[0] if units else NO_UNIT

    def _list_visible_units(self, metric: MetricIdentity) -> list[str]:
        logs = self.store.logs(metric)
        return [unit for unit, log in logs.items() if log.first_arrival <= self.moment]
