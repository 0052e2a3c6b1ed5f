"""The metric about Storytailor's configuration."""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit

CONFIGURATION_DRIFT = MetricDefinition(
    namespace="Storytailor/Health",
    name="ConfigurationDrift",
    unit=Unit.COUNT,
    kind=Kind.GAUGE,
    dimension_sets=(("Environment",),),
    description=(
        "Parameters and rules that are not as in the approved export and the environment file, "
        "once a day."
    ),
    source="config_drift",
)
