"""DynamoDB's expressions, as far as the ledger uses them; anything else is refused by name.

Conditions: comparisons and `attribute_not_exists`, joined by AND and OR, in that precedence.
Updates: SET of values and of `if_not_exists`, and REMOVE.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from rehearsal.world.errors import UnknownCallError

Attributes = dict[str, dict[str, Any]]
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
TERM = re.compile(r"([#\w]+) (=|<>|<=|>=|<|>) (:\w+)")
ABSENT = re.compile(r"attribute_not_exists ?\(([#\w]+)\)")
DEFAULT = re.compile(r"if_not_exists ?\(([#\w]+), ?(:\w+)\)")
CLAUSES = re.compile(r"(?:SET (?P<set>.*?))?(?: ?REMOVE (?P<remove>.*))?")


@dataclass(frozen=True)
class Values:
    """Hold what placeholders of one call stand for."""

    names: Mapping[str, str]
    values: Mapping[str, dict[str, Any]]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Values":
        """Take them from a request."""
        return cls(
            document.get("ExpressionAttributeNames", {}),
            document.get("ExpressionAttributeValues", {}),
        )

    def name(self, text: str) -> str:
        """Give the attribute that a text names."""
        return self.names[text] if text.startswith("#") else text


def holds(condition: str, item: Attributes, values: Values) -> bool:
    """Tell whether a condition holds for an item; a missing item has no attributes."""
    return any(all(_term(term, item, values) for term in branch) for branch in _branches(condition))


def update(expression: str, item: Attributes, values: Values) -> Attributes:
    """Return the item as an update leaves it."""
    changed = dict(item)
    sets, removes = _clauses(expression)
    for name, source in sets:
        changed[values.name(name)] = _source(source, item, values)
    for name in removes:
        changed.pop(values.name(name), None)
    return changed


@cache
def _branches(condition: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(branch.split(" AND ")) for branch in condition.split(" OR "))


def _term(term: str, item: Attributes, values: Values) -> bool:
    if absent := ABSENT.fullmatch(term):
        return values.name(absent[1]) not in item
    compared = TERM.fullmatch(term)
    if compared is None:
        raise UnknownCallError(f"condition {term!r} has no stand-in in a rehearsal")
    left, right = item.get(values.name(compared[1])), values.values[compared[3]]
    if left is None or left.keys() != right.keys():
        # Values of different types are never equal, and none is before the other.
        return compared[2] == "<>"
    return COMPARISONS[compared[2]](_comparable(left), _comparable(right))


def _comparable(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content


@cache
def _clauses(expression: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    match = CLAUSES.fullmatch(expression)
    if match is None or not expression:
        raise UnknownCallError(f"update {expression!r} has no stand-in in a rehearsal")
    pairs = re.findall(r"([#\w]+) ?= ?(if_not_exists ?\([^)]*\)|:\w+)", match["set"] or "")
    removes = [name.strip() for name in (match["remove"] or "").split(",") if name.strip()]
    rebuilt = ", ".join(f"{name} = {source}" for name, source in pairs)
    if rebuilt != (match["set"] or "").strip():
        raise UnknownCallError(f"update {expression!r} has no stand-in in a rehearsal")
    return tuple(pairs), tuple(removes)


def _source(source: str, item: Attributes, values: Values) -> dict[str, Any]:
    if default := DEFAULT.fullmatch(source):
        found = item.get(values.name(default[1]))
        return values.values[default[2]] if found is None else found
    return values.values[source]
