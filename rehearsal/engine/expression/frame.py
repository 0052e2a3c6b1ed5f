"""One evaluation under way: the slots, what was read, and the inferred rules it rests on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.alarm import MetricStat
from rehearsal.engine.evaluation.slots import Slots, Values
from rehearsal.engine.inferred import Inference

Flags = NDArray[np.bool_]
Notes = dict[Inference, Flags]
Read = Callable[[MetricStat, Slots], Values]
Result = TypeVar("Result")


class Frame:
    """Hold what the terms of a plan share during one evaluation of T ticks over K slots.

    `notes` flags, for each inferred rule, the slots whose value rests on it: (T, K) or (T, 1).
    """

    __slots__ = ("_known", "_read", "_results", "notes", "slots")

    def __init__(self, slots: Slots, read: Read) -> None:
        self.slots = slots
        self.notes: Notes = {}
        self._read = read
        self._known: dict[str, Values] = {}
        self._results: dict[str, tuple[Any, Notes]] = {}

    def note(self, inference: Inference, flags: Flags) -> None:
        """Add flags, (…, T, K) or (…, T, 1), to what is noted of an inferred rule."""
        if flags.ndim == 3:
            flags = any_along(flags, 0)[0]
        if flags.any():
            known = self.notes.get(inference)
            self.notes[inference] = flags if known is None else known | flags

    def read_once(self, name: str, stat: MetricStat) -> Values:
        """Return the series of a metric by its query's id."""
        if name not in self._known:
            self._known[name] = self._read(stat, self.slots)
        return self._known[name]

    def run_once(self, name: str, run: "Callable[[Frame], Result]") -> Result:
        """Return the result of an expression by its query's id; its notes count at every use."""
        if name not in self._results:
            self._results[name] = self.run_apart(run)
        result: Result
        result, noted = self._results[name]
        for inference, flags in noted.items():
            self.note(inference, flags)
        return result

    def run_apart(self, run: "Callable[[Frame], Result]") -> tuple[Result, Notes]:
        """Run a term and keep what it notes apart; the caller adds what counts."""
        before, self.notes = self.notes, {}
        result = run(self)
        noted, self.notes = self.notes, before
        return result, noted

    def run_whole(self, run: "Callable[[Frame], Result]") -> Result:
        """Run a term whose every slot then matters to every slot: its notes concern the tick."""
        result, noted = self.run_apart(run)
        for inference, flags in noted.items():
            self.note(inference, any_along(flags, 1))
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Be an array of series: values (n, T, K); `present` (n, T, 1) is None when all of them are.

    At each tick the present series come first; what is absent holds no value.
    """

    values: Values
    present: Flags | None = None

    @property
    def size(self) -> int:
        """Return how many series there are at most."""
        return len(self.values)

    def count(self) -> NDArray[np.int64]:
        """Return how many series are present at each tick: (T, 1)."""
        if self.present is None:
            return np.full((self.values.shape[1], 1), self.size)
        return np.asarray(self.present.sum(axis=0), dtype=np.int64)

    def holding(self, values: Values) -> "Stack":
        """Return the same series with other values; the absent ones stay without any."""
        if self.present is None:
            return Stack(values)
        return Stack(np.where(self.present, values, np.nan), self.present)


def any_along(flags: Flags, axis: int) -> Flags:
    """Tell where any flag along an axis is set; the axis stays, with one place."""
    return np.asarray(flags.any(axis=axis, keepdims=True), dtype=np.bool_)


def all_along(flags: Flags, axis: int) -> Flags:
    """Tell where all flags along an axis are set; the axis stays, with one place."""
    return np.asarray(flags.all(axis=axis, keepdims=True), dtype=np.bool_)


def drop_infinite(values: Values) -> Values:
    """Turn infinite results of a fresh array into missing ones, in place."""
    infinite = np.isinf(values)
    if infinite.any():
        values[infinite] = np.nan
    return values


def as_series(values: Values, slots: Slots) -> Values:
    """Spread one value for each tick over all its slots."""
    series = np.empty(slots.shape)
    series[...] = values
    return series
