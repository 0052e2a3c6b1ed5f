"""The recommended indexes can be created, and are what the queries then use."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from rehearsal.local.postgres import PostgresServer
from rehearsal.local.workspace import REPOSITORY
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.workloads.storytailor.sources import (
    QUERY_EMAILS_SENT,
    QUERY_LAST_EXECUTIONS,
    QUERY_PIPELINE_EXECUTIONS,
    QUERY_UNSUBSCRIBED,
    SOURCES,
)

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
FROM generate_series(1, %(rows)s) AS row
"""
PARAMETERS = {
    "types": ["type_1", "type_2"],
    "reasons": ["LOW_CONFIDENCE"],
    "other": "other",
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


def test_every_index_is_for_a_query_and_every_query_has_one() -> None:
    named = {name for one in recommended() for name in re.findall(r"EXISTS\s+(\w+)", one)}
    assert named == set(USES.values())
    assert set(USES) == set(SOURCES)


@pytest.mark.parametrize("query", SOURCES, ids=lambda query: query.file)
def test_a_query_uses_its_index_and_reads_no_table_from_end_to_end(
    filled: Connection, query: QueryDefinition
) -> None:
    since = NOW - timedelta(days=35) if query is QUERY_UNSUBSCRIBED else PARAMETERS["since"]
    rows = filled.execute(
        f"EXPLAIN {query.sql}".encode(), {**PARAMETERS, "since": since}
    ).fetchall()
    plan = "\n".join(str(row[0]) for row in rows)
    assert re.search(rf"\b{USES[query]}\b", plan)
    assert "Seq Scan on" not in plan
