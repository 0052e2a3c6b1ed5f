"""Combine neighbouring slots of a grid into windows: sums, minima and maxima of any width.

Every window is combined from its own numbers alone, in an order that depends on its width only:
the same window gives the same bits wherever it stands and however many are asked for. A running
total with a subtraction at the other end would leave rounding residue, and cross `> 0`.
"""

from collections.abc import Callable
from functools import reduce

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

# Up to this many slots, all windows of a range are combined, for that takes the fewest steps.
_SHORT_RANGE = 8_192


class Windows:
    """Be windows of one width: `first` holds their first positions, in any shape."""

    def __init__(self, first: Positions, width: int) -> None:
        self.first = first
        self.width = width
        self.low = int(first.min())
        self.high = int(first.max()) + width
        span = (self.high - self.low) * width.bit_length()
        self.is_dense = self.high - self.low <= _SHORT_RANGE or span <= 2 * first.size * width

    def combine(self, rows: Floats, operation: np.ufunc) -> Floats:
        """Combine rows of (…, high - low) into (…, results)."""
        if self.is_dense:
            return _slide(rows, self.width, operation)
        index = (self.first - self.low).reshape(-1, 1) + np.arange(self.width)
        return _fold(rows[..., index], operation)

    def spread(self, results: Floats) -> Floats:
        """Give each window its result, in the shape of `first`."""
        if self.is_dense:
            return results[self.first - self.low]
        return results.reshape(self.first.shape)


def read_windows(
    starts: Positions, ends: Positions, step_seconds: int, compute: Callable[[Windows], Floats]
) -> Floats:
    """Compute every window [start, end) of whole grid slots; what holds none of them is NaN."""
    # A slot of the grid belongs to the window in which it begins.
    first = -(-starts // step_seconds)
    widths = -(-ends // step_seconds) - first
    if widths.size == 0:
        return np.empty(first.shape)
    narrowest, widest = int(widths.min()), int(widths.max())
    if narrowest == widest:
        return compute(Windows(first, widest)) if widest > 0 else np.full(first.shape, np.nan)
    values = np.full(first.shape, np.nan)
    for width in np.unique(widths[widths > 0]):
        chosen = widths == width
        values[chosen] = compute(Windows(first[chosen], int(width)))
    return values


def _slide(rows: Floats, width: int, operation: np.ufunc) -> Floats:
    """Combine every run of `width` neighbours by doubling: runs of 1, 2, 4 … make up the width."""
    count = rows.shape[-1] - width + 1
    runs, size = [rows], 1
    while 2 * size <= width:
        last = runs[-1]
        runs.append(operation(last[..., :-size], last[..., size:]))
        size *= 2
    total, offset = runs[-1][..., :count], size
    for run in reversed(runs[:-1]):
        size //= 2
        if width & size:
            total = operation(total, run[..., offset : offset + count])
            offset += size
    return total


def _fold(blocks: Floats, operation: np.ufunc) -> Floats:
    """Combine the last axis, in the very order of `_slide`."""
    width, offset, totals = blocks.shape[-1], 0, []
    for power in reversed(range(width.bit_length())):
        size = 1 << power
        if width & size:
            run = blocks[..., offset : offset + size]
            while run.shape[-1] > 1:
                run = operation(run[..., ::2], run[..., 1::2])
            totals.append(run)
            offset += size
    return reduce(operation, totals)[..., 0]
