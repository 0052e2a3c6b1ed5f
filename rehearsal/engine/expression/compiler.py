"""Checking an expression: every name known, every argument of a type its function takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from rehearsal.engine.errors import ExpressionError, RefusedError
from rehearsal.engine.expression.arrays import join
from rehearsal.engine.expression.functions import FUNCTIONS, REFUSED, Function, Parameter
from rehearsal.engine.expression.hazards import Hazard, find_call_hazard, find_negation_hazard
from rehearsal.engine.expression.operators import apply_operator, negate
from rehearsal.engine.expression.term import (
    Array,
    Keyword,
    Series,
    String,
    StringArray,
    Term,
    constant,
)
from rehearsal.engine.expression.tree import (
    ArrayLiteral,
    Binary,
    Call,
    Group,
    Name,
    Negation,
    Node,
    Number,
    Text,
)

Built = TypeVar("Built")
STRING: Final = Parameter(types=(String,))


@dataclass(kw_only=True)
class Scope:
    """Hold what an expression may refer to, and collect what is unsafe in it.

    `terms` are all queries checked so far, by id; `metrics` those that are metrics, in order.
    """

    query: str
    terms: Mapping[str, Term]
    metrics: Mapping[str, Series]
    hazards: list[Hazard] = field(default_factory=list)

    def find(self, name: Name) -> Term:
        """Return what an id stands for."""
        if name.value not in self.terms:
            known = ", ".join(self.terms) or "none"
            message = f"{name.value} at character {name.position} is no id; the ids are {known}"
            raise ExpressionError(message)
        return self.terms[name.value]

    def list_metrics(self, part: str = "") -> Array:
        """Return METRICS(): the metrics whose id contains the text, in order."""
        chosen = [metric for name, metric in self.metrics.items() if part in name]
        if not chosen:
            self.warn(f'METRICS("{part}")', "no metric's id contains the text: it is empty")
        return join(chosen)

    def warn(self, subject: str, reason: str | None) -> None:
        """Note what is unsafe, if there is a reason."""
        if reason is not None:
            self.hazards.append(Hazard(query=self.query, subject=subject, reason=reason))


def check(node: Node, scope: Scope) -> Term:
    """Give the term a node stands for, or say what does not fit."""
    return CHECKS[type(node)](node, scope)


def _check_negation(node: Negation, scope: Scope) -> Term:
    """Check the operand of a negation."""
    scope.warn("-…^…", find_negation_hazard(node))
    operand = check(node.operand, scope)
    return _locate("-", node.position, lambda: negate(operand))


def _check_binary(node: Binary, scope: Scope) -> Term:
    """Check both operands of an operator."""
    left, right = check(node.left, scope), check(node.right, scope)
    return _locate(node.operator, node.position, lambda: apply_operator(node.operator, left, right))


def _check_array(node: ArrayLiteral, scope: Scope) -> Term:
    """Check a list: of series and arrays, or of strings."""
    items = [check(item, scope) for item in node.items]
    if items and all(isinstance(item, String) for item in items):
        return StringArray()
    members: list[Series | Array] = []
    for place, item in enumerate(items, 1):
        if not isinstance(item, Series | Array):
            message = (
                f"the array at character {node.position}: item {place} is {item.called}, "
                "expected a time series or an array of time series"
            )
            raise ExpressionError(message)
        members.append(item)
    if not members:
        message = f"the array at character {node.position} is empty, expected time series"
        raise ExpressionError(message)
    return join(members)


def _check_call(node: Call, scope: Scope) -> Term:
    """Check a function and its arguments, and note what is unsafe."""
    function = _find_function(node, scope)
    least, most, given = function.least, len(function.parameters), len(node.arguments)
    if not least <= given <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        message = (
            f"{node.function} at character {node.position} has {given} arguments, expected {wanted}"
        )
        raise ExpressionError(message)
    terms = tuple(
        _check_argument(node, place, parameter, scope)
        for place, parameter in enumerate(function.parameters[:given])
    )
    scope.warn(node.function, find_call_hazard(node.function, terms))
    values = [term.value if isinstance(term, String | Keyword) else term for term in terms]
    return _locate(node.function, node.position, lambda: function.build(*values))


def _find_function(node: Call, scope: Scope) -> Function:
    """Return a function by name, or say why there is none."""
    name = node.function
    if name in REFUSED:
        raise RefusedError(f"{name} at character {node.position} is not evaluated: {REFUSED[name]}")
    if name == "METRICS":
        return Function(parameters=(STRING,), least=0, build=scope.list_metrics)
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    upper = name.upper()
    if upper == "METRICS" or upper in FUNCTIONS or upper in REFUSED:
        message = f"{name} at character {node.position}: function names are upper case: {upper}"
        raise ExpressionError(message)
    message = f"{name} at character {node.position} is no function of metric math"
    raise ExpressionError(message)


def _check_argument(call: Call, place: int, parameter: Parameter, scope: Scope) -> Term:
    """Check one argument against what the function takes there."""
    node = call.arguments[place]
    if isinstance(node, Name) and node.value in parameter.keywords:
        return Keyword(node.value)
    if not parameter.types:
        found = node.value if isinstance(node, Name) else "an expression"
    else:
        term = check(node, scope)
        if isinstance(term, parameter.types):
            return term
        found = term.called
    message = (
        f"{call.function} at character {call.position}: argument {place + 1} is {found}, "
        f"expected {parameter}"
    )
    raise ExpressionError(message)


def _locate(name: str, position: int, build: Callable[[], Built]) -> Built:
    """Build a term; a complaint then says where it stands."""
    try:
        return build()
    except ExpressionError as error:
        raise ExpressionError(f"{name} at character {position}: {error}") from error


CHECKS: Final[dict[type[Node], Callable[..., Term]]] = {
    Number: lambda node, _scope: constant(node.value),
    Text: lambda node, _scope: String(node.value),
    Name: lambda node, scope: scope.find(node),
    Group: lambda node, scope: check(node.inner, scope),
    Negation: _check_negation,
    Binary: _check_binary,
    ArrayLiteral: _check_array,
    Call: _check_call,
}
