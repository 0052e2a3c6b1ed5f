"""One metric's samples on a grid of time: sums for each minute, or for each second."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from rehearsal.engine.metrics.pages import Pages
from rehearsal.engine.metrics.sample_log import SampleLog
from rehearsal.engine.metrics.windows import Floats

# Rows of a grid; those that are read together stand together.
COUNT, TOTAL, LOW, HIGH, OPAQUE = range(5)
_EMPTY: Final = np.array([0.0, 0.0, np.inf, -np.inf, 0.0])
_PAGE_SLOTS: Final = 2_048
# Below this many new rows, adding them one by one beats setting up array operations.
_FEW_ROWS: Final = 24


class Grid:
    """Hold count, sum, minimum, maximum and the number of opaque sets of each grid slot."""

    def __init__(self, step_seconds: int) -> None:
        self._step = step_seconds
        self._taken = 0
        self._pages = Pages(_EMPTY, _PAGE_SLOTS)

    def follow(self, log: SampleLog, visible: Sequence[int]) -> None:
        """Add the rows of the log that became visible since the last time."""
        if self._taken == len(visible):
            return
        rows = visible[self._taken :]
        self._taken = len(visible)
        if len(rows) < _FEW_ROWS:
            for row in rows:
                self._take_one(log, row)
        else:
            self._take_many(log, rows)

    def read(self, first_row: int, last_row: int, low: int, high: int) -> Floats:
        """Return some rows of the slots from `low` up to `high`; do not write into the result."""
        return self._pages.read(slice(first_row, last_row + 1), low, high)

    def _take_one(self, log: SampleLog, row: int) -> None:
        page, slot = self._pages.locate(log.at[row] // self._step)
        page[COUNT, slot] += log.count[row]
        page[TOTAL, slot] += log.total[row]
        page[LOW, slot] = min(page[LOW, slot], log.low[row])
        page[HIGH, slot] = max(page[HIGH, slot], log.high[row])
        page[OPAQUE, slot] += log.opaque[row]

    def _take_many(self, log: SampleLog, rows: Sequence[int]) -> None:
        index, columns = np.asarray(rows), log.columns()
        for page, slots, chosen in self._pages.split(columns.at[index] // self._step):
            row = index[chosen]
            np.add.at(page[COUNT], slots, columns.weight[row])
            np.add.at(page[TOTAL], slots, columns.total[row])
            np.minimum.at(page[LOW], slots, columns.low[row])
            np.maximum.at(page[HIGH], slots, columns.high[row])
            np.add.at(page[OPAQUE], slots, columns.opaque[row])
