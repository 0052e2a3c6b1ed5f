"""What `email_metrics` reads from Storytailor's database."""

from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.workloads.storytailor.sources import MINUTE_COLUMNS, QUERIES

QUERY_EMAIL_STEPS = QueryDefinition(
    package=QUERIES,
    file="email_steps.sql",
    columns=("bucket", "type", "steps", "mail", "updated"),
    description="E-mails that were opened, clicked, bounced or failed, by the minute of sent_at.",
    statement_timeout_milliseconds=30_000,
)
QUERY_EMAIL_MINUTES = QueryDefinition(
    package=QUERIES,
    file="email_minutes.sql",
    columns=MINUTE_COLUMNS,
    description="How long e-mails took, and what became of those sent a day ago, by the minute.",
    statement_timeout_milliseconds=30_000,
)
QUERY_COMPLAINED = QueryDefinition(
    package=QUERIES,
    file="complained.sql",
    columns=("id", "type", "sent", "updated"),
    description="E-mails of the last 35 days that were called spam.",
    statement_timeout_milliseconds=30_000,
)
QUERY_EMAIL_COLUMNS = QueryDefinition(
    package=QUERIES,
    file="email_columns.sql",
    columns=("has_queued_at", "has_delivered_at"),
    description="Which of the optional times of an e-mail the table has.",
    statement_timeout_milliseconds=5_000,
)
