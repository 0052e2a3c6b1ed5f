"""The metrics Watchkeeper emits for Storytailor."""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit
from watchkeeper.workloads.storytailor.metrics_canary import CANARY_METRICS
from watchkeeper.workloads.storytailor.metrics_configuration import CONFIGURATION_DRIFT
from watchkeeper.workloads.storytailor.metrics_control import CONTROL_METRICS
from watchkeeper.workloads.storytailor.metrics_database import COST_METRICS, DATABASE_METRICS
from watchkeeper.workloads.storytailor.metrics_email import EMAIL_METRICS
from watchkeeper.workloads.storytailor.metrics_referrals import REFERRAL_METRICS
from watchkeeper.workloads.storytailor.metrics_unsubscribes import UNSUBSCRIBE_ANOMALY

PIPELINES = "Storytailor/Pipelines"
EMAIL = "Storytailor/Email"
HEALTH = "Storytailor/Health"

TOTAL = ("Environment",)
BY_TYPE = ("Environment", "PipelineType")
BY_TYPE_AND_REASON = ("Environment", "PipelineType", "VetoReason")
BY_EMAIL_TYPE = ("Environment", "EmailType")
BY_CHECK = ("Environment", "Check")

PIPELINE_EXECUTIONS = MetricDefinition(
    namespace=PIPELINES,
    name="PipelineExecutions",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=(BY_TYPE, TOTAL),
    description="Pipeline runs that started, at the minute their row was created.",
    source="pipeline_metrics",
)
PIPELINE_VETOES = MetricDefinition(
    namespace=PIPELINES,
    name="PipelineVetoes",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=(BY_TYPE, BY_TYPE_AND_REASON, TOTAL),
    description=(
        "Runs that decided not to act, at the minute they ended; by type, by reason, in total."
    ),
    source="pipeline_metrics",
)
SLA_VIOLATIONS = MetricDefinition(
    namespace=PIPELINES,
    name="SLAViolations",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=(BY_TYPE,),
    description="Vetoes with the reason SLA_MISSED: the event was too old when its run came to it.",
    source="pipeline_metrics",
)
PIPELINE_FAILURES = MetricDefinition(
    namespace=PIPELINES,
    name="PipelineFailures",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=(BY_TYPE,),
    description="Runs whose status is failed, at the minute they ended.",
    source="pipeline_metrics",
)
PIPELINE_DURATION = MetricDefinition(
    namespace=PIPELINES,
    name="PipelineDuration",
    unit=Unit.MILLISECONDS,
    kind=Kind.DISTRIBUTION,
    dimension_sets=(BY_TYPE,),
    description="From started_at to completed_at of a run that ended, one sample a run.",
    source="pipeline_metrics",
)
EVENT_TO_PROCESSING_DELAY = MetricDefinition(
    namespace=PIPELINES,
    name="EventToProcessingDelay",
    unit=Unit.SECONDS,
    kind=Kind.DISTRIBUTION,
    dimension_sets=(BY_TYPE,),
    description=(
        "From the event's own time (trigger_data.event_timestamp) to started_at, one sample a run."
    ),
    source="pipeline_metrics",
)
MINUTES_SINCE_LAST_EXECUTION = MetricDefinition(
    namespace=PIPELINES,
    name="MinutesSinceLastExecution",
    unit=Unit.NONE,
    kind=Kind.GAUGE,
    dimension_sets=(BY_TYPE,),
    description=(
        "Minutes since the newest run of a scheduled pipeline; absent until it has run once."
    ),
    source="pipeline_metrics",
)
MINUTES_OVERDUE = MetricDefinition(
    namespace=PIPELINES,
    name="MinutesOverdue",
    unit=Unit.NONE,
    kind=Kind.GAUGE,
    dimension_sets=(BY_TYPE,),
    description=(
        "Minutes since a scheduled pipeline was first due by its rule after its newest run; 0 "
        "when it is not due."
    ),
    source="pipeline_metrics",
)

EMAILS_SENT = MetricDefinition(
    namespace=EMAIL,
    name="EmailsSent",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=(BY_EMAIL_TYPE, TOTAL),
    description="E-mails handed to the provider, at the minute of sent_at.",
    source="unsubscribe_spike",
)
UNSUBSCRIBES = MetricDefinition(
    namespace=EMAIL,
    name="Unsubscribes",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=(BY_EMAIL_TYPE, TOTAL),
    description=(
        "Recipients who unsubscribed, when it was seen to happen, not when the mail was sent."
    ),
    source="unsubscribe_spike",
)

CHECK_PASSED = MetricDefinition(
    namespace=HEALTH,
    name="CheckPassed",
    unit=Unit.COUNT,
    kind=Kind.GAUGE,
    dimension_sets=(BY_CHECK,),
    description="1 when the check passed, 0 when its target is sick.",
    source="health_check",
)
CHECK_LATENCY = MetricDefinition(
    namespace=HEALTH,
    name="CheckLatency",
    unit=Unit.MILLISECONDS,
    kind=Kind.DISTRIBUTION,
    dimension_sets=(BY_CHECK,),
    description=(
        "How long the check took, passed or not; phases such as connect have a series of their own."
    ),
    source="health_check",
)

METRICS = (
    PIPELINE_EXECUTIONS,
    PIPELINE_VETOES,
    SLA_VIOLATIONS,
    PIPELINE_FAILURES,
    PIPELINE_DURATION,
    EVENT_TO_PROCESSING_DELAY,
    MINUTES_SINCE_LAST_EXECUTION,
    MINUTES_OVERDUE,
    EMAILS_SENT,
    UNSUBSCRIBES,
    UNSUBSCRIBE_ANOMALY,
    CHECK_PASSED,
    CHECK_LATENCY,
    *DATABASE_METRICS,
    *COST_METRICS,
    *REFERRAL_METRICS,
    *CONTROL_METRICS,
    *EMAIL_METRICS,
    *CANARY_METRICS,
    CONFIGURATION_DRIFT,
)
