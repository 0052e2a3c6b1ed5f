"""What an alarm may use but should not, or not without thought."""

from dataclasses import dataclass
from typing import Final

from rehearsal.engine.expression.term import Series, Term
from rehearsal.engine.expression.tree import Binary, Negation

RANGE: Final = (
    "CloudWatch fetches more datapoints than the evaluation periods, and this result changes "
    "with them"
)
COLLAPSING: Final = frozenset({"AVG", "MAX", "MIN", "SUM", "STDDEV"})
BY_FUNCTION: Final = {
    "DATAPOINT_COUNT": RANGE,
    "REMOVE_EMPTY": RANGE,
    "RUNNING_SUM": RANGE,
    "RATE": "over a sparse metric the range varies, and the rate with it",
    "FILL": (
        "when datapoints arrive late the newest slot is always the fill value, and the alarm "
        "sticks; use M of N"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """Name what is unsafe in an alarm's query, and why."""

    query: str
    subject: str  # a function, or the part of the text meant
    reason: str


def find_call_hazard(function: str, arguments: tuple[Term, ...]) -> str | None:
    """Say why a function is unsafe in an alarm with these arguments, if it is."""
    if function in COLLAPSING:
        return RANGE if isinstance(arguments[0], Series) else None
    return BY_FUNCTION.get(function)


def find_negation_hazard(node: Negation) -> str | None:
    """Say why a negation may not mean what it says, if so."""
    if isinstance(node.operand, Binary):
        return "whether - or ^ binds tighter is not published; write parentheses"
    return None
