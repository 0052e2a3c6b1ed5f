"""What a log metric is: a number that lines of somebody else's log carry, made a metric."""

from dataclasses import dataclass

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.metric import MetricDefinition


@dataclass(frozen=True, kw_only=True)
class LogMetricDefinition:
    """Declare one metric filter: of each line of `log_group` that fits `pattern`, take `value`.

    The metric has no dimensions: a filter takes those from the line alone, and adds up nothing.
    """

    name: str
    log_group: str
    pattern: str
    value: str
    metric: MetricDefinition

    def __post_init__(self) -> None:
        """Refuse a filter on nothing, and dimensions that it could not give."""
        if not all(text.strip() for text in (self.name, self.log_group, self.pattern, self.value)):
            raise DefinitionError(
                f"log metric {self.name!r}: expected a name, a log group, a pattern and a value"
            )
        if self.metric.dimension_sets != ((),):
            raise DefinitionError(
                f"log metric {self.name}: {self.metric.name} has dimensions "
                f"{self.metric.dimension_sets}, expected none"
            )
