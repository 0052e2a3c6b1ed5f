"""What runs cost the database, by PostgreSQL's own counters."""

import statistics
import time
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from rehearsal.local.database import Database
from rehearsal.local.postgres import READER

POLL_SECONDS = 0.02
LEAVE_TIMEOUT_SECONDS = 10.0

STATEMENT_SECONDS = """
SELECT coalesce(sum(total_plan_time + total_exec_time), 0) / 1000
FROM pg_stat_statements AS statement
JOIN pg_database AS database ON database.oid = statement.dbid
WHERE database.datname = current_database() AND statement.userid = %(reader)s::regrole
"""
# Entries of an index are what an index-only scan reads instead of rows.
READS = """
SELECT
    (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'pipeline_executions')
        + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes
           WHERE relname = 'pipeline_executions'),
    (SELECT heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit
     FROM pg_statio_user_tables WHERE relname = 'pipeline_executions')
"""
CONNECTED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = %(reader)s
"""


@dataclass(frozen=True, kw_only=True)
class Reads:
    """Hold how many rows and blocks (8 kB each, from whichever cache) were read of the table."""

    rows: int
    blocks: int

    def __sub__(self, earlier: "Reads") -> "Reads":
        """Return what was read since."""
        return Reads(rows=self.rows - earlier.rows, blocks=self.blocks - earlier.blocks)


@dataclass(kw_only=True)
class Series:
    """Collect what the runs of one contender on one table cost."""

    seconds: list[float] = field(default_factory=list)
    database_seconds: list[float] = field(default_factory=list)
    reads: Reads = field(default_factory=lambda: Reads(rows=0, blocks=0))
    memory_megabytes: float | None = None

    @property
    def milliseconds(self) -> float:
        """Return the time of a run, the median."""
        return 1000 * statistics.median(self.seconds)

    @property
    def database_milliseconds(self) -> float:
        """Return the time PostgreSQL spends planning and executing for a run, the median."""
        return 1000 * statistics.median(self.database_seconds)


class CostObserver:
    """Read the counters of one database, for all who log in to read."""

    def __init__(self, database: Database) -> None:
        self._connection = database.superuser.connect()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def allow_connections(self, role: str, max_count: int) -> None:
        """Let a role have more connections than its definition says."""
        self._connection.execute(
            sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(
                sql.Identifier(role), sql.Literal(max_count)
            )
        )

    def server_version(self) -> str:
        """Return the version of PostgreSQL."""
        return self._connection.info.parameter_status("server_version") or "unknown"

    def statement_seconds(self) -> float:
        """Return how long PostgreSQL has worked for readers; exact at any time."""
        return self._numbers(STATEMENT_SECONDS)[0]

    def reads(self) -> Reads:
        """Return what has been read by everybody whose connection is closed, or was idle long."""
        # One's own counts of the table, such as writing's, are not of interest, but must be in.
        self._connection.execute("SELECT pg_stat_force_next_flush()")
        rows, blocks = self._numbers(READS)
        return Reads(rows=int(rows), blocks=int(blocks))

    def wait_until_readers_left(self) -> None:
        """Wait for the end of all readers' connections: only then are their counts complete."""
        deadline = time.monotonic() + LEAVE_TIMEOUT_SECONDS
        while self._numbers(CONNECTED) != [0]:
            if time.monotonic() > deadline:
                raise psycopg.OperationalError(
                    f"a reader was still connected after {LEAVE_TIMEOUT_SECONDS:.0f} s"
                )
            time.sleep(POLL_SECONDS)

    def _numbers(self, query: str) -> list[float]:
        row = self._connection.execute(query.encode(), {"reader": READER}).fetchone() or ()
        return [float(str(number)) for number in row]
