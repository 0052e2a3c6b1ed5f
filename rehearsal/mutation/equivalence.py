"""Mutants that no data could tell from their alarm, by rules that are sound rather than complete.

Only what follows from the alarm's own text counts. What merely never happens to a metric, such as
a value between two whole numbers, is for a rehearsal to show.
"""

from collections.abc import Mapping
from enum import Enum, auto
from itertools import product
from typing import Final

import numpy as np

from rehearsal.engine.alarm import Alarm, CompositeAlarm, MetricAlarm, State
from rehearsal.engine.composite.grammar import parse_rule
from rehearsal.engine.evaluation.slots import build_slots
from rehearsal.engine.expression.calendar_fields import FIELDS
from rehearsal.engine.expression.grammar import parse_expression
from rehearsal.engine.expression.plan import MathPlan
from rehearsal.engine.expression.tree import (
    ArrayLiteral,
    Binary,
    Call,
    Group,
    Name,
    Negation,
    Node,
    Number,
)
from rehearsal.mutation.mutant import Mutant, Varied

# All states of so many children are tried: 3^7 = 2,187 of them.
MAX_CHILDREN: Final = 7
# What cannot turn points that are there into no number: a division or a power can.
_SAFE_OPERATORS: Final = frozenset({"+", "-", "==", "!=", "<=", ">=", "<", ">", "AND", "OR"})
_SAFE_FUNCTIONS: Final = frozenset({"ABS", "CEIL", "FLOOR"})
_JOINING: Final = frozenset({"SUM", "MIN", "MAX"})


class _Kind(Enum):
    """Say what is certain about the value of a node."""

    NUMBER = auto()  # a written number
    ALWAYS = auto()  # one time series with a value in every slot, whatever the metrics
    SERIES = auto()  # one time series
    UNKNOWN = auto()


_POINTS: Final = frozenset({_Kind.NUMBER, _Kind.ALWAYS, _Kind.SERIES})
_ALWAYS_THERE: Final = frozenset(
    {
        ("TIME_SERIES", _Kind.NUMBER),
        ("FILL", _Kind.ALWAYS, _Kind.NUMBER),
        ("FILL", _Kind.SERIES, _Kind.NUMBER),
    }
)

Expressions = Mapping[str, Node]


def explain_equivalence(original: Alarm, mutant: Mutant) -> str | None:
    """Say why a mutant is no other alarm than the original; None where it may be."""
    if isinstance(original, CompositeAlarm) and isinstance(mutant.alarm, CompositeAlarm):
        return _compare_rules(original, mutant.alarm)
    if isinstance(original, MetricAlarm) and mutant.varied is Varied.MISSING_DATA:
        return _find_never_missing(original)
    return None


def _compare_rules(original: CompositeAlarm, mutated: CompositeAlarm) -> str | None:
    """Try both rules on all states that their children can be in."""
    rule, other = parse_rule(original.rule), parse_rule(mutated.rule)
    if len(rule.references) > MAX_CHILDREN:
        return None
    for states in product(State, repeat=len(rule.references)):
        by_reference = dict(zip(rule.references, states, strict=True))
        if rule.is_true(by_reference) is not other.is_true(by_reference):
            return None
    return "the rule holds in the same states of its children"


def _find_never_missing(alarm: MetricAlarm) -> str | None:
    """Say why the alarm never meets missing data, if it never does."""
    query = alarm.returned
    if query.expression is None:
        return None
    expressions = {
        each.id: parse_expression(each.expression).root
        for each in alarm.queries
        if each.expression is not None
    }
    if _classify(expressions[query.id], expressions) is not _Kind.ALWAYS:
        return None
    rests = ", ".join(_list_inferences(alarm))
    whence = f", by the inferred {rests}" if rests else ""
    return f"{query.expression} has a value in every slot{whence}"


def _list_inferences(alarm: MetricAlarm) -> list[str]:
    """Name the unpublished rules that give it a value where no metric has any."""
    slots = build_slots(alarm, np.zeros(1, dtype=np.int64))
    found = MathPlan.build(alarm.queries).evaluate(
        slots, lambda _stat, asked: np.full(asked.shape, np.nan)
    )
    return sorted(found.inferred)


def _classify(node: Node, known: Expressions) -> _Kind:
    match node:
        case Number():
            return _Kind.NUMBER
        case Group(inner=inner) | Negation(operand=inner):
            return _classify(inner, known)
        case Name(value=name):
            return _classify(known[name], known) if name in known else _Kind.SERIES
        case Binary(operator=operator, left=left, right=right):
            return _classify_binary(operator, {_classify(side, known) for side in (left, right)})
        case Call(function=name, arguments=arguments):
            return _classify_call(name, arguments, known)
    return _Kind.UNKNOWN


def _classify_binary(operator: str, sides: set[_Kind]) -> _Kind:
    if not sides <= _POINTS or sides == {_Kind.NUMBER}:
        return _Kind.UNKNOWN
    # A gap beside a value counts as 0.
    return _Kind.ALWAYS if operator in _SAFE_OPERATORS and _Kind.ALWAYS in sides else _Kind.SERIES


def _classify_call(name: str, arguments: tuple[Node, ...], known: Expressions) -> _Kind:
    if name in _JOINING and arguments and isinstance(arguments[0], ArrayLiteral):
        members = {_classify(item, known) for item in arguments[0].items}
        return _Kind.ALWAYS if _Kind.ALWAYS in members else _Kind.SERIES
    kinds = tuple(_classify(argument, known) for argument in arguments)
    if name in FIELDS or (name, *kinds) in _ALWAYS_THERE:
        return _Kind.ALWAYS
    if name == "IF":
        return _classify_choice(kinds)
    return kinds[0] if name in _SAFE_FUNCTIONS else _Kind.UNKNOWN


def _classify_choice(kinds: tuple[_Kind, ...]) -> _Kind:
    """Judge IF: where its condition is there, gaps of a branch count as 0, but for one case."""
    match kinds:
        case (_Kind.ALWAYS, _Kind.ALWAYS | _Kind.SERIES, other) if other in _POINTS:
            return _Kind.ALWAYS
        # A gap of the false branch is no point where the true branch is a number.
        case (_Kind.ALWAYS, _Kind.NUMBER, _Kind.NUMBER | _Kind.ALWAYS):
            return _Kind.ALWAYS
    return _Kind.SERIES
