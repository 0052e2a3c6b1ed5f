"""The operators: arithmetic, comparison and logic, with the rule that a gap counts as 0.

Between two series a gap of one counts as 0 while the other has a value; without either there is no
point. A series with a scalar has only the points of the series. A result that is not a finite
number, such as a division by zero, is no point.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from rehearsal.engine.errors import ExpressionError
from rehearsal.engine.evaluation.slots import Values
from rehearsal.engine.expression.frame import Flags, Frame, Stack, drop_infinite
from rehearsal.engine.expression.term import Array, Scalar, Series, Term, constant
from rehearsal.engine.inferred import Inference

Calculation = Callable[[Values, Values], Values]


def _both(left: Values, right: Values) -> Values:
    """Tell where both are true."""
    return np.logical_and(left, right).astype(np.float64)


def _either(left: Values, right: Values) -> Values:
    """Tell where one is true."""
    return np.logical_or(left, right).astype(np.float64)


# These pass a missing operand on to the result; the others know values only.
ARITHMETIC: Final[dict[str, Calculation]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}
POWER: Final[dict[str, Calculation]] = {"^": np.power}
TESTS: Final[dict[str, Calculation]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "<": np.less,
    ">": np.greater,
    "AND": _both,
    "OR": _either,
}
CALCULATIONS: Final = ARITHMETIC | POWER | TESTS


def negate(operand: Term) -> Term:
    """Give the negative of a term."""
    if isinstance(operand, Scalar | Series | Array):
        return apply_operator("*", constant(-1.0), operand)
    message = f"the operand of - is {operand.called}, expected numbers"
    raise ExpressionError(message)


def apply_operator(operator: str, left: Term, right: Term) -> Term:
    """Combine two terms, or say which operand the operator does not take."""
    if not isinstance(left, Scalar | Series | Array):
        raise ExpressionError(_complain(operator, "left", left))
    if not isinstance(right, Scalar | Series | Array):
        raise ExpressionError(_complain(operator, "right", right))
    if isinstance(left, Array):
        if isinstance(right, Array) or operator in TESTS:
            raise ExpressionError(_complain(operator, "left", left))
        return _combine_array(operator, left, right, array_is_left=True)
    if isinstance(right, Array):
        if operator in TESTS:
            raise ExpressionError(_complain(operator, "right", right))
        return _combine_array(operator, right, left, array_is_left=False)
    return _combine_points(operator, left, right)


def combine(
    operator: str, left: Values, right: Values, *, gaps_count: bool
) -> tuple[Values, Flags | None]:
    """Compute point by point; also tell where a gap counted as 0, if it did anywhere."""
    counted = None
    if gaps_count:
        left_gaps, right_gaps = np.isnan(left), np.isnan(right)
        lone = left_gaps ^ right_gaps
        if lone.any():
            counted = lone
            left = np.where(lone & left_gaps, 0.0, left)
            right = np.where(lone & right_gaps, 0.0, right)
    values = CALCULATIONS[operator](left, right)
    if operator not in ARITHMETIC:
        values = np.where(np.isnan(left) | np.isnan(right), np.nan, values)
    return drop_infinite(values), counted


def _combine_points(
    operator: str, left: Scalar | Series, right: Scalar | Series
) -> Scalar | Series:
    """Combine what has one value at a slot."""
    gaps_count = isinstance(left, Series) and isinstance(right, Series)

    def run(frame: Frame) -> Values:
        values, counted = combine(
            operator, left.run(frame), right.run(frame), gaps_count=gaps_count
        )
        if counted is not None:
            frame.note(Inference.PHANTOM_ZERO, counted & ~np.isnan(values))
        return values

    if isinstance(left, Series) or isinstance(right, Series):
        return Series(run)
    if left.constant is None or right.constant is None:
        return Scalar(run)
    return _fold(operator, left.constant, right.constant)


def _fold(operator: str, left: float, right: float) -> Scalar:
    """Compute what the text alone decides."""
    with np.errstate(all="ignore"):
        values, _ = combine(operator, np.array([left]), np.array([right]), gaps_count=False)
    return constant(float(values[0]))


def _combine_array(
    operator: str, array: Array, other: Scalar | Series, *, array_is_left: bool
) -> Array:
    """Combine every series of an array with the same other operand."""
    gaps_count = isinstance(other, Series)

    def run(frame: Frame) -> Stack:
        stack = array.run(frame)
        sides = (stack.values, other.run(frame))
        left, right = sides if array_is_left else sides[::-1]
        values, counted = combine(operator, left, right, gaps_count=gaps_count)
        result = stack.holding(values)
        if counted is not None:
            frame.note(Inference.PHANTOM_ZERO, counted & ~np.isnan(result.values))
        return result

    return Array(run, array.size)


def _complain(operator: str, side: str, term: Term) -> str:
    """Say what an operator does not take."""
    if operator in TESTS:
        wanted = "a time series or a scalar"
    elif isinstance(term, Array):
        wanted = "a time series or a scalar, for the other side is an array too"
    else:
        wanted = "a scalar, a time series or an array of time series"
    return f"the {side} side of {operator} is {term.called}, expected {wanted}"
