"""Resolved properties of resources, as loosely as CloudFormation writes them."""

from collections.abc import Iterator, Mapping
from typing import Any


def listed(value: Any) -> list[Any]:
    """Give what may be one or a list as a list; None is none."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def dig(value: Any, path: str) -> Iterator[Any]:
    """Yield what stands at the end of a path such as `Targets.Arn`, through lists on the way."""
    name, _, rest = path.partition(".")
    for each in listed(value):
        if not path:
            yield each
        elif isinstance(each, Mapping):
            yield from dig(each.get(name), rest)


def list_objects(value: Any, path: str) -> list[Mapping[str, Any]]:
    """List the objects at the end of a path, and leave out whatever else stands there."""
    return [each for each in dig(value, path) if isinstance(each, Mapping)]
