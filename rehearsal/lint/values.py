"""Resolved properties of resources, as loosely as CloudFormation writes them."""

import math
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


def read_number(value: Any) -> float | None:
    """Return a finite number, also one written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def list_objects(value: Any, path: str) -> list[Mapping[str, Any]]:
    """List the objects at the end of a path, and leave out whatever else stands there."""
    return [each for each in dig(value, path) if isinstance(each, Mapping)]
