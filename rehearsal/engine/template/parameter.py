"""Parameters: their defaults, what they are given, lists, and values kept in Parameter Store."""

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.values import (
    Unresolved,
    Value,
    describe,
    find_unresolved,
    write_scalar,
)

_STORED: Final = "AWS::SSM::Parameter::Value<"
_LISTS: Final = ("CommaDelimitedList", "List<")


def read_parameter(
    name: str, declared: Mapping[str, Any], given: Value, known: Mapping[str, str]
) -> Value:
    """Return what Ref of a parameter gives; `given` is None where the default is to be taken."""
    kind = declared.get("Type")
    if not isinstance(kind, str):
        message = f"parameter {name}: Type is {describe(kind)}, expected the name of a type"
        raise TemplateError(message)
    text = _choose(name, declared, given)
    if isinstance(text, Unresolved):
        return text
    if kind.startswith(_STORED):
        if text not in known:
            reason = f"parameter {name} takes its value from Parameter Store, {text}"
            return Unresolved(reason)
        text, kind = known[text], kind.removeprefix(_STORED)
    if kind.startswith(_LISTS):
        return [part.strip() for part in text.split(",")]
    return text


def _choose(name: str, declared: Mapping[str, Any], given: Value) -> str | Unresolved:
    if given is None and "Default" not in declared:
        return Unresolved(f"parameter {name} has no default and was not given")
    chosen = declared["Default"] if given is None else given
    unknown = find_unresolved(chosen)
    if unknown:
        return unknown
    text = _write(chosen)
    if text is None:
        message = f"parameter {name}: its value is {describe(chosen)}, expected a text"
        raise TemplateError(message)
    allowed = declared.get("AllowedValues")
    if given is not None and isinstance(allowed, list):
        texts = [write_scalar(each) for each in allowed]
        if text not in texts:
            message = f"parameter {name} is {text!r}, expected one of {texts}"
            raise TemplateError(message)
    return text


def _write(value: object) -> str | None:
    """Write a value as text; a list, which a parent stack may give, is written with commas."""
    if not isinstance(value, list):
        return write_scalar(value)
    parts = [write_scalar(part) for part in value]
    written = [part for part in parts if part is not None]
    return ",".join(written) if len(written) == len(parts) else None
