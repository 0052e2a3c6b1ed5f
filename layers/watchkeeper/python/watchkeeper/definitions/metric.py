"""What a metric is, and how one of its series is named.

A metric is declared once. Emitter, alarm, widget and docs all take the `MetricSeries` that
`MetricDefinition.series` returns, so an alarm cannot watch a name nobody emits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from watchkeeper.definitions.errors import DefinitionError

# Limits of PutMetricData (CloudWatch API reference, MetricDatum and Dimension).
MAX_DIMENSIONS = 30
MAX_NAME_LENGTH = 255
MAX_DIMENSION_VALUE_LENGTH = 1024


class Unit(StrEnum):
    """CloudWatch units that Watchkeeper uses; the value is CloudWatch's own spelling."""

    COUNT = "Count"
    SECONDS = "Seconds"
    MILLISECONDS = "Milliseconds"
    BYTES = "Bytes"
    PERCENT = "Percent"
    NONE = "None"


class Kind(StrEnum):
    """How a metric's datapoints combine, which decides the statistics that make sense on it."""

    COUNTER = "counter"
    """Each datapoint adds to a total: read it with Sum. Corrections may be negative."""
    DISTRIBUTION = "distribution"
    """Each datapoint is one sample: read it with percentiles, Average, Minimum or Maximum."""
    GAUGE = "gauge"
    """Each datapoint is the value at that time: read it with Minimum, Maximum or Average."""


@dataclass(frozen=True, kw_only=True)
class MetricSeries:
    """Be one time series: a metric together with a value for each of its dimensions."""

    metric: "MetricDefinition"
    dimensions: tuple[tuple[str, str], ...]

    @property
    def identity(self) -> tuple[str, str, frozenset[tuple[str, str]]]:
        """Give what CloudWatch tells series apart by: namespace, name and dimension pairs."""
        return (self.metric.namespace, self.metric.name, frozenset(self.dimensions))

    def __str__(self) -> str:
        """Show the series as `Namespace Name{Dimension=value}`."""
        pairs = ",".join(f"{name}={value}" for name, value in self.dimensions)
        return f"{self.metric.namespace} {self.metric.name}{{{pairs}}}"


@dataclass(frozen=True, kw_only=True)
class MetricDefinition:
    """Declare one metric: its name, unit, kind and the dimension sets it is published with.

    `dimension_sets` lists every combination of dimension names that exists: CloudWatch never adds
    series up, so a total is a dimension set of its own.
    """

    namespace: str
    name: str
    unit: Unit
    kind: Kind
    dimension_sets: tuple[tuple[str, ...], ...]
    description: str
    source: str = field(default="")
    """Which function emits it, or the AWS service for metrics AWS emits itself."""

    def __post_init__(self) -> None:
        """Refuse names CloudWatch would refuse or silently change."""
        for label, text in (("namespace", self.namespace), ("name", self.name)):
            if not text.strip() or len(text) > MAX_NAME_LENGTH:
                raise DefinitionError(
                    f"metric {label} {text!r}: expected 1 to {MAX_NAME_LENGTH} characters"
                )
        if not self.description.strip():
            raise DefinitionError(f"metric {self.name}: expected a description")
        if not self.dimension_sets or len(set(self.dimension_sets)) != len(self.dimension_sets):
            raise DefinitionError(
                f"metric {self.name}: expected one or more different dimension sets, "
                f"found {self.dimension_sets}"
            )
        if any(len(names) > MAX_DIMENSIONS for names in self.dimension_sets):
            raise DefinitionError(f"metric {self.name}: more than {MAX_DIMENSIONS} dimensions")

    @property
    def has_corrections(self) -> bool:
        """Tell a counter that takes counts back, as the suite's own do and AWS's never."""
        return self.kind is Kind.COUNTER and not self.namespace.startswith("AWS/")

    def series(self, **values: str) -> MetricSeries:
        """Return the series with these dimension values; refuse any other set of names."""
        names = self._matching_set(values)
        for name in names:
            if not values[name].strip() or len(values[name]) > MAX_DIMENSION_VALUE_LENGTH:
                raise DefinitionError(
                    f"metric {self.name}: dimension {name} is {values[name]!r}, expected 1 to "
                    f"{MAX_DIMENSION_VALUE_LENGTH} characters"
                )
        return MetricSeries(metric=self, dimensions=tuple((name, values[name]) for name in names))

    def _matching_set(self, values: Mapping[str, str]) -> tuple[str, ...]:
        for names in self.dimension_sets:
            if set(names) == set(values):
                return names
        known = " or ".join("{" + ", ".join(names) + "}" for names in self.dimension_sets)
        found = ", ".join(sorted(values))
        raise DefinitionError(f"metric {self.name}: found dimensions {{{found}}}, expected {known}")
