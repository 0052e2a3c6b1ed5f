"""SUM, AVG, MIN, MAX, STDDEV, DATAPOINT_COUNT and METRIC_COUNT.

Over one series the result is one number for each tick; across an array it is a series. Where there
is no point at all, there is no result; only the counts are 0 then, over one series. AVG and STDDEV
count gaps as 0 (and divide by all slots, or by all series); STDDEV is that of the population.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from rehearsal.engine.evaluation.slots import Values
from rehearsal.engine.expression.frame import Flags, Frame, all_along, any_along, drop_infinite
from rehearsal.engine.expression.term import Array, Scalar, Series
from rehearsal.engine.inferred import Inference

# Takes values, an axis to collapse, and which of the places along it exist (None: all do).
Collapse = Callable[[Values, int, Flags | None], Values]

COUNTS_GAPS: Final = frozenset({"AVG", "STDDEV"})


def _add_up(values: Values, axis: int, _exists: Flags | None) -> Values:
    """Sum the points there are."""
    gaps = np.isnan(values)
    total = _sum(np.where(gaps, 0.0, values), axis)
    return np.where(all_along(gaps, axis), np.nan, total)


def _least(values: Values, axis: int, _exists: Flags | None) -> Values:
    """Take the lowest of the points there are."""
    return np.asarray(np.fmin.reduce(values, axis=axis, keepdims=True, initial=np.nan))


def _greatest(values: Values, axis: int, _exists: Flags | None) -> Values:
    """Take the highest of the points there are."""
    return np.asarray(np.fmax.reduce(values, axis=axis, keepdims=True, initial=np.nan))


def _average(values: Values, axis: int, exists: Flags | None) -> Values:
    """Divide the sum by the number of places, filled or not."""
    return _add_up(values, axis, exists) / _count_places(values, axis, exists)


def _deviate(values: Values, axis: int, exists: Flags | None) -> Values:
    """Take the standard deviation with gaps as 0."""
    squares = (np.where(np.isnan(values), 0.0, values) - _average(values, axis, exists)) ** 2
    if exists is not None:
        squares = np.where(exists, squares, 0.0)
    return np.sqrt(_sum(squares, axis) / _count_places(values, axis, exists))


def _count_points(values: Values, axis: int, _exists: Flags | None) -> Values:
    """Count the points there are."""
    return _sum(~np.isnan(values), axis)


def _count_places(values: Values, axis: int, exists: Flags | None) -> Values:
    """Count the places along the axis."""
    if exists is None:
        return np.array(float(values.shape[axis]))
    return _sum(exists, axis)


def _sum(values: Values | Flags, axis: int) -> Values:
    """Sum along an axis, which stays with one place."""
    return np.asarray(values.sum(axis=axis, keepdims=True), dtype=np.float64)


COLLAPSES: Final[dict[str, Collapse]] = {
    "SUM": _add_up,
    "AVG": _average,
    "MIN": _least,
    "MAX": _greatest,
    "STDDEV": _deviate,
    "DATAPOINT_COUNT": _count_points,
}


def aggregate(name: str, term: Series | Array) -> Scalar | Series:
    """Collapse a series to a scalar, or an array to a series."""
    if isinstance(term, Array):
        return _across(name, term)
    return _along(name, term)


def collapse_each(name: str, frame: Frame, values: Values) -> Values:
    """Collapse each series, (…, T, K), to one number for each tick, (…, T, 1)."""
    results = drop_infinite(COLLAPSES[name](values, -1, None))
    if name in COUNTS_GAPS:
        gaps = any_along(np.isnan(values), -1)
        frame.note(Inference.GAPS_IN_AGGREGATE, gaps & ~np.isnan(results))
    return results


def count_metrics(array: Array) -> Scalar:
    """Count the series of an array."""
    return Scalar(lambda frame: array.run(frame).count().astype(np.float64))


def _along(name: str, series: Series) -> Scalar:
    """Collapse over the slots of each tick."""
    return Scalar(lambda frame: collapse_each(name, frame, frame.run_whole(series.run)))


def _across(name: str, array: Array) -> Series:
    """Collapse across series, slot by slot."""

    def run(frame: Frame) -> Values:
        stack = array.run(frame)
        gaps = np.isnan(stack.values)
        results = COLLAPSES[name](stack.values, 0, stack.present)[0]
        results[gaps.all(axis=0)] = np.nan
        if name in COUNTS_GAPS:
            missing = gaps if stack.present is None else gaps & stack.present
            frame.note(Inference.GAPS_IN_AGGREGATE, missing & ~np.isnan(results))
        return drop_infinite(results)

    return Series(run)
