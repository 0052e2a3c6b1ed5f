"""Turn what pydantic found wrong in an environment file into one sentence each.

A sentence names the file, the key, what was found and what was expected. What is expected is the
description of the type the key has in `watchkeeper.environment.model`.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

# What pydantic puts at the end of a location when the key of a table is at fault, not its value.
TABLE_KEY = "[key]"


def sentence(file: str, model: type[BaseModel], item: Mapping[str, Any]) -> str:
    """Say in one sentence what one pydantic error means for the author of the file."""
    location = tuple(item["loc"])
    key = dotted(location)
    match item["type"]:
        case "extra_forbidden":
            parents = location[:-1]
            known = [dotted((*parents, name)) for name in _keys(_type_at(model, parents))]
            return f"{file}: unknown key {key}{nearest(key, known)}"
        case "missing":
            return f"{file}: key {key} is missing; expected {_expected(model, location)}"
        case "key_at_fault":
            return f"{file}: key {dotted((*location, item['ctx']['key']))}: {item['msg']}"
        case "too_long" | "too_short":
            found = f"{len(item['input'])} entries"
        case _:
            found = repr(item["input"])
    return f"{file}: key {key}: found {found}, expected {_expected(model, location)}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, as the end of a sentence."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known: {', '.join(names) or 'none'}"


def dotted(location: Sequence[str | int]) -> str:
    """Write a location as TOML would, entries of a list by their number from 1."""
    text = ""
    for part in location:
        if part == TABLE_KEY:
            continue
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text


def _expected(model: type[BaseModel], location: Sequence[str | int]) -> str:
    kind = _type_at(model, location)
    description = _description(kind)
    if description:
        return description
    plain = _plain(kind)
    if _keys(plain):
        return f"a table with the keys {', '.join(_keys(plain))}"
    return {tuple: "a list", dict: "a table"}.get(get_origin(plain) or plain, "another value")


def _type_at(model: Any, location: Sequence[str | int]) -> Any:
    """Walk down the types along a location; a key of a table has the type of the table's keys."""
    kind: Any = model
    for part in location:
        plain = _plain(kind)
        if isinstance(plain, type) and issubclass(plain, BaseModel):
            kind = plain.model_fields.get(str(part))
        elif get_origin(plain) is dict:
            # The location of a key at fault is (…, the key, "[key]").
            kind = get_args(plain)[0 if location[-1] == TABLE_KEY else 1]
        elif get_origin(plain) is tuple:
            kind = get_args(plain)[0]
    return kind


def _description(kind: Any) -> str:
    if isinstance(kind, FieldInfo):
        return kind.description or _description(kind.annotation)
    if get_origin(kind) is Annotated:
        notes = [it.description for it in kind.__metadata__ if isinstance(it, FieldInfo)]
        return next(filter(None, notes), "")
    options = _options(kind)
    return _description(options[0]) if options else ""


def _plain(kind: Any) -> Any:
    """Take off field, Annotated and Optional."""
    if isinstance(kind, FieldInfo):
        return _plain(kind.annotation)
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    options = _options(kind)
    return _plain(options[0]) if options else kind


def _options(kind: Any) -> list[Any]:
    if get_origin(kind) not in {Union, UnionType}:
        return []
    return [option for option in get_args(kind) if option is not type(None)]


def _keys(kind: Any) -> tuple[str, ...]:
    plain = _plain(kind)
    if isinstance(plain, type) and issubclass(plain, BaseModel):
        # The name of an environment is its file's name, never a key in it.
        return tuple(name for name in plain.model_fields if name != "name")
    return ()
