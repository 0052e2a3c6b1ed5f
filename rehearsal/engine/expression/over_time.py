"""Functions of one series along its slots, and of each series of an array.

DIFF, DIFF_TIME and RATE compare a point with the preceding point, however long ago within the
range; the first point has none. A gap stays a gap, in RUNNING_SUM too.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.evaluation.slots import Seconds, Values
from rehearsal.engine.expression.frame import Frame, Stack, drop_infinite
from rehearsal.engine.expression.term import Array, Series

# Takes values (…, T, K) and the starts of the slots (T, K).
Change = Callable[[Values, Seconds], Values]
Places = NDArray[np.int64]

POINTWISE: Final[dict[str, np.ufunc]] = {
    "ABS": np.abs,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "LOG": np.log,
    "LOG10": np.log10,
}


def apply_pointwise(name: str, term: Series | Array) -> Series | Array:
    """Compute each point on its own; what has no logarithm is dropped."""
    function = POINTWISE[name]
    if isinstance(term, Array):
        return Array(lambda frame: _map(function, term.run(frame)), term.size)
    return Series(lambda frame: drop_infinite(function(term.run(frame))))


def apply_change(name: str, term: Series | Array) -> Series | Array:
    """Compute each point from those before it."""
    change = CHANGES[name]

    if isinstance(term, Series):
        return Series(lambda frame: change(frame.run_whole(term.run), frame.slots.starts))

    def run(frame: Frame) -> Stack:
        stack = frame.run_whole(term.run)
        return Stack(change(stack.values, frame.slots.starts), stack.present)

    return Array(run, term.size)


def place_of_last_point(values: Values) -> Places:
    """Return, for each slot, the place of the newest point up to it; -1 before the first."""
    places = np.where(np.isnan(values), -1, np.arange(values.shape[-1]))
    return np.maximum.accumulate(places, axis=-1)


def take(values: NDArray[np.float64] | Seconds, places: Places) -> Values:
    """Return the value at each place; what is outside the slots is missing."""
    width = values.shape[-1]
    taken = np.take_along_axis(values, places.clip(0, width - 1), axis=-1)
    return np.where((places < 0) | (places >= width), np.nan, taken)


def _map(function: np.ufunc, stack: Stack) -> Stack:
    """Compute each point of an array; an absent point stays absent."""
    return Stack(drop_infinite(function(stack.values)), stack.present)


def _precede(values: Values) -> Places:
    """Return the place of the point before each slot."""
    before = np.full_like(values, -1, dtype=np.int64)
    before[..., 1:] = place_of_last_point(values)[..., :-1]
    return before


def _differ(values: Values, _starts: Seconds) -> Values:
    """Subtract the preceding value."""
    return drop_infinite(values - take(values, _precede(values)))


def _differ_in_time(values: Values, starts: Seconds) -> Values:
    """Count the seconds since the preceding value."""
    moments = np.broadcast_to(starts, values.shape)
    return np.where(np.isnan(values), np.nan, starts - take(moments, _precede(values)))


def _rate(values: Values, starts: Seconds) -> Values:
    """Divide the difference by the seconds."""
    return _differ(values, starts) / _differ_in_time(values, starts)


def _accumulate(values: Values, _starts: Seconds) -> Values:
    """Add up the points so far."""
    gaps = np.isnan(values)
    sums = np.where(gaps, 0.0, values).cumsum(axis=-1)
    return drop_infinite(np.where(gaps, np.nan, sums))


CHANGES: Final[dict[str, Change]] = {
    "DIFF": _differ,
    "DIFF_TIME": _differ_in_time,
    "RATE": _rate,
    "RUNNING_SUM": _accumulate,
}
