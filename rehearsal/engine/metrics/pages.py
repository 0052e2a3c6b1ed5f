"""Rows of numbers over a grid of time, as wide as time is and stored only where something is."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.metrics.windows import Floats, Positions


class Pages:
    """Hold rows of numbers, one number for each slot; `empty` is a slot that nothing came to.

    Neither growth nor a stray sample years away costs more than a page.
    """

    def __init__(self, empty: Floats, page_slots: int) -> None:
        self._empty = empty.reshape(-1, 1)
        self._size = page_slots
        self._pages: dict[int, Floats] = {}

    def add_rows(self, empty: Floats) -> None:
        """Append rows below the others."""
        self._empty = np.concatenate([self._empty, empty.reshape(-1, 1)])

    def locate(self, slot: int) -> tuple[Floats, int]:
        """Return the page of a slot, for writing, and the slot's place in it."""
        key, place = divmod(slot, self._size)
        return self._page(key), place

    def split(self, slots: Positions) -> Iterator[tuple[Floats, Positions, NDArray[np.bool_]]]:
        """Yield each page that the slots lie in, their places in it, and which they are."""
        keys, places = np.divmod(slots, self._size)
        for key in np.unique(keys):
            chosen = keys == key
            yield self._page(int(key)), places[chosen], chosen

    def read(self, rows: slice, low: int, high: int) -> Floats:
        """Return some rows of the slots from `low` up to `high`; do not write into the result."""
        first, start = divmod(low, self._size)
        if start + high - low <= self._size and first in self._pages:
            return self._page(first)[rows, start : start + high - low]
        numbers = np.repeat(self._empty[rows], high - low, axis=1)
        for key in range(first, (high - 1) // self._size + 1):
            if key in self._pages:
                base = key * self._size
                begin, end = max(low, base), min(high, base + self._size)
                page = self._page(key)
                numbers[:, begin - low : end - low] = page[rows, begin - base : end - base]
        return numbers

    def _page(self, key: int) -> Floats:
        page = self._pages.get(key)
        known = 0 if page is None else len(page)
        if page is None or known < len(self._empty):
            new = np.repeat(self._empty[known:], self._size, axis=1)
            page = self._pages[key] = new if page is None else np.concatenate([page, new])
        return page
