"""One template as it was written, its sections checked for shape but nothing resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.values import describe

SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")


@dataclass(frozen=True, kw_only=True)
class WrittenResource:
    """Be one entry of Resources as it stands in the template."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    condition: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Document:
    """Hold a template's sections; `unread` names what only CloudFormation itself can expand."""

    stack: str
    parameters: Mapping[str, Mapping[str, Any]]
    mappings: Mapping[str, Mapping[str, Any]]
    conditions: Mapping[str, Any]
    resources: Mapping[str, WrittenResource]
    outputs: Mapping[str, Mapping[str, Any]]
    unread: tuple[str, ...] = ()


def read_document(stack: str, template: object) -> Document:
    """Check the shape of a loaded template; TemplateError says where it is not one."""
    if not isinstance(template, Mapping):
        message = f"stack {stack}: expected a template, an object, and found {describe(template)}"
        raise TemplateError(message)
    sections = {name: _read_section(stack, template, name) for name in SECTIONS}
    if "Resources" not in template:
        found = ", ".join(map(repr, template)) or "nothing"
        message = f"stack {stack}: expected a template with Resources and found {found}"
        raise TemplateError(message)
    loops = [f"{name}.{key}" for name in SECTIONS for key in sections[name] if _is_loop(key)]
    written = {
        key: _read_resource(stack, key, entry)
        for key, entry in sections["Resources"].items()
        if not _is_loop(key)
    }
    return Document(
        stack=stack,
        parameters=_read_entries(stack, "Parameters", sections["Parameters"]),
        mappings=_read_entries(stack, "Mappings", sections["Mappings"]),
        conditions=sections["Conditions"],
        resources=written,
        outputs=_read_entries(stack, "Outputs", sections["Outputs"]),
        unread=(*_list_transforms(template), *loops),
    )


def _is_loop(key: str) -> bool:
    return key.startswith("Fn::")


def _list_transforms(template: Mapping[str, Any]) -> list[str]:
    found = template.get("Transform") or []
    listed = found if isinstance(found, list) else [found]
    return [
        f"Transform {each.get('Name') if isinstance(each, Mapping) else each}" for each in listed
    ]


def _read_section(stack: str, template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = template.get(name)
    if section is None:
        return {}
    return _expect_object(f"stack {stack}, {name}", section)


def _read_entries(
    stack: str, name: str, section: Mapping[str, Any]
) -> Mapping[str, Mapping[str, Any]]:
    return {
        key: _expect_object(f"stack {stack}, {name}.{key}", entry)
        for key, entry in section.items()
        if not _is_loop(key)
    }


def _expect_object(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        message = f"{where}: expected an object and found {describe(value)}"
        raise TemplateError(message)
    for key in value:
        if not isinstance(key, str):
            message = f"{where}: expected names as keys and found {describe(key)}"
            raise TemplateError(message)
    return value


def _read_resource(stack: str, logical_id: str, entry: object) -> WrittenResource:
    where = f"stack {stack}, {logical_id}"
    written = _expect_object(where, entry)
    kind, condition = written.get("Type"), written.get("Condition")
    if not isinstance(kind, str):
        message = f"{where}: Type is {describe(kind)}, expected the name of a resource type"
        raise TemplateError(message)
    if condition is not None and not isinstance(condition, str):
        message = f"{where}: Condition is {describe(condition)}, expected a condition's name"
        raise TemplateError(message)
    properties, metadata = written.get("Properties"), written.get("Metadata")
    return WrittenResource(
        logical_id=logical_id,
        type=kind,
        properties={} if properties is None else _expect_object(f"{where}, Properties", properties),
        condition=condition,
        metadata={} if metadata is None else _expect_object(f"{where}, Metadata", metadata),
    )
