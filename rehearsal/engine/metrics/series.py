"""What one view has seen of one metric in one unit, and the statistics of any windows of it."""

from array import array
from bisect import bisect_right, insort
from typing import Final

import numpy as np

from rehearsal.engine.evaluation.slots import Slots, Values
from rehearsal.engine.metrics.grid import COUNT, HIGH, LOW, OPAQUE, TOTAL, Grid
from rehearsal.engine.metrics.histogram import Histograms
from rehearsal.engine.metrics.sample_log import MINUTE_SECONDS, SampleLog
from rehearsal.engine.metrics.statistics import Kind, Statistic
from rehearsal.engine.metrics.value_cells import ValueCells
from rehearsal.engine.metrics.windows import Floats, Windows, read_windows

# Below this many new rows, taking them one by one beats setting up array operations.
_FEW_ROWS: Final = 24


class Series:
    """Follow one log for one view; grids are filled only when something reads them."""

    def __init__(self, log: SampleLog) -> None:
        self._log = log
        self._seen = 0
        # Rows that have not arrived yet as (arrival, row), the next one first.
        self._waiting: list[tuple[int, int]] = []
        # Rows that have, in the order in which they did.
        self._visible = array("q")
        self._grids: dict[int, Grid] = {}
        self._cells: dict[int, ValueCells] = {}

    def read(self, statistic: Statistic, slots: Slots, moment: float) -> Values:
        """Return a statistic of each slot, as seen at this moment."""
        self._catch_up(moment)
        step = self._choose_step(slots)
        grid = self._grids.setdefault(step, Grid(step))
        grid.follow(self._log, self._visible)
        if not statistic.needs_values:
            return read_windows(
                slots.starts, slots.ends, step, lambda windows: _read_sums(grid, statistic, windows)
            )
        cells = self._cells.setdefault(step, ValueCells(step))
        cells.follow(self._log, self._visible)
        return read_windows(
            slots.starts,
            slots.ends,
            step,
            lambda windows: _read_values(grid, cells, statistic, windows),
        )

    def _choose_step(self, slots: Slots) -> int:
        if not self._log.has_high_resolution:
            return MINUTE_SECONDS
        off_minute = (slots.starts % MINUTE_SECONDS).any() or (slots.ends % MINUTE_SECONDS).any()
        return 1 if off_minute else MINUTE_SECONDS

    def _catch_up(self, moment: float) -> None:
        size = len(self._log)
        if size != self._seen:
            self._enqueue(range(self._seen, size), moment)
            self._seen = size
        if self._waiting and self._waiting[0][0] <= moment:
            due = bisect_right(self._waiting, moment, key=_get_arrival)
            self._visible.extend(row for _, row in self._waiting[:due])
            del self._waiting[:due]

    def _enqueue(self, rows: range, moment: float) -> None:
        if len(rows) < _FEW_ROWS:
            for row in rows:
                insort(self._waiting, (self._log.arrives[row], row))
            return
        arrives = self._log.columns().arrives[rows.start :]
        order = np.argsort(arrives, kind="stable")
        due = 0 if self._waiting else int(np.searchsorted(arrives[order], moment, side="right"))
        self._visible.frombytes((order[:due] + rows.start).astype(np.int64).tobytes())
        rest = order[due:]
        later = zip(arrives[rest].tolist(), (rest + rows.start).tolist(), strict=True)
        self._waiting = sorted([*self._waiting, *later])


def _get_arrival(waiting: tuple[int, int]) -> int:
    return waiting[0]


def _read_sums(grid: Grid, statistic: Statistic, windows: Windows) -> Floats:
    """Compute what counts, sums and extremes suffice for."""
    low, high, kind = windows.low, windows.high, statistic.kind
    if kind in (Kind.SUM, Kind.AVERAGE):
        both = windows.combine(grid.read(COUNT, TOTAL, low, high), np.add)
        counts, values = both[0], both[1]
        if kind is Kind.AVERAGE:
            values = np.divide(values, counts, out=np.zeros_like(values), where=counts > 0)
    else:
        counts = windows.combine(grid.read(COUNT, COUNT, low, high), np.add)[0]
        values = counts
        if kind is not Kind.SAMPLE_COUNT:
            values = _read_extreme(grid, windows, kind)
    return windows.spread(np.where(counts > 0, values, np.nan))


def _read_extreme(grid: Grid, windows: Windows, kind: Kind) -> Floats:
    row, pick = (LOW, np.minimum) if kind is Kind.MINIMUM else (HIGH, np.maximum)
    extremes = windows.combine(grid.read(row, row, windows.low, windows.high), pick)
    return np.asarray(extremes[0])


def _read_values(grid: Grid, cells: ValueCells, statistic: Statistic, windows: Windows) -> Floats:
    """Compute what needs the single values."""
    bins, masses = cells.read(windows)
    rows = grid.read(COUNT, OPAQUE, windows.low, windows.high)
    histograms = Histograms(
        bins=bins,
        masses=masses,
        counts=windows.combine(rows[COUNT], np.add),
        low=windows.combine(rows[LOW], np.minimum),
        high=windows.combine(rows[HIGH], np.maximum),
        opaque=windows.combine(rows[OPAQUE], np.add),
    )
    return windows.spread(histograms.compute(statistic))
