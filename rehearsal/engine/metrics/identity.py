"""Which metric a datapoint belongs to: namespace, name and the exact set of dimensions."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class MetricIdentity:
    """Name one metric; dimensions are sorted, for their order means nothing to CloudWatch."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls, namespace: str, name: str, dimensions: Mapping[str, str] | None = None
    ) -> "MetricIdentity":
        """Build an identity from a mapping of dimensions."""
        return cls(namespace, name, tuple(sorted((dimensions or {}).items())))

    def __str__(self) -> str:
        """Write it as people do: Namespace/Name{Dimension=value}."""
        inside = ", ".join(f"{name}={value}" for name, value in self.dimensions)
        return f"{self.namespace} {self.name}" + (f"{{{inside}}}" if inside else "")
