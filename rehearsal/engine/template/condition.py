"""Conditions: And, Or, Not, Equals over resolved values; True, False, or not known offline."""

from collections.abc import Mapping
from typing import Final

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.intrinsics import Scope
from rehearsal.engine.template.values import Unresolved, describe, find_unresolved, write_scalar

Truth = bool | Unresolved
OPERATORS: Final = ("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition")


def evaluate(expression: object, scope: Scope) -> Truth:
    """Evaluate a condition's expression; one unknown part is harmless where others decide."""
    operands = expression if isinstance(expression, Mapping) and len(expression) == 1 else None
    match operands:
        case {"Condition": str(name)}:
            return scope.decide(name)
        case {"Fn::And": [*parts]} if parts:
            return _combine(parts, scope, deciding=False)
        case {"Fn::Or": [*parts]} if parts:
            return _combine(parts, scope, deciding=True)
        case {"Fn::Not": [part]}:
            truth = _enter(part, scope)
            return truth if isinstance(truth, Unresolved) else not truth
        case {"Fn::Equals": [left, right]}:
            return _compare(left, right, scope)
        case _:
            message = (
                f"expected one of {', '.join(OPERATORS)} with its operands "
                f"and found {describe(expression)}"
            )
            raise TemplateError(message)


def _combine(parts: list[object], scope: Scope, *, deciding: bool) -> Truth:
    truths = [_enter(part, scope) for part in parts]
    if deciding in truths:
        return deciding
    return next((truth for truth in truths if isinstance(truth, Unresolved)), not deciding)


def _enter(part: object, scope: Scope) -> Truth:
    """Evaluate an operand one level deeper, so that endless nesting is found out."""
    with scope.deepen():
        return evaluate(part, scope)


def _compare(left: object, right: object, scope: Scope) -> Truth:
    values = [scope.resolve(left), scope.resolve(right)]
    unknown = find_unresolved(values)
    if unknown:
        return unknown
    first, second = ((write_scalar(value), value) for value in values)
    return first[0] == second[0] if first[0] is not None else first == second
