"""Arrays of series: building, sorting, slicing and picking from them.

Which series an array holds, and in which order, may differ from tick to tick.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.errors import ExpressionError
from rehearsal.engine.evaluation.slots import Values
from rehearsal.engine.expression.aggregates import collapse_each
from rehearsal.engine.expression.frame import Flags, Frame, Stack, all_along
from rehearsal.engine.expression.term import Array, Scalar, Series

Counts = NDArray[np.int64]

SORT_KEYS: Final = ("AVG", "MIN", "MAX", "SUM")
SORT_ORDERS: Final = ("ASC", "DESC")


def join(terms: Sequence[Series | Array]) -> Array:
    """Put series, and the series of arrays, in one array."""

    def run(frame: Frame) -> Stack:
        stacks = [_as_stack(term, frame) for term in terms]
        if not stacks:
            return Stack(np.empty((0, *frame.slots.shape)))
        values = np.concatenate([stack.values for stack in stacks])
        if all(stack.present is None for stack in stacks):
            return Stack(values)
        return _compact(values, np.concatenate([_mark_present(stack) for stack in stacks]))

    return Array(run, sum(term.size if isinstance(term, Array) else 1 for term in terms))


def pick_first(array: Array) -> Series:
    """Take the first series; of an empty array, one without points."""

    def run(frame: Frame) -> Values:
        values = array.run(frame).values
        return values[0] if len(values) else np.full(frame.slots.shape, np.nan)

    return Series(run)


def pick_last(array: Array) -> Series:
    """Take the last series; of an empty array, one without points."""

    def run(frame: Frame) -> Values:
        stack = array.run(frame)
        if not stack.size:
            return np.full(frame.slots.shape, np.nan)
        last = (stack.count() - 1).clip(0)
        picked: Values = np.take_along_axis(stack.values, last[np.newaxis], axis=0)[0]
        return picked

    return Series(run)


def remove_empty(array: Array) -> Array:
    """Leave only the series that have a point in the range."""

    def run(frame: Frame) -> Stack:
        stack = array.run(frame)
        return _compact(stack.values, ~all_along(np.isnan(stack.values), 2))

    return Array(run, array.size)


def sort(array: Array, key: str, order: str, limit: Scalar | None) -> Array:
    """Order series by an aggregate of each, those without points last; keep `limit` of them."""
    sign = -1.0 if order == "DESC" else 1.0

    def run(frame: Frame) -> Stack:
        stack = frame.run_whole(array.run)
        keys = sign * collapse_each(key, frame, stack.values)[..., 0]
        # What has no points has no key, and what has no key is sorted last: absent series stay so.
        places = np.argsort(keys, axis=0, kind="stable")[..., np.newaxis]
        values = np.take_along_axis(stack.values, places, axis=0)
        if limit is None:
            return Stack(values, stack.present)
        return _cut(values, stack.count(), np.zeros((1, 1)), limit.run(frame))

    return Array(run, array.size if limit is None else _bound(4, limit, array.size))


def cut(array: Array, start: Scalar, end: Scalar | None) -> Series | Array:
    """Take the series from `start` up to, not including, `end`; a single place gives a series."""
    first = 0 if start.constant is None else _bound(2, start, array.size)
    last = array.size if end is None else _bound(3, end, array.size)

    def run(frame: Frame) -> Stack:
        stack = array.run(frame)
        count = stack.count()
        begin = start.run(frame)
        return _cut(stack.values, count, begin, count if end is None else end.run(frame))

    part = Array(run, max(0, last - first))
    if end is None or start.constant is None or end.constant is None:
        return part
    return pick_first(part) if int(end.constant) - int(start.constant) == 1 else part


def _as_stack(term: Series | Array, frame: Frame) -> Stack:
    """Take one series as an array of one."""
    return term.run(frame) if isinstance(term, Array) else Stack(term.run(frame)[np.newaxis])


def _mark_present(stack: Stack) -> Flags:
    """Flag the series that are present: (n, T, 1)."""
    if stack.present is not None:
        return stack.present
    return np.ones((*stack.values.shape[:2], 1), dtype=np.bool_)


def _compact(values: Values, present: Flags) -> Stack:
    """Move the present series to the front, in their order."""
    if present.all():
        return Stack(values)
    places = np.argsort(~present, axis=0, kind="stable")
    return Stack(
        np.take_along_axis(values, places, axis=0), np.take_along_axis(present, places, axis=0)
    )


def _cut(values: Values, count: Counts, begin: Values, end: Values | Counts) -> Stack:
    """Move the series from `begin` to `end` of those present to the front; bounds are (T, 1)."""
    offsets = np.arange(len(values)).reshape(-1, 1, 1)
    places = offsets + np.floor(begin).clip(0)
    present = places < np.minimum(np.floor(end), count)
    chosen = np.where(present, places, 0).astype(np.int64)
    taken = np.take_along_axis(values, chosen, axis=0)
    return Stack(np.where(present, taken, np.nan), present)


def _bound(place: int, number: Scalar, size: int) -> int:
    """Return how many series a number of the text leaves at most, or refuse the number."""
    value = number.constant
    if value is None:
        return size
    if not value.is_integer() or value < 0:
        message = f"argument {place} is {value:g}, expected a whole number from 0"
        raise ExpressionError(message)
    return min(int(value), size)
