"""The metric of the unsubscribe detector."""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit

UNSUBSCRIBE_ANOMALY = MetricDefinition(
    namespace="Storytailor/Email",
    name="UnsubscribeAnomaly",
    unit=Unit.COUNT,
    kind=Kind.GAUGE,
    dimension_sets=(("Environment",),),
    description=(
        "1 while more people unsubscribe than is usual at this weekday and hour, or slowly more "
        "than in the weeks before; else 0."
    ),
    source="unsubscribe_spike",
)
