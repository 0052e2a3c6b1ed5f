"""Every resource of the stacks with its properties resolved."""

from collections.abc import Iterable, Mapping

from rehearsal.engine.errors import RefusedError, TemplateError
from rehearsal.engine.template.deployment import Refusal, Resource
from rehearsal.engine.template.document import WrittenResource
from rehearsal.engine.template.entry import Entry
from rehearsal.engine.template.fields import Fields
from rehearsal.engine.template.intrinsics import find_function
from rehearsal.engine.template.physical import Identity
from rehearsal.engine.template.stack import NESTED, Stack
from rehearsal.engine.template.values import Absence, Unresolved, Value, write_scalar


def read_resources(stacks: Iterable[Stack]) -> tuple[list[Entry], list[Refusal]]:
    """Resolve all resources that are created; refusals tell of those that cannot be told."""
    entries: list[Entry] = []
    refused: list[Refusal] = []
    for stack in stacks:
        refused += [
            _refuse(stack.name, f"{each} is not expanded") for each in stack.document.unread
        ]
        for written in stack.document.resources.values():
            try:
                entry = _read_resource(stack, written)
            except RefusedError as refusal:
                refused.append(_refuse(f"{stack.name}/{written.logical_id}", str(refusal)))
                continue
            if entry:
                entries.append(entry)
    return entries, refused


def _refuse(source: str, reason: str) -> Refusal:
    return Refusal(subject=source, reason=reason, source=source)


def _read_resource(stack: Stack, written: WrittenResource) -> Entry | None:
    """Resolve one resource; None for one that a condition leaves out."""
    where = f"stack {stack.name}, {written.logical_id} ({written.type})"
    try:
        created = stack.is_created(written.condition)
        properties = _resolve_properties(stack, written) if created is True else {}
        identity = stack.identify(written.logical_id) if created is True else None
    except TemplateError as error:
        message = f"{where}: {error}"
        raise TemplateError(message) from error
    if isinstance(created, Unresolved):
        message = f"its condition {written.condition} cannot be decided: {created.reason}"
        raise RefusedError(message)
    if not created:
        return None
    if written.type == NESTED and not stack.has_child(written.logical_id):
        message = "its template was not read: it is none of those given"
        raise RefusedError(message)
    known = identity if isinstance(identity, Identity) else None
    resource = Resource(
        stack=stack.name,
        logical_id=written.logical_id,
        type=written.type,
        properties=properties,
        account=stack.place.account,
        region=stack.place.region,
        name=known.name if known else None,
        arn=(known.arn or None) if known else None,
        ref=known.ref if known else None,
        tags=_read_tags(properties),
        metadata=written.metadata,
    )
    return Entry(resource=resource, fields=Fields(properties, where))


def _resolve_properties(stack: Stack, written: WrittenResource) -> dict[str, Value]:
    function = find_function(written.properties)
    if function:
        message = f"its properties are made by {function[0]}"
        raise RefusedError(message)
    properties: dict[str, Value] = {}
    for name, given in written.properties.items():
        try:
            value = stack.resolve(given)
        except TemplateError as error:
            message = f"{name}: {error}"
            raise TemplateError(message) from error
        if not isinstance(value, Absence):
            properties[name] = value
    return properties


def _read_tags(properties: Mapping[str, Value]) -> dict[str, str]:
    """Read tags in either of their two forms, as far as there are any."""
    tags = properties.get("Tags")
    if isinstance(tags, dict):
        pairs = list(tags.items())
    elif isinstance(tags, list):
        pairs = [
            (str(tag["Key"]), tag["Value"])
            for tag in tags
            if isinstance(tag, dict) and isinstance(tag.get("Key"), str) and "Value" in tag
        ]
    else:
        pairs = []
    return {
        key: f"<{value.reason}>" if isinstance(value, Unresolved) else write_scalar(value) or ""
        for key, value in pairs
    }
