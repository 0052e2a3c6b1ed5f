"""JSON log lines, and the selectors that point into them."""

import functools
import json
import re
from dataclasses import dataclass
from typing import Final

from rehearsal.engine.errors import PatternError

SELECTOR: Final = r"\$(?:\.[A-Za-z0-9_-]+|\.\*|\.\['[^']+'\]|\[[0-9]+\]|\[\*\])+"
MAX_SELECTOR_WILDCARDS: Final = 1
_SELECTOR: Final = re.compile(SELECTOR)
_STEP: Final = re.compile(
    r"\.(?P<name>[A-Za-z0-9_-]+)|(?P<fields>\.\*)|\.\['(?P<key>[^']+)'\]"
    r"|\[(?P<index>[0-9]+)\]|(?P<elements>\[\*\])"
)


class NumberText(str):
    """Be a JSON number as it is written."""

    __slots__ = ()


JsonValue = None | bool | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True)
class AnyField:
    """Step to every field of an object."""


@dataclass(frozen=True)
class AnyElement:
    """Step to every element of an array."""


Step = str | int | AnyField | AnyElement


@dataclass(frozen=True)
class Selector:
    """Point at values of a document; a wildcard may point at several."""

    text: str
    steps: tuple[Step, ...]

    @property
    def wildcards(self) -> int:
        """Return how many of its steps are wildcards."""
        return sum(isinstance(step, AnyField | AnyElement) for step in self.steps)

    def find(self, document: JsonValue) -> list[JsonValue]:
        """Return the values it points at."""
        values = [document]
        for step in self.steps:
            values = [inner for value in values for inner in _take(value, step)]
        return values


def _take(value: JsonValue, step: Step) -> list[JsonValue]:
    match value, step:
        case dict(), str() if step in value:
            return [value[step]]
        case dict(), AnyField():
            return list(value.values())
        case list(), int() if step < len(value):
            return [value[step]]
        case list(), AnyElement():
            return value
    return []


def is_selector(text: str) -> bool:
    """Say whether a text is written as a selector."""
    return _SELECTOR.fullmatch(text) is not None


@functools.cache
def parse_selector(text: str) -> Selector:
    """Read a selector such as $.a.b[0], $.a.* or $.['a.b']."""
    if not is_selector(text):
        message = f"{text!r} is no selector; expected one such as $.field, $.a[0] or $.['a.b']"
        raise PatternError(message)
    selector = Selector(text, tuple(_read_step(step) for step in _STEP.finditer(text)))
    if selector.wildcards > MAX_SELECTOR_WILDCARDS:
        message = f"the selector {text!r} has {selector.wildcards} wildcards; expected at most 1"
        raise PatternError(message)
    return selector


def _read_step(step: re.Match[str]) -> Step:
    if step["index"] is not None:
        return int(step["index"])
    if step["fields"]:
        return AnyField()
    if step["elements"]:
        return AnyElement()
    return str(step["name"] or step["key"])


def read_document(line: str) -> JsonValue:
    """Return the object or array that a line is; None where it is none."""
    if not line.lstrip().startswith(("{", "[")):
        return None
    try:
        document: JsonValue = json.loads(
            line, parse_int=NumberText, parse_float=NumberText, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        return None
    return document


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)


def spell(value: JsonValue) -> str | None:
    """Return a value as the text it is compared by; None for objects and arrays."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return value
    return None
