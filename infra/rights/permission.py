"""What a permission is: named calls on named resources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.environment.names import Names


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Allow calls on named resources, under conditions.

    `reason` says why a wildcard among the resources can be no narrower.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse a wildcard without a reason, and every wildcard among the calls."""
        wild = self.wildcards
        if any("*" in action for action in self.actions) or bool(wild) != bool(self.reason):
            raise DefinitionError(
                f"permission for {', '.join(self.actions)}: wildcards {list(wild)} and the reason "
                f"{self.reason!r}, expected a reason where there is a wildcard among the resources"
            )

    @property
    def wildcards(self) -> tuple[str, ...]:
        """List the resources that stand for more than one."""
        return tuple(resource for resource in self.resources if "*" in resource)


Permissions = Iterator[Permission]
Target = Mapping[str, str]
Settings = Mapping[str, Any]


def via(service: str, names: Names) -> Mapping[str, str]:
    """Be the condition that a key is used by a service of the region, for whoever calls it."""
    return {"kms:ViaService": f"{service}.{names.region}.amazonaws.com"}
