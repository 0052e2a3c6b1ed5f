"""What the reports read from Storytailor's database; each query takes `since` and `until`."""

from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.workloads.storytailor.sources import QUERIES


def _query(file: str, *columns: str, description: str) -> QueryDefinition:
    # A month of a busy database is read once a month, at a quiet hour: a whole minute is allowed.
    return QueryDefinition(
        package=QUERIES,
        file=file,
        columns=columns,
        description=description,
        statement_timeout_milliseconds=60_000,
    )


QUERY_REPORT_PIPELINES = _query(
    "report_pipelines.sql", "type", "runs", "vetoed", "sla_missed", "failed",
    description="Runs of a period by type: vetoed, too late, failed.",
)  # fmt: skip
QUERY_REPORT_VETOES = _query(
    "report_vetoes.sql", "type", "reason", "vetoes",
    description="Vetoes of a period by type and reason.",
)  # fmt: skip
QUERY_REPORT_EMAILS = _query(
    "report_emails.sql",
    "type", "sent", "opened", "clicked", "bounced", "complaints", "unsubscribed", "failed",
    description="E-mails of a period by type, and what became of them.",
)  # fmt: skip
QUERY_REPORT_EMAIL_DAYS = _query(
    "report_email_days.sql", "day", "sent", "users",
    description="E-mails and different users of each day.",
)  # fmt: skip
QUERY_REPORT_CREDITS = _query(
    "report_credits.sql",
    "source", "issued", "issued_cents", "applied", "applied_cents", "expired", "expired_cents",
    "failed",
    description="Credits of a period by source.",
)  # fmt: skip
QUERY_REPORT_REFERRALS = _query(
    "report_referrals.sql", "referrals", "signups", "conversions", "rewarded",
    description="Referrals of a period, and how far they came.",
)  # fmt: skip
QUERY_REPORT_OVERRIDES = _query(
    "report_overrides.sql", "type", "kind", "overrides",
    description="Human overrides of a period by pipeline type and kind.",
)  # fmt: skip
