"""What Watchkeeper reads about Storytailor's database itself, and of what."""

from watchkeeper.definitions.query import QueryDefinition

QUERIES = "watchkeeper.workloads.storytailor.queries"

WATCHED_TABLES = (
    "pipeline_executions",
    "email_delivery_log",
    "reward_ledger",
    "referral_tracking",
    "human_overrides",
    "consumption_metrics",
    "story_effectiveness",
)
# What the application calls while its users wait, and how many milliseconds a call may take.
FUNCTION_TARGETS = {
    "track_consumption_event": 100,
    "calculate_story_effectiveness": 500,
    "calculate_user_credits": 50,
    "should_send_email": 100,
}
FUNCTION_COLUMNS = ("function", "calls", "microseconds", "statistics_reset")

QUERY_DATABASE_STATE = QueryDefinition(
    package=QUERIES,
    file="database_state.sql",
    columns=(
        "connections",
        "longest_transaction_seconds",
        "deadlocks",
        "statistics_reset",
        "sees_everybody",
        "counts_functions",
        "counts_statements",
    ),
    description="Connections, the longest transaction, deadlocks, and what statistics there are.",
    statement_timeout_milliseconds=5_000,
)
QUERY_TABLE_SIZES = QueryDefinition(
    package=QUERIES,
    file="table_sizes.sql",
    columns=("table_name", "bytes"),
    description="The size of each watched table with its indexes.",
    statement_timeout_milliseconds=10_000,
    lock_timeout_milliseconds=1_000,
)
QUERY_TABLE_INDEXES = QueryDefinition(
    package=QUERIES,
    file="table_indexes.sql",
    columns=(
        "table_name",
        "table_columns",
        "index_name",
        "key_columns",
        "predicate",
        "is_usable",
        "is_constraint",
        "scans",
    ),
    description="The indexes of the watched tables, and how often each was used.",
    statement_timeout_milliseconds=5_000,
)
QUERY_SLOWEST_STATEMENTS = QueryDefinition(
    package=QUERIES,
    file="slowest_statements.sql",
    columns=("statement", "calls", "mean_milliseconds"),
    description="The ten slowest statements on watched tables.",
    statement_timeout_milliseconds=5_000,
)
QUERY_FUNCTION_CALLS = QueryDefinition(
    package=QUERIES,
    file="function_calls.sql",
    columns=FUNCTION_COLUMNS,
    description="Calls and time of the functions with a target, where the server counts functions.",
    statement_timeout_milliseconds=5_000,
)
QUERY_FUNCTION_STATEMENTS = QueryDefinition(
    package=QUERIES,
    file="function_statements.sql",
    columns=FUNCTION_COLUMNS,
    description="Calls and time of the statements that call the functions with a target.",
    statement_timeout_milliseconds=5_000,
)
QUERY_EMAILS_OF_DAYS = QueryDefinition(
    package=QUERIES,
    file="emails_of_days.sql",
    columns=("emails",),
    description="How many e-mails were sent in the last thirty days.",
    statement_timeout_milliseconds=60_000,
)
