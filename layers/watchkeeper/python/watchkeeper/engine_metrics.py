"""The metrics by which the suite watches itself; every function emits them on every run."""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit

NAMESPACE = "Watchkeeper/Runs"
PER_FUNCTION = (("Environment", "Function"),)

RUN_SUCCEEDED = MetricDefinition(
    namespace=NAMESPACE,
    name="RunSucceeded",
    unit=Unit.COUNT,
    kind=Kind.GAUGE,
    dimension_sets=PER_FUNCTION,
    description="1 when a run did its whole job, 0 when it failed; its absence is the silence.",
    source="every function",
)
RUN_DURATION = MetricDefinition(
    namespace=NAMESPACE,
    name="RunDuration",
    unit=Unit.MILLISECONDS,
    kind=Kind.DISTRIBUTION,
    dimension_sets=PER_FUNCTION,
    description="How long a run took, from the parsed event to its last metric.",
    source="every function",
)
ROWS_FOLDED = MetricDefinition(
    namespace=NAMESPACE,
    name="RowsFolded",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=PER_FUNCTION,
    description=(
        "Rows counted under the label `other` because their type or reason is not listed for "
        "the environment."
    ),
    source="pipeline_metrics, unsubscribe_spike, referral_metrics, override_metrics",
)
ROWS_UNREADABLE = MetricDefinition(
    namespace=NAMESPACE,
    name="RowsUnreadable",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=PER_FUNCTION,
    description=(
        "Values left out because they make no sense, such as a run that ended before it began."
    ),
    source="pipeline_metrics, unsubscribe_spike, email_metrics, referral_metrics",
)
LEDGER_RECOVERED = MetricDefinition(
    namespace=NAMESPACE,
    name="LedgerRecovered",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=PER_FUNCTION,
    description=(
        "1 when the run before this one died while it held the ledger: up to one step of counts "
        "may have been emitted twice."
    ),
    source="pipeline_metrics, unsubscribe_spike, email_metrics, referral_metrics, override_metrics",
)
MINUTES_BEHIND = MetricDefinition(
    namespace=NAMESPACE,
    name="MinutesBehind",
    unit=Unit.NONE,
    kind=Kind.GAUGE,
    dimension_sets=PER_FUNCTION,
    description=(
        "Minutes between now and the time up to which rows have been counted, after the run."
    ),
    source="pipeline_metrics, unsubscribe_spike, email_metrics, referral_metrics, override_metrics",
)

ENGINE_METRICS = (
    RUN_SUCCEEDED,
    RUN_DURATION,
    ROWS_FOLDED,
    ROWS_UNREADABLE,
    LEDGER_RECOVERED,
    MINUTES_BEHIND,
)
