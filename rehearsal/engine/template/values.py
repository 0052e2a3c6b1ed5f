"""What a template's value can become: JSON, nothing at all, or something nobody knows offline."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from rehearsal.engine.errors import TemplateError


@dataclass(frozen=True)
class Unresolved:
    """Stand for a value that only a deployment gives; the reason is one sentence for a person."""

    reason: str


class Absence(Enum):
    """Stand for AWS::NoValue, which removes the property or list item it is given for."""

    NO_VALUE = "AWS::NoValue"


Value: TypeAlias = "str | int | float | bool | Unresolved | list[Value] | dict[str, Value] | None"
Outcome: TypeAlias = "Value | Absence"


def describe(value: object, most_characters: int = 60) -> str:
    """Show a value as a person would recognise it in the template, cut short when it is long."""
    match value:
        case Absence():
            text = "nothing"
        case dict():
            text = f"an object with {', '.join(map(repr, value)) or 'nothing in it'}"
        case list():
            text = f"a list of {len(value)}"
        case None:
            text = "null"
        case bool():
            text = str(value).lower()
        case _:
            text = repr(value)
    return text if len(text) <= most_characters else f"{text[: most_characters - 1]}…"


def write_scalar(value: object) -> str | None:
    """Write a scalar as CloudFormation puts it into text; None when it is not a scalar."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case _:
            return None


def join_texts(values: Iterable[object], delimiter: str, asker: str) -> str | Unresolved:
    """Join scalars into one text; a single unknown part makes the whole unknown."""
    parts = []
    for value in values:
        if isinstance(value, Unresolved):
            return value
        text = write_scalar(value)
        if text is None:
            message = f"{asker} joins texts and found {describe(value)}"
            raise TemplateError(message)
        parts.append(text)
    return delimiter.join(parts)


def find_unresolved(value: object) -> Unresolved | None:
    """Return the first unknown value inside a resolved one."""
    match value:
        case Unresolved():
            return value
        case dict():
            return next(filter(None, map(find_unresolved, value.values())), None)
        case list():
            return next(filter(None, map(find_unresolved, value)), None)
        case _:
            return None


def read_number(value: object) -> float | None:
    """Return a finite number, also one written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
