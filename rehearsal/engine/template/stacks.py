"""Bring templates together as stacks: parents with nested stacks, each where it is deployed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.document import Document, WrittenResource, read_document
from rehearsal.engine.template.physical import Place
from rehearsal.engine.template.stack import NESTED, GivenParameter, Situation, Stack
from rehearsal.engine.template.surroundings import Surroundings
from rehearsal.engine.template.values import Absence, Value

# Where the CDK says which file of its output a nested stack's template is.
ASSET = "aws:asset:path"


@dataclass(frozen=True, kw_only=True)
class _Birth:
    """Say which resource of which stack creates a nested one."""

    parent: str
    written: WrittenResource


def link_stacks(
    templates: Mapping[str, Mapping[str, Any]],
    place: Place,
    places: Mapping[str, Place],
    parameters: Mapping[str, str],
    known: Mapping[str, str],
) -> list[Stack]:
    """Make a stack of every template; parents come before their nested stacks."""
    documents = {name: read_document(name, template) for name, template in templates.items()}
    _refuse_unknown_parameters(documents, parameters)
    births = _find_births(documents)
    surroundings = Surroundings(known)
    for name, document in documents.items():
        home = places.get(_find_root(name, births), place)
        birth = births.get(name)
        given = (
            _take_from_parent(surroundings, birth) if birth else _take_from_caller(name, parameters)
        )
        situation = Situation(place=home, surroundings=surroundings, given=given)
        surroundings.stacks[name] = Stack(document, situation)
    for name, birth in births.items():
        parent = surroundings.stacks[birth.parent]
        parent.adopt(birth.written.logical_id, surroundings.stacks[name])
    return list(surroundings.stacks.values())


def _refuse_unknown_parameters(
    documents: Mapping[str, Document], parameters: Mapping[str, str]
) -> None:
    declared = {name for document in documents.values() for name in document.parameters}
    declared |= {f"{stack}.{name}" for stack in documents for name in documents[stack].parameters}
    for name in parameters:
        if name not in declared:
            message = f"parameter {name!r} was given, expected one of {sorted(declared)}"
            raise TemplateError(message)


def _find_births(documents: Mapping[str, Document]) -> dict[str, _Birth]:
    births: dict[str, _Birth] = {}
    for name, document in documents.items():
        for written in document.resources.values():
            child = _find_child(written, documents) if written.type == NESTED else None
            if child in births or child == name:
                message = f"template {child} is nested twice, expected a template for each stack"
                raise TemplateError(message)
            if child is not None:
                births[child] = _Birth(parent=name, written=written)
    return births


def _find_child(written: WrittenResource, documents: Mapping[str, Document]) -> str | None:
    """Return which template a nested stack has: by the CDK's word, or by the end of its address."""
    address = written.properties.get("TemplateURL")
    candidates = [written.metadata.get(ASSET), address]
    for candidate in candidates:
        if isinstance(candidate, str):
            file = PurePosixPath(candidate).name
            for name in (file, file.split(".", 1)[0]):
                if name in documents:
                    return name
    return None


def _find_root(name: str, births: Mapping[str, _Birth]) -> str:
    seen = [name]
    while seen[-1] in births:
        parent = births[seen[-1]].parent
        if parent in seen:
            message = f"stack {parent} is nested in itself by way of {' → '.join(seen)}"
            raise TemplateError(message)
        seen.append(parent)
    return seen[-1]


def _take_from_caller(stack: str, parameters: Mapping[str, str]) -> GivenParameter:
    def take(name: str) -> Value:
        return parameters.get(f"{stack}.{name}", parameters.get(name))

    return take


def _take_from_parent(surroundings: Surroundings, birth: _Birth) -> GivenParameter:
    def take(name: str) -> Value:
        given = birth.written.properties.get("Parameters")
        if not isinstance(given, Mapping) or name not in given:
            return None
        value = surroundings.stacks[birth.parent].resolve(given[name])
        return None if isinstance(value, Absence) else value

    return take
