"""A resource on its way from the template to what it defines."""

from dataclasses import dataclass

from rehearsal.engine.errors import RefusedError
from rehearsal.engine.template.deployment import Resource
from rehearsal.engine.template.fields import Fields


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Be a resource whose properties are read by type."""

    resource: Resource
    fields: Fields

    @property
    def source(self) -> str:
        """Return where it was read from."""
        return self.resource.source

    @property
    def name(self) -> str:
        """Return what the resource is called; RefusedError where that is not known."""
        return self._expect(self.resource.name, "name")

    @property
    def arn(self) -> str:
        """Return the resource's ARN; RefusedError where that is not known."""
        return self._expect(self.resource.arn, "ARN")

    def _expect(self, value: str | None, what: str) -> str:
        if value is None:
            message = f"its {what} is not known offline"
            raise RefusedError(message)
        return value
