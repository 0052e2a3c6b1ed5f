"""Rows from long before anything is watched, for the archive to move."""

from datetime import datetime

import psycopg

PIPELINES = """
INSERT INTO pipeline_executions (
    pipeline_type, pipeline_name, status, vetoed, veto_reason, confidence_score, trigger_data,
    started_at, completed_at, created_at
)
SELECT 'daily_digest', 'daily_digest', 'completed', false, NULL, 0.912,
       '{"job": "nightly"}', moment, moment + interval '2 s', moment
FROM (
    SELECT %(now)s::timestamptz - interval '91 days' - number * interval '1 hour' AS moment
    FROM generate_series(1, %(count)s) AS number
) AS runs
"""
EMAILS = """
INSERT INTO email_delivery_log (email_type, status, provider_message_id, sent_at, error)
SELECT 'weekly_insights', 'opened', 'old-' || number, moment, NULL
FROM (
    SELECT number, %(now)s::timestamptz - interval '95 days' - number * interval '3 hours' AS moment
    FROM generate_series(1, %(count)s) AS number
) AS emails
"""
# Two months' worth of each, and more than one batch.
COUNT = 700


def write_old_rows(connection: "psycopg.Connection[tuple[object, ...]]", now: datetime) -> int:
    """Write runs and e-mails that are older than three months; return how many."""
    for query in (PIPELINES, EMAILS):
        connection.execute(query.encode(), {"count": COUNT, "now": now})
    return 2 * COUNT
