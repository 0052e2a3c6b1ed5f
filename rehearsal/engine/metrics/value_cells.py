"""One metric's single values on a grid of time: for each slot, how many fell into which bin."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.metrics.histogram import find_bin
from rehearsal.engine.metrics.pages import Pages
from rehearsal.engine.metrics.sample_log import SampleLog
from rehearsal.engine.metrics.windows import Floats, Windows

_PAGE_SLOTS: Final = 256
_MORE_ROWS: Final = np.zeros(32)


class ValueCells:
    """Hold the values of each grid slot as counts by histogram bin, a row for each bin."""

    def __init__(self, step_seconds: int) -> None:
        self._step = step_seconds
        self._taken = 0
        # Bins by row are in the order in which they first occurred.
        self._rows: dict[int, int] = {}
        self._pages = Pages(_MORE_ROWS, _PAGE_SLOTS)
        self._capacity = len(_MORE_ROWS)

    def follow(self, log: SampleLog, visible: Sequence[int]) -> None:
        """Add the rows of the log that became visible since the last time."""
        rows = visible[self._taken :]
        self._taken = len(visible)
        for row in rows:
            values, weights = log.values_of(row)
            bins = [self._row(find_bin(value)) for value in values]
            page, slot = self._pages.locate(log.at[row] // self._step)
            for place, weight in zip(bins, weights, strict=True):
                page[place, slot] += weight

    def read(self, windows: Windows) -> tuple[NDArray[np.int64], Floats]:
        """Return the bins that occur, ascending, and their masses as (bins, windows)."""
        bins = np.array([*self._rows], dtype=np.int64)
        masses = self._pages.read(slice(len(bins)), windows.low, windows.high)
        occurring = np.flatnonzero(masses.any(axis=1))
        chosen = occurring[np.argsort(bins[occurring])]
        return bins[chosen], windows.combine(masses[chosen], np.add)

    def _row(self, place: int) -> int:
        row = self._rows.setdefault(place, len(self._rows))
        if row == self._capacity:
            self._pages.add_rows(_MORE_ROWS)
            self._capacity += len(_MORE_ROWS)
        return row
