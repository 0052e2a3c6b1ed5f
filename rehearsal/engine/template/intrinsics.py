"""The intrinsic functions, each a small function of its argument and of the stack it stands in."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Final, Protocol

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.values import (
    Absence,
    Outcome,
    Unresolved,
    Value,
    describe,
    find_unresolved,
    join_texts,
    write_scalar,
)

_PLACEHOLDER: Final = re.compile(r"\$\{(?P<literal>!)?(?P<name>[^{}]*)\}")


class Scope(Protocol):
    """Give what the functions of one stack refer to."""

    def deepen(self) -> AbstractContextManager[None]:
        """Go one level deeper, which is refused where nesting does not end."""

    def resolve(self, value: object) -> Outcome:
        """Resolve a value that stands inside a function's argument."""

    def refer(self, name: str) -> Outcome:
        """Return the value of Ref."""

    def get_attribute(self, logical_id: str, attribute: str) -> Value:
        """Return the value of Fn::GetAtt."""

    def decide(self, condition: str) -> bool | Unresolved:
        """Tell whether a condition of the stack holds."""

    def look_up(self, mapping: str, key: str, second_key: str) -> Value:
        """Return a value of Mappings."""

    def import_value(self, export: str) -> Value:
        """Return what some stack exports under this name."""

    def get_output(self, stack: str, output: str) -> Value:
        """Return an output of another stack."""


# They rewrite the object they stand in, and may stand beside its other properties.
_MACROS: Final = ("Fn::Transform", "Fn::ForEach")

Function = Callable[[object, Scope], Outcome]


def find_function(value: Mapping[str, object]) -> tuple[str, object] | None:
    """Return the name and argument of an intrinsic function; None for an ordinary object."""
    names = [name for name in value if name == "Ref" or name.startswith("Fn::")]
    if not names:
        return None
    macros = [name for name in names if name.startswith(_MACROS)]
    if macros:
        return macros[0], value[macros[0]]
    if len(value) > 1:
        others = ", ".join(repr(name) for name in value if name != names[0])
        message = f"{names[0]} stands alone in its object, and beside it is {others}"
        raise TemplateError(message)
    return names[0], value[names[0]]


def call_function(name: str, argument: object, scope: Scope) -> Outcome:
    """Evaluate an intrinsic function; one that the engine does not know is said by name."""
    function = FUNCTIONS.get(name)
    if function is None:
        return Unresolved(f"{name} is not evaluated offline")
    return function(argument, scope)


def _ref(argument: object, scope: Scope) -> Outcome:
    name = _resolve_text("Ref", argument, scope)
    return name if isinstance(name, Unresolved) else scope.refer(name)


def _get_att(argument: object, scope: Scope) -> Outcome:
    match argument:
        case str() if "." in argument:
            logical_id, _, attribute = argument.partition(".")
            return scope.get_attribute(logical_id, attribute)
        case [str(logical_id), *parts] if parts:
            joined = join_texts((scope.resolve(part) for part in parts), ".", "Fn::GetAtt")
            if isinstance(joined, Unresolved):
                return joined
            return scope.get_attribute(logical_id, joined)
        case _:
            raise _bad("Fn::GetAtt", "a logical id and an attribute", argument)


def _sub(argument: object, scope: Scope) -> Outcome:
    match argument:
        case str(text):
            given: Mapping[str, object] = {}
        case [str(text), Mapping() as given]:
            pass
        case _:
            raise _bad("Fn::Sub", "a text, or a text and an object", argument)
    parts: list[object] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        parts += [text[end : found.start()], _fill(found, given, scope)]
        end = found.end()
    return join_texts([*parts, text[end:]], "", "Fn::Sub")


def _fill(found: re.Match[str], given: Mapping[str, object], scope: Scope) -> Outcome:
    name = found["name"].strip()
    if found["literal"]:
        return f"${{{found['name']}}}"
    if name in given:
        return scope.resolve(given[name])
    if "." in name:
        logical_id, _, attribute = name.partition(".")
        return scope.get_attribute(logical_id, attribute)
    return scope.refer(name)


def _join(argument: object, scope: Scope) -> Outcome:
    match argument:
        case [str(delimiter), parts]:
            listed = _resolve_list("Fn::Join", parts, scope)
            if isinstance(listed, Unresolved):
                return listed
            return join_texts(listed, delimiter, "Fn::Join")
        case _:
            raise _bad("Fn::Join", "a delimiter and a list", argument)


