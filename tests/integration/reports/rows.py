"""A fixed history of Storytailor for reports: two periods of everything, with nothing random."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

DAY = timedelta(days=1)


def user(number: int) -> UUID:
    """Give the user of a number."""
    return UUID(int=number)


def add_runs(connection: Any, at: datetime, kind: str, count: int, **columns: object) -> None:
    """Insert runs of a type, all alike, at one moment."""
    values = {"status": "completed", "vetoed": False, "veto_reason": None, **columns}
    connection.execute(
        "INSERT INTO pipeline_executions "
        "(pipeline_type, pipeline_name, status, vetoed, veto_reason, created_at) "
        "SELECT %(kind)s, %(kind)s, %(status)s, %(vetoed)s, %(veto_reason)s, %(at)s "
        "FROM generate_series(1, %(count)s)",
        {**values, "kind": kind, "at": at, "count": count},
    )


def add_mails(connection: Any, at: datetime, kind: str, **statuses: int) -> None:
    """Insert e-mails of a type, so many of each status, each of them to another user."""
    for status, count in statuses.items():
        connection.execute(
            "INSERT INTO email_delivery_log (user_id, email_type, status, sent_at) "
            "SELECT lpad(to_hex(n), 32, '0')::uuid, %s, %s, %s FROM generate_series(1, %s) AS n",
            (kind, status, at, count),
        )


def add_credits(connection: Any, at: datetime, source: str, cents: int, **statuses: int) -> None:
    """Insert credits of a source, so many of each status, all of one amount."""
    for status, count in statuses.items():
        connection.execute(
            "INSERT INTO reward_ledger (user_id, source, amount, status, created_at) "
            "SELECT %s, %s, %s, %s, %s FROM generate_series(1, %s)",
            (user(1), source, cents, status, at, count),
        )


def add_referrals(connection: Any, at: datetime, status: str, reward: str, count: int) -> None:
    """Insert referrals, all alike."""
    connection.execute(
        "INSERT INTO referral_tracking (referrer_id, status, reward_status, created_at) "
        "SELECT %s, %s, %s, %s FROM generate_series(1, %s)",
        (user(1), status, reward, at, count),
    )


def add_overrides(connection: Any, at: datetime, pipeline: str, kind: str, count: int) -> None:
    """Insert overrides, all alike."""
    connection.execute(
        "INSERT INTO human_overrides (pipeline_type, override_type, occurred_at) "
        "SELECT %s, %s, %s FROM generate_series(1, %s)",
        (pipeline, kind, at, count),
    )


def add_history(connection: Any, today: datetime) -> None:
    """Insert a yesterday, a week and a month that each report has something to say about."""
    noon = today - DAY / 2
    for back, digests in enumerate((640, 655, 610, 700, 690, 0, 480, 500)):
        at = noon - back * DAY
        add_runs(connection, at, "daily_digest", digests)
        add_runs(connection, at, "daily_digest", 60, vetoed=True, veto_reason="INSUFFICIENT_SIGNAL")
        if digests:
            opened, clicked = digests * 3 // 10, digests // 10
            rest = digests - opened - clicked - 3
            add_mails(
                connection, at, "daily_digest", delivered=rest, opened=opened, clicked=clicked,
                bounced=1, failed=2,
            )  # fmt: skip
    add_runs(connection, noon, "crisis_alert", 27)
    add_runs(connection, noon, "crisis_alert", 3, vetoed=True, veto_reason="SLA_MISSED")
    add_runs(connection, noon, "story_scoring", 20, status="failed")
    add_runs(connection, noon - 3 * DAY, "weekly_insights", 300)
    add_runs(
        connection, noon - 3 * DAY, "weekly_insights", 14, vetoed=True, veto_reason="LOW_CONFIDENCE"
    )
    add_runs(connection, noon - 8 * DAY, "org_health", 2, vetoed=True, veto_reason="LOW_CONFIDENCE")
    add_runs(connection, noon - 9 * DAY, "early_intervention", 40)
    add_mails(connection, noon, "crisis_alert", delivered=40, opened=18, spam_complaint=1)
    add_mails(
        connection, noon - 3 * DAY, "weekly_insights", delivered=100, opened=190, unsubscribed=2
    )
    add_credits(connection, noon, "referral", 500, issued=4, applied=2, failed=1)
    add_credits(connection, noon - 20 * DAY, "milestone", 1250, issued=3, expired=2)
    add_credits(connection, noon - 40 * DAY, "milestone", 1000, applied=5)
    add_referrals(connection, noon - 2 * DAY, "pending", "none", 30)
    add_referrals(connection, noon - 2 * DAY, "signed_up", "none", 12)
    add_referrals(connection, noon - 2 * DAY, "converted", "issued", 7)
    add_referrals(connection, noon - 2 * DAY, "converted", "none", 1)
    add_overrides(connection, noon - 5 * DAY, "early_intervention", "dismissed", 14)
    add_overrides(connection, noon - 5 * DAY, "crisis_alert", "escalated", 2)
