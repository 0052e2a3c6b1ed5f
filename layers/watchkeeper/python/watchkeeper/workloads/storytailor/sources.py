"""What Watchkeeper reads from Storytailor's database, and the labels it tells apart."""

from watchkeeper.definitions.query import QueryDefinition

QUERIES = "watchkeeper.workloads.storytailor.queries"
MINUTE_COLUMNS = (
    "bucket",
    "measure",
    "type",
    "reason",
    "after",
    "hundredths",
    "rows",
    "example",
)

OTHER = "other"
SLA_MISSED = "SLA_MISSED"
# Somebody may be in danger, or wait for the answer: these have to run within seconds.
TIME_CRITICAL_TYPES = ("crisis_alert", "early_intervention", "story_failure", "asset_timeout")

QUERY_PIPELINE_EXECUTIONS = QueryDefinition(
    package=QUERIES,
    file="pipeline_executions.sql",
    columns=MINUTE_COLUMNS,
    description=(
        "Runs by the minute they were created: counts, vetoes, failures, durations, delays."
    ),
    statement_timeout_milliseconds=30_000,
)
QUERY_LAST_EXECUTIONS = QueryDefinition(
    package=QUERIES,
    file="last_executions.sql",
    columns=("type", "last_at"),
    description="When each scheduled pipeline ran last.",
    statement_timeout_milliseconds=5_000,
)
QUERY_EMAILS_SENT = QueryDefinition(
    package=QUERIES,
    file="emails_sent.sql",
    columns=MINUTE_COLUMNS,
    description="E-mails by the minute they were sent.",
    statement_timeout_milliseconds=30_000,
)
QUERY_UNSUBSCRIBED = QueryDefinition(
    package=QUERIES,
    file="unsubscribed.sql",
    columns=("id", "type", "sent", "updated"),
    description="E-mails of the last 35 days whose recipient has unsubscribed.",
    statement_timeout_milliseconds=30_000,
)

SOURCES = (
    QUERY_PIPELINE_EXECUTIONS,
    QUERY_LAST_EXECUTIONS,
    QUERY_EMAILS_SENT,
    QUERY_UNSUBSCRIBED,
)