def _select(argument: object, scope: Scope) -> Outcome:
    match argument:
        case [given, choices]:
            position = _resolve_text("Fn::Select", given, scope)
            listed = _resolve_list("Fn::Select", choices, scope)
        case _:
            raise _bad("Fn::Select", "a position and a list", argument)
    if isinstance(position, Unresolved):
        return position
    if isinstance(listed, Unresolved):
        return listed
    if not (position.isdecimal() and int(position) < len(listed)):
        message = f"Fn::Select takes item {position} of a list that has {len(listed)}"
        raise TemplateError(message)
    return listed[int(position)]


def _split(argument: object, scope: Scope) -> Outcome:
    match argument:
        case [str(delimiter), given] if delimiter:
            text = _resolve_text("Fn::Split", given, scope)
        case _:
            raise _bad("Fn::Split", "a delimiter and a text", argument)
    return text if isinstance(text, Unresolved) else list(text.split(delimiter))


def _if(argument: object, scope: Scope) -> Outcome:
    match argument:
        case [str(condition), when_true, when_false]:
            holds = scope.decide(condition)
        case _:
            raise _bad("Fn::If", "a condition's name and two values", argument)
    if isinstance(holds, Unresolved):
        return holds
    return scope.resolve(when_true if holds else when_false)


def _find_in_map(argument: object, scope: Scope) -> Outcome:
    match argument:
        case [*given, {"DefaultValue": default}] if len(given) == 3:
            otherwise: object = default
        case [_, _, _] as given:
            otherwise = None
        case _:
            raise _bad("Fn::FindInMap", "a mapping and two keys", argument)
    keys = [_resolve_text("Fn::FindInMap", key, scope) for key in given]
    texts = [key for key in keys if isinstance(key, str)]
    unknown = [key for key in keys if isinstance(key, Unresolved)]
    found = unknown[0] if unknown else scope.look_up(texts[0], texts[1], texts[2])
    if isinstance(found, Unresolved) and otherwise is not None and not unknown:
        return scope.resolve(otherwise)
    return found


def _import_value(argument: object, scope: Scope) -> Outcome:
    name = _resolve_text("Fn::ImportValue", argument, scope)
    return name if isinstance(name, Unresolved) else scope.import_value(name)


def _get_stack_output(argument: object, scope: Scope) -> Outcome:
    match argument:
        case {"StackName": stack, "OutputName": output}:
            names = [_resolve_text("Fn::GetStackOutput", each, scope) for each in (stack, output)]
        case _:
            raise _bad("Fn::GetStackOutput", "StackName and OutputName", argument)
    match names:
        case [str(stack_name), str(output_name)]:
            return scope.get_output(stack_name, output_name)
        case _:
            return next(name for name in names if isinstance(name, Unresolved))


def _base64(argument: object, scope: Scope) -> Outcome:
    text = _resolve_text("Fn::Base64", argument, scope)
    return text if isinstance(text, Unresolved) else base64.b64encode(text.encode()).decode()


def _length(argument: object, scope: Scope) -> Outcome:
    listed = _resolve_list("Fn::Length", argument, scope)
    return listed if isinstance(listed, Unresolved) else len(listed)


def _to_json(argument: object, scope: Scope) -> Outcome:
    value = scope.resolve(argument)
    unknown = find_unresolved(value)
    return unknown or json.dumps(value, separators=(",", ":"))


def _resolve_text(function: str, value: object, scope: Scope) -> str | Unresolved:
    resolved = scope.resolve(value)
    if isinstance(resolved, Unresolved):
        return resolved
    text = write_scalar(resolved)
    if text is None:
        raise _bad(function, "a text", resolved)
    return text


def _resolve_list(function: str, value: object, scope: Scope) -> list[Value] | Unresolved:
    resolved = scope.resolve(value)
    if isinstance(resolved, Unresolved | list):
        return resolved
    raise _bad(function, "a list", resolved)


def _bad(function: str, expected: str, found: object) -> TemplateError:
    shown = "nothing" if isinstance(found, Absence) else describe(found)
    return TemplateError(f"{function} takes {expected} and found {shown}")


FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "Ref": _ref,
        "Fn::GetAtt": _get_att,
        "Fn::Sub": _sub,
        "Fn::Join": _join,
        "Fn::Select": _select,
        "Fn::Split": _split,
        "Fn::If": _if,
        "Fn::FindInMap": _find_in_map,
        "Fn::ImportValue": _import_value,
        "Fn::GetStackOutput": _get_stack_output,
        "Fn::Base64": _base64,
        "Fn::Length": _length,
        "Fn::ToJsonString": _to_json,
    }
)
