"""Samples as they are published: values with counts, or a statistic set, of one metric at a time.

What PutMetricData would reject cannot be built. Namespaces that begin with `AWS/` can: AWS
publishes those itself, and a rehearsal plays AWS as well.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.errors import SampleError
from rehearsal.engine.metrics.identity import MetricIdentity

MAX_PAST_SECONDS: Final = 14 * 86_400
MAX_FUTURE_SECONDS: Final = 2 * 3_600
MAX_MAGNITUDE: Final = 2.0**360
MAX_UNIQUE_VALUES: Final = 150
MAX_DIMENSIONS: Final = 30
MAX_NAME_LENGTH: Final = 255
MAX_DIMENSION_VALUE_LENGTH: Final = 1_024
NO_UNIT: Final = "None"

_SIZES = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
UNITS: Final = frozenset(
    {"Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", NO_UNIT}
    | {*_SIZES, *_BITS}
    | {f"{size}/Second" for size in (*_SIZES, *_BITS)}
)


@dataclass(frozen=True, slots=True)
class StatisticSet:
    """Sum up samples that were aggregated before they were published."""

    count: float
    total: float
    minimum: float
    maximum: float

    @property
    def qualifies(self) -> bool:
        """Tell whether the single values can be told from the set, as percentiles need."""
        return self.minimum == self.maximum and self.total == self.minimum * self.count


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Be one datum: `values` (each `counts` times, once without) or a set of `statistics`.

    `at` is the time of the event and `arrives` the moment from which a reader sees it, both in
    seconds since 1970.
    """

    metric: MetricIdentity
    at: int
    arrives: int
    values: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()
    statistics: StatisticSet | None = None
    unit: str | None = None
    high_resolution: bool = False

    def __post_init__(self) -> None:
        """Refuse what PutMetricData would reject."""
        check_series(self.metric, self.unit)
        _check_time(self.metric, self.at, self.arrives)
        if self.statistics is not None:
            self._check_statistics(self.statistics)
        else:
            self._check_values()

    @property
    def weights(self) -> tuple[float, ...]:
        """Return how often each value counts."""
        return self.counts or (1.0,) * len(self.values)

    def _check_values(self) -> None:
        values, counts = self.values, self.counts
        if not values:
            found = "only counts" if counts else "neither"
            raise SampleError(f"{self.metric}: a sample has values or a statistic set, not {found}")
        for value in values:
            check_value(self.metric, value)
        if len(values) > MAX_UNIQUE_VALUES and len(set(values)) > MAX_UNIQUE_VALUES:
            raise SampleError(
                f"{self.metric}: a sample holds at most {MAX_UNIQUE_VALUES} different values, "
                f"not {len(set(values))}"
            )
        if counts:
            self._check_counts()

    def _check_counts(self) -> None:
        if len(self.counts) != len(self.values):
            raise SampleError(
                f"{self.metric}: {len(self.values)} values need as many counts, "
                f"not {len(self.counts)}"
            )
        for count in self.counts:
            _check_count(self.metric, count)

    def _check_statistics(self, statistics: StatisticSet) -> None:
        if self.values or self.counts:
            raise SampleError(f"{self.metric}: a sample has values or a statistic set, not both")
        _check_count(self.metric, statistics.count)
        for value in (statistics.total, statistics.minimum, statistics.maximum):
            check_value(self.metric, value)
        if statistics.minimum > statistics.maximum:
            raise SampleError(
                f"{self.metric}: the minimum {statistics.minimum:g} of a statistic set must not "
                f"exceed its maximum {statistics.maximum:g}"
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class Points:
    """Be many samples of one metric with one value each: arrays of equal length.

    The same as that many `Sample`s, and a hundred times faster to add.
    """

    metric: MetricIdentity
    at: NDArray[np.int64]
    arrives: NDArray[np.int64]
    values: NDArray[np.float64]
    unit: str | None = None
    high_resolution: bool = False

    def __post_init__(self) -> None:
        """Refuse what PutMetricData would reject, naming the first such point."""
        check_series(self.metric, self.unit)
        if not len(self.at) == len(self.arrives) == len(self.values):
            raise SampleError(
                f"{self.metric}: times, arrivals and values must be of one length, not "
                f"{len(self.at)}, {len(self.arrives)} and {len(self.values)}"
            )
        # NaN compares false with everything, so what holds is asked, not what does not.
        for value in self.values[~(np.abs(self.values) <= MAX_MAGNITUDE)][:1]:
            check_value(self.metric, float(value))
        ahead = self.at - self.arrives
        for row in np.flatnonzero((ahead > MAX_FUTURE_SECONDS) | (-ahead > MAX_PAST_SECONDS))[:1]:
            _check_time(self.metric, int(self.at[row]), int(self.arrives[row]))

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.at)


@lru_cache(maxsize=4_096)
def check_series(metric: MetricIdentity, unit: str | None) -> None:
    """Refuse a namespace, name, dimension or unit that CloudWatch does not allow."""
    for problem in _list_name_problems(metric):
        raise SampleError(f"{metric}: {problem}")
    if unit is not None and unit not in UNITS:
        raise SampleError(f"{metric}: {unit!r} is no unit of CloudWatch, such as Count or Seconds")


def check_value(metric: MetricIdentity, value: float) -> None:
    """Refuse NaN, infinity and what is beyond 2^360."""
    if not abs(value) <= MAX_MAGNITUDE:
        raise SampleError(f"{metric}: a value lies within -2^360 and 2^360, which {value} does not")


def _check_count(metric: MetricIdentity, count: float) -> None:
    if not (count >= 0 and math.isfinite(count)):
        raise SampleError(f"{metric}: a count is zero or more, not {count}")


def _check_time(metric: MetricIdentity, at: int, arrives: int) -> None:
    if at - arrives > MAX_FUTURE_SECONDS:
        raise SampleError(
            f"{metric}: time {at} lies {at - arrives} s after it was published ({arrives}), at "
            f"most {MAX_FUTURE_SECONDS} s are allowed"
        )
    if arrives - at > MAX_PAST_SECONDS:
        raise SampleError(
            f"{metric}: time {at} lies {arrives - at} s before it was published ({arrives}), at "
            f"most {MAX_PAST_SECONDS} s are allowed"
        )


def _list_name_problems(metric: MetricIdentity) -> Iterable[str]:
    for what, name in (("namespace", metric.namespace), ("metric name", metric.name)):
        if not 1 <= len(name) <= MAX_NAME_LENGTH:
            yield f"a {what} has 1 to {MAX_NAME_LENGTH} characters, not {len(name)}"
    if metric.namespace.startswith(":"):
        yield "a namespace does not start with a colon"
    if len(metric.dimensions) > MAX_DIMENSIONS:
        yield f"a metric has at most {MAX_DIMENSIONS} dimensions, not {len(metric.dimensions)}"
    if len(dict(metric.dimensions)) < len(metric.dimensions):
        yield "a dimension is given twice"
    for name, value in metric.dimensions:
        if not 1 <= len(name) <= MAX_NAME_LENGTH or name.startswith(":"):
            yield (
                f"a dimension's name has 1 to {MAX_NAME_LENGTH} characters and no colon in "
                f"front, unlike {name[:40]!r}"
            )
        if not 1 <= len(value) <= MAX_DIMENSION_VALUE_LENGTH:
            yield (
                f"the value of dimension {name!r} has 1 to {MAX_DIMENSION_VALUE_LENGTH} "
                f"characters, not {len(value)}"
            )
