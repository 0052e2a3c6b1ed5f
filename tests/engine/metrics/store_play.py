"""What the store's tests share: a metric, a base time, and slots as evaluations ask for them."""

from collections.abc import Sequence

import numpy as np

from rehearsal.engine.alarm import MetricStat
from rehearsal.engine.evaluation.slots import Slots, Values
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Points, Sample, StatisticSet
from rehearsal.engine.metrics.store import MetricStore, MetricView

METRIC = MetricIdentity.of("Shop", "Latency", {"Service": "api"})
# A Saturday, 31 January 2026, 20:00 UTC.
START = 1_769_889_600
LONG_AFTER = START + 10 * 86_400


def sample(
    *values: float,
    at: int = START,
    arrives: int | None = None,
    counts: Sequence[float] = (),
    metric: MetricIdentity = METRIC,
    unit: str | None = None,
    high_resolution: bool = False,
) -> Sample:
    """Build a sample that arrives with its event unless said otherwise."""
    return Sample(
        metric=metric,
        at=at,
        arrives=at if arrives is None else arrives,
        values=values,
        counts=tuple(counts),
        unit=unit,
        high_resolution=high_resolution,
    )


def statistic_set(
    count: float, total: float, minimum: float, maximum: float, *, at: int = START
) -> Sample:
    """Build a sample that is a statistic set."""
    known = StatisticSet(count, total, minimum, maximum)
    return Sample(metric=METRIC, at=at, arrives=at, statistics=known)


def windows(ticks: Sequence[int], slots: int, period_seconds: int) -> Slots:
    """Build sliding windows: those that end at each tick."""
    moments = np.array(ticks, dtype=np.int64)
    starts = moments[:, None] - period_seconds * np.arange(slots, 0, -1)
    return Slots(
        ticks=moments,
        starts=starts,
        ends=starts + period_seconds,
        period_seconds=period_seconds,
    )


def spans(*pairs: tuple[int, int]) -> Slots:
    """Build one evaluation of slots [start, end) in seconds after the base time."""
    edges = START + np.array([pairs], dtype=np.int64)
    return Slots(ticks=edges[:, -1, 1], starts=edges[..., 0], ends=edges[..., 1], period_seconds=60)


def stat(
    statistic: str = "Sum",
    period_seconds: int = 60,
    unit: str | None = None,
    metric: MetricIdentity = METRIC,
) -> MetricStat:
    """Name a statistic of the metric."""
    return MetricStat(metric=metric, statistic=statistic, period_seconds=period_seconds, unit=unit)


def view_of(*samples: Sample | Points, moment: int = LONG_AFTER) -> MetricView:
    """Return a view to which all of these are visible that arrived by the moment."""
    view = MetricStore(samples).view()
    view.advance_to(moment)
    return view


def read_minute(statistic: str, *samples: Sample) -> float:
    """Return a statistic of the first minute."""
    return float(view_of(*samples).read(stat(statistic), spans((0, 60)))[0, 0])


def as_lists(values: Values) -> list[list[float | None]]:
    """Write values as lists, None where there is no datapoint."""
    return [[None if np.isnan(value) else float(value) for value in row] for row in values]
