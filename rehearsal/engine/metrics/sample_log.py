"""What was published of one metric in one unit, in the order in which it was added."""

from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.metrics.samples import Points, Sample

MINUTE_SECONDS = 60


class Columns(NamedTuple):
    """Be the log as arrays, a row for each sample."""

    at: NDArray[np.int64]
    arrives: NDArray[np.int64]
    weight: NDArray[np.float64]
    total: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    opaque: NDArray[np.float64]


class SampleLog:
    """Hold one column for each fact of a sample; rows are only ever appended.

    `at` is where CloudWatch keeps the sample: the minute of its event, or the second of a
    high-resolution sample. The single values of row i lie from `first_value[i]` on. A statistic
    set that hides its values has none and is `opaque`.
    """

    def __init__(self) -> None:
        self.at, self.arrives = array("q"), array("q")
        self.count, self.total = array("d"), array("d")
        self.low, self.high, self.opaque = array("d"), array("d"), array("d")
        self.values, self.weights = array("d"), array("d")
        self.first_value = array("q", [0])
        self.is_late = array("b")
        self.has_high_resolution = False
        self.first_arrival: float = float("inf")
        self._columns: Columns | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.at)

    def append(self, sample: Sample) -> None:
        """Add one sample."""
        step = 1 if sample.high_resolution else MINUTE_SECONDS
        at = sample.at - sample.at % step
        self.at.append(at)
        self.arrives.append(sample.arrives)
        self.is_late.append(sample.arrives > at + step)
        self._append_numbers(sample)
        self.first_value.append(len(self.values))
        self.has_high_resolution |= sample.high_resolution
        self.first_arrival = min(self.first_arrival, sample.arrives)

    def _append_numbers(self, sample: Sample) -> None:
        known, values, weights = sample.statistics, sample.values, sample.weights
        if known is not None:
            count, total = known.count, known.total
            low, high = known.minimum, known.maximum
            if known.qualifies:
                values, weights = (low,), (count,)
        else:
            count, low, high = sum(weights), min(values), max(values)
            total = sum(value * weight for value, weight in zip(values, weights, strict=True))
        self.count.append(count)
        self.total.append(total)
        self.low.append(low)
        self.high.append(high)
        self.opaque.append(not values)
        self.values.extend(values)
        self.weights.extend(weights)

    def extend(self, points: Points) -> None:
        """Add many samples of one value each."""
        size = len(points)
        if not size:
            return
        step = 1 if points.high_resolution else MINUTE_SECONDS
        at = points.at - points.at % step
        ones = np.ones(size)
        _append_all(self.at, at)
        _append_all(self.arrives, points.arrives)
        _append_all(self.is_late, points.arrives > at + step)
        for column in (self.total, self.low, self.high, self.values):
            _append_all(column, points.values)
        for column in (self.count, self.weights):
            _append_all(column, ones)
        _append_all(self.opaque, np.zeros(size))
        _append_all(self.first_value, self.first_value[-1] + 1 + np.arange(size, dtype=np.int64))
        self.has_high_resolution |= points.high_resolution
        self.first_arrival = min(self.first_arrival, int(points.arrives.min()))

    def columns(self) -> Columns:
        """Return the whole log as arrays, which several readers share."""
        if self._columns is None or len(self._columns.at) != len(self):
            self._columns = Columns(
                np.array(self.at),
                np.array(self.arrives),
                *(
                    np.array(column)
                    for column in (self.count, self.total, self.low, self.high, self.opaque)
                ),
            )
        return self._columns

    def values_of(self, row: int) -> tuple[Sequence[float], Sequence[float]]:
        """Return the single values of a row and how often each counts."""
        part = slice(self.first_value[row], self.first_value[row + 1])
        return self.values[part], self.weights[part]


class ArrivalIndex:
    """Know the distinct moments at which rows of one log arrive, as far as it was filled."""

    def __init__(self, log: SampleLog) -> None:
        self.size = len(log)
        self._arrives = np.array(log.arrives, dtype=np.int64)
        self._is_late = np.array(log.is_late, dtype=np.bool_)

    @cached_property
    def every(self) -> NDArray[np.int64]:
        """Return all moments, ascending."""
        return np.unique(self._arrives)

    @cached_property
    def late(self) -> NDArray[np.int64]:
        """Return the moments at which something arrives after its own minute has ended."""
        return np.unique(self._arrives[self._is_late])


def _append_all(column: "array[int] | array[float]", numbers: NDArray[np.generic]) -> None:
    column.frombytes(np.asarray(numbers, dtype=column.typecode).tobytes())
