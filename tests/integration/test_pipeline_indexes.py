"""The recommended indexes can be created, and are what the queries then use."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from rehearsal.local.postgres import PostgresServer
from rehearsal.local.workspace import REPOSITORY
from watchkeeper.collection.index_review import FoundIndex, missing_indexes
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.workloads.storytailor.indexes import RECOMMENDED_INDEXES, IndexDefinition
from watchkeeper.workloads.storytailor.sources import (
    QUERY_EMAILS_SENT,
    QUERY_LAST_EXECUTIONS,
    QUERY_PIPELINE_EXECUTIONS,
    QUERY_UNSUBSCRIBED,
    SOURCES,
)
from watchkeeper.workloads.storytailor.sources_database import (
    QUERY_EMAILS_OF_DAYS,
    QUERY_TABLE_INDEXES,
    WATCHED_TABLES,
)
from watchkeeper.workloads.storytailor.sources_email import (
    QUERY_COMPLAINED,
    QUERY_EMAIL_MINUTES,
    QUERY_EMAIL_STEPS,
)
from watchkeeper.workloads.storytailor.sources_overrides import OVERRIDE_SOURCES
from watchkeeper.workloads.storytailor.sources_referrals import QUERY_REFERRALS, QUERY_REWARDS

INDEXES = REPOSITORY / "docs" / "sql" / "recommended-indexes.sql"
NOW = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
ROWS = 20_000

FILL = """
INSERT INTO pipeline_executions (pipeline_type, pipeline_name, created_at)
SELECT 'type_' || mod(row, 10), 'x', %(now)s - row * interval '5 minutes'
FROM generate_series(1, %(rows)s) AS row;
INSERT INTO email_delivery_log (email_type, status, sent_at)
SELECT 'x', CASE WHEN mod(row, 200) = 0 THEN 'unsubscribed' ELSE 'opened' END,
       %(now)s - row * interval '5 minutes'
FROM generate_series(1, %(rows)s) AS row;
UPDATE email_delivery_log SET status = 'spam_complaint'
WHERE mod(extract(epoch FROM sent_at)::bigint / 300, 201) = 0;
INSERT INTO human_overrides (pipeline_type, override_type, occurred_at)
SELECT 'type_' || mod(row, 10), 'x', %(now)s - row * interval '5 minutes'
FROM generate_series(1, %(rows)s) AS row;
INSERT INTO referral_tracking (referrer_id, status, created_at)
SELECT gen_random_uuid(), 'signed_up', %(now)s - row * interval '5 minutes'
FROM generate_series(1, %(rows)s) AS row;
INSERT INTO reward_ledger (user_id, source, amount, status, created_at)
SELECT gen_random_uuid(), 'referral', 100, 'issued', %(now)s - row * interval '5 minutes'
FROM generate_series(1, %(rows)s) AS row
"""
PARAMETERS = {
    "types": ["type_1", "type_2"],
    "reasons": ["LOW_CONFIDENCE"],
    "other": "other",
    "milestone": "milestone",
    "sla_missed": "SLA_MISSED",
    "now": NOW,
    "since": NOW - timedelta(hours=2),
    "until": NOW,
}
USES = {
    QUERY_PIPELINE_EXECUTIONS: "pipeline_executions_created_at",
    QUERY_LAST_EXECUTIONS: "pipeline_executions_type_created_at",
    QUERY_EMAILS_SENT: "email_delivery_log_sent_at",
    QUERY_UNSUBSCRIBED: "email_delivery_log_unsubscribed_sent_at",
    QUERY_EMAIL_STEPS: "email_delivery_log_sent_at",
    QUERY_EMAIL_MINUTES: "email_delivery_log_sent_at",
    QUERY_EMAILS_OF_DAYS: "email_delivery_log_sent_at",
    QUERY_COMPLAINED: "email_delivery_log_complained_sent_at",
    **dict.fromkeys(OVERRIDE_SOURCES, "human_overrides_occurred_at"),
    QUERY_REFERRALS: "referral_tracking_created_at",
    QUERY_REWARDS: "reward_ledger_created_at",
}

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def filled(postgres: PostgresServer) -> Iterator[Connection]:
    database = postgres.create_database()
    with database.owner.connect() as connection:
        for statement in FILL.split(";"):
            connection.execute(statement, {"now": NOW, "rows": ROWS})
        # Each statement stands alone, as the file says, and twice does no harm.
        for statement in 2 * recommended():
            connection.execute(statement.encode())
        connection.execute("ANALYZE")
        yield connection
    postgres.drop_database(database)


def recommended() -> list[str]:
    text = re.sub(r"--.*", "", INDEXES.read_text())
    return [statement for statement in text.split(";") if statement.strip()]


def look(filled: Connection) -> list[FoundIndex]:
    rows = filled.execute(
        QUERY_TABLE_INDEXES.sql.encode(), {"tables": list(WATCHED_TABLES)}
    ).fetchall()
    return [FoundIndex.of(row) for row in rows]


def test_every_index_is_for_a_query_and_every_query_has_one() -> None:
    named = {name for one in recommended() for name in re.findall(r"EXISTS\s+(\w+)", one)}
    assert named == set(USES.values())
    assert set(SOURCES) <= set(USES)


def test_the_file_creates_exactly_the_indexes_that_are_looked_for(filled: Connection) -> None:
    found = look(filled)
    assert missing_indexes(RECOMMENDED_INDEXES, found) == []
    named = {index.name: index for index in found}
    for wanted in RECOMMENDED_INDEXES:
        # Under its own name, and doing no more than it is said to.
        assert named[wanted.name].columns == wanted.columns
    assert {index.name for index in RECOMMENDED_INDEXES} == set(USES.values())


@pytest.mark.parametrize("wanted", RECOMMENDED_INDEXES, ids=lambda wanted: wanted.name)
def test_an_index_that_is_dropped_is_missed(filled: Connection, wanted: IndexDefinition) -> None:
    with filled.transaction(force_rollback=True):
        filled.execute(f"DROP INDEX {wanted.name}".encode())
        assert missing_indexes(RECOMMENDED_INDEXES, look(filled)) == [wanted.name]


@pytest.mark.parametrize("query", USES, ids=lambda query: query.file)
def test_a_query_uses_its_index_and_reads_no_table_from_end_to_end(
    filled: Connection, query: QueryDefinition
) -> None:
    is_rare = query in (QUERY_UNSUBSCRIBED, QUERY_COMPLAINED)
    since = NOW - timedelta(days=35) if is_rare else PARAMETERS["since"]
    rows = filled.execute(
        f"EXPLAIN {query.sql}".encode(), {**PARAMETERS, "since": since}
    ).fetchall()
    plan = "\n".join(str(row[0]) for row in rows)
    assert re.search(rf"\b{USES[query]}\b", plan)
    assert "Seq Scan on" not in plan
