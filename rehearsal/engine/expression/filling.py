"""FILL: a number, a metric, the last value or a straight line in the place of gaps.

Filling with a number also fills a series without any point in the range, which no document says.
REPEAT leaves a leading gap, LINEAR a leading and a trailing one.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from rehearsal.engine.errors import ExpressionError
from rehearsal.engine.evaluation.slots import Seconds, Values
from rehearsal.engine.expression.frame import Frame, Stack, all_along
from rehearsal.engine.expression.over_time import place_of_last_point, take
from rehearsal.engine.expression.term import Array, Scalar, Series
from rehearsal.engine.inferred import Inference


def fill_with(term: Series | Array, filler: Scalar | Series) -> Series | Array:
    """Fill gaps with a number, or with the value another series has at that moment."""
    if isinstance(term, Series):
        if isinstance(filler, Series):
            message = (
                "argument 2 is a time series, expected a scalar, REPEAT or LINEAR; "
                "only an array of time series is filled with a series"
            )
            raise ExpressionError(message)
        return Series(lambda frame: _fill(frame, Stack(term.run(frame)), filler).values)
    return Array(lambda frame: _fill(frame, term.run(frame), filler), term.size)


def fill_from_neighbours(term: Series | Array, keyword: str) -> Series | Array:
    """Fill gaps from the points around them: REPEAT or LINEAR."""
    neighbours = NEIGHBOURS[keyword]

    if isinstance(term, Series):
        return Series(lambda frame: neighbours(frame.run_whole(term.run), frame.slots.starts))

    def run(frame: Frame) -> Stack:
        stack = frame.run_whole(term.run)
        return Stack(neighbours(stack.values, frame.slots.starts), stack.present)

    return Array(run, term.size)


def _fill(frame: Frame, stack: Stack, filler: Scalar | Series) -> Stack:
    """Fill every gap, and note where a series had nothing but gaps."""
    gaps = np.isnan(stack.values)
    if not gaps.any():
        return stack
    filled = stack.holding(np.where(gaps, filler.run(frame), stack.values))
    empty = all_along(gaps, -1)
    frame.note(Inference.FILL_EMPTY, empty & ~np.isnan(filled.values))
    return filled


def _repeat(values: Values, _starts: Seconds) -> Values:
    """Repeat the last point before a gap."""
    return take(values, place_of_last_point(values))


def _interpolate(values: Values, starts: Seconds) -> Values:
    """Draw a straight line between both ends of a gap."""
    width = values.shape[-1]
    before = place_of_last_point(values)
    after = width - 1 - place_of_last_point(values[..., ::-1])[..., ::-1]
    moments = np.broadcast_to(starts, values.shape)
    low, high = take(values, before), take(values, after)
    begin, end = take(moments, before), take(moments, after)
    line = low + (high - low) * (starts - begin) / (end - begin)
    return np.where(np.isnan(values), line, values)


NEIGHBOURS: Final[dict[str, Callable[[Values, Seconds], Values]]] = {
    "REPEAT": _repeat,
    "LINEAR": _interpolate,
}
