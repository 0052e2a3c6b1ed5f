"""What a health check is: how to check (its kind), what (its target) and for how long."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from watchkeeper.definitions.errors import DefinitionError

MAX_DEADLINE_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class CheckDefinition:
    """Declare one health check.

    `kind` is the module below `watchkeeper/checks/` that knows how; `target` its arguments.
    `phases` names what the kind times apart (such as connect and query): each has a latency
    series of its own beside the total. `deadline_seconds` covers the first try and its retry.
    """

    name: str
    kind: str
    description: str
    target: Mapping[str, str] = field(default_factory=dict)
    phases: tuple[str, ...] = ()
    deadline_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse names that cannot be a dimension value or a module, and endless deadlines."""
        object.__setattr__(self, "target", dict(self.target))
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", self.name):
            raise DefinitionError(f"check name {self.name!r}: expected kebab-case")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.kind):
            raise DefinitionError(f"check {self.name}: kind {self.kind!r}, expected snake_case")
        if not 0 < self.deadline_seconds <= MAX_DEADLINE_SECONDS:
            raise DefinitionError(
                f"check {self.name}: deadline of {self.deadline_seconds} s, expected more than 0 "
                f"and at most {MAX_DEADLINE_SECONDS} s"
            )

    @property
    def latency_names(self) -> tuple[str, ...]:
        """Name the `Check` dimension values under which latencies are published."""
        return (self.name, *(f"{self.name}-{phase}" for phase in self.phases))
