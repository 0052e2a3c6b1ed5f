"""What is measured in Storytailor's own logs, where no table says it.

The curator logs one JSON line for each call of the mail provider's API, with the field
`provider_latency_ms` at its top level.
"""

from watchkeeper.definitions.log_metric import LogMetricDefinition
from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit
from watchkeeper.environment.model import Environment
from watchkeeper.workloads.storytailor.metrics_email import EMAIL

PROVIDER_LATENCY_FIELD = "provider_latency_ms"


def provider_latency(environment: Environment) -> MetricDefinition:
    """Return the metric of an environment, which its name tells, as a filter adds no dimension."""
    return MetricDefinition(
        namespace=EMAIL,
        name=environment.named("ProviderLatency"),
        unit=Unit.MILLISECONDS,
        kind=Kind.DISTRIBUTION,
        dimension_sets=((),),
        description="How long the mail provider's API took to answer, one sample a call.",
        source="the curator's log",
    )


def log_metrics(environment: Environment) -> tuple[LogMetricDefinition, ...]:
    """Return the metric filters on the application's log groups in an environment."""
    return (
        LogMetricDefinition(
            name="storytailor-provider-latency",
            log_group=f"/aws/lambda/storytailor-intelligence-curator-{environment.name}",
            pattern=f"{{ $.{PROVIDER_LATENCY_FIELD} >= 0 }}",
            value=f"$.{PROVIDER_LATENCY_FIELD}",
            metric=provider_latency(environment),
        ),
    )
