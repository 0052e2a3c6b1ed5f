"""IF: which branch gives the value of a slot, and what a missing one means.

A missing condition drops the point. A chosen series without a point counts as 0, except where the
condition is false and the true branch is a scalar: then the point is dropped, as it is when there
is no false branch.
"""

import numpy as np

from rehearsal.engine.errors import ExpressionError
from rehearsal.engine.evaluation.slots import Values
from rehearsal.engine.expression.frame import Flags, Frame
from rehearsal.engine.expression.term import Scalar, Series
from rehearsal.engine.inferred import Inference

Branch = Scalar | Series


def choose(condition: Branch, on_true: Branch, on_false: Branch | None) -> Series:
    """Build IF(condition, on_true[, on_false])."""
    if isinstance(condition, Scalar):
        _demand_series(on_true, 2)
        if on_false is not None:
            _demand_series(on_false, 3)
    false_counts = isinstance(on_true, Series)

    def run(frame: Frame) -> Values:
        chooser = condition.run(frame)
        chosen = (chooser != 0) & ~np.isnan(chooser)
        values = _take_branch(frame, on_true, chosen, gap_counts=True)
        if on_false is None:
            return values
        other = _take_branch(frame, on_false, chooser == 0, gap_counts=false_counts)
        return np.where(chosen, values, other)

    return Series(run)


def _take_branch(frame: Frame, branch: Branch, chosen: Flags, *, gap_counts: bool) -> Values:
    """Take the values of a branch where it was chosen, and the notes that concern those."""
    values, noted = frame.run_apart(branch.run)
    for inference, flags in noted.items():
        frame.note(inference, flags & chosen)
    if gap_counts and isinstance(branch, Series):
        gaps = chosen & np.isnan(values)
        if gaps.any():
            frame.note(Inference.PHANTOM_ZERO, gaps)
            values = np.where(gaps, 0.0, values)
    return np.where(chosen, values, np.nan)


def _demand_series(branch: Branch, place: int) -> None:
    """Refuse a scalar branch of a scalar condition, which no document allows."""
    if isinstance(branch, Scalar):
        message = (
            f"argument {place} is a scalar, expected a time series, for the condition is a scalar"
        )
        raise ExpressionError(message)
