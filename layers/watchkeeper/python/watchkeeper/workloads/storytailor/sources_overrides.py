"""What Watchkeeper reads of human overrides."""

from watchkeeper.definitions.query import QueryDefinition

QUERIES = "watchkeeper.workloads.storytailor.queries"

QUERY_OVERRIDES = QueryDefinition(
    package=QUERIES,
    file="overrides.sql",
    columns=("bucket", "measure", "type", "reason", "after", "hundredths", "rows", "example"),
    description="Human overrides by the minute they occurred.",
    statement_timeout_milliseconds=10_000,
)
QUERY_OVERRIDE_RATE = QueryDefinition(
    package=QUERIES,
    file="override_rate.sql",
    columns=("overrides", "runs"),
    description="Overrides and runs of some pipelines over a stretch of time.",
    statement_timeout_milliseconds=30_000,
)

OVERRIDE_SOURCES = (QUERY_OVERRIDES, QUERY_OVERRIDE_RATE)
