"""The slots an evaluation looks at: sliding or wall-clock windows, with the extra slots."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Slots:
    """Hold the slots of T evaluations: `starts` and `ends` are (T, K), oldest to newest.

    A slot is [start, end); its datapoint is stamped with its start. `period_seconds` is the
    nominal length: a wall-clock day may be an hour longer or shorter.
    """

    ticks: Seconds  # (T,), the moments of the evaluations
    starts: Seconds
    ends: Seconds
    period_seconds: int

    @property
    def shape(self) -> tuple[int, int]:
        """Return (evaluations, slots of each)."""
        count, width = self.starts.shape
        return count, width
