"""Tables of pipeline runs, filled on the server, and the runs that come in afterwards."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rehearsal.local.database import Database
from rehearsal.local.workspace import REPOSITORY

HERE = Path(__file__).parent
MINUTES_A_RUN = 5
SECONDS_A_RUN = MINUTES_A_RUN * 60
# Of the rows that are new to a run, how many have not ended when it looks.
RUNNING_FRACTION = 0.1
INDEXES = REPOSITORY / "docs" / "sql" / "recommended-indexes.sql"
SORT_MEMORY = "512MB"


@dataclass(frozen=True, kw_only=True)
class TableDefinition:
    """Say how many rows a table holds, and how many more come between two runs of a job."""

    row_count: int
    new_rows: int

    def __post_init__(self) -> None:
        """Refuse tables that are empty or smaller than what is new to a run."""
        if not 0 < self.new_rows <= self.row_count:
            raise ValueError(
                f"a table of {self.row_count} rows with {self.new_rows} new ones a run: expected "
                "1 or more new rows, and no more than the table holds"
            )

    @property
    def name(self) -> str:
        """Name its database."""
        return f"runs_{self.row_count}_{self.new_rows}"

    @property
    def seconds_apart(self) -> float:
        """Return the time between two rows: they come evenly."""
        return SECONDS_A_RUN / self.new_rows

    @property
    def days(self) -> float:
        """Return how long the history is."""
        return self.row_count * self.seconds_apart / 86_400


class History:
    """Own the rows of one database: those up to `ends_at`, then those of one run after another."""

    def __init__(self, database: Database, table: TableDefinition, *, ends_at: datetime) -> None:
        self.now = ends_at
        self.table = table
        self._connection = database.owner.connect()
        self._origin = ends_at - timedelta(seconds=table.row_count * table.seconds_apart)
        self._count = 0
        self._running = 0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def fill(self) -> None:
        """Write the whole history; indexes come last, since many rows at once are sorted faster."""
        connection = self._connection
        connection.execute((HERE / "history.sql").read_bytes())
        # A table emptied in the same transaction is written without a write-ahead log.
        with connection.transaction():
            connection.execute(
                "ALTER TABLE pipeline_executions DROP CONSTRAINT pipeline_executions_pkey;"
                "DROP INDEX pipeline_executions_created_at; TRUNCATE pipeline_executions"
            )
            self._insert(self.table.row_count, running=0)
        connection.execute(f"SET maintenance_work_mem = '{SORT_MEMORY}'")
        connection.execute("ALTER TABLE pipeline_executions ADD PRIMARY KEY (id)")
        for statement in index_statements():
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE pipeline_executions")

    def advance(self) -> int:
        """Let five minutes pass; return how many rows came. What ran until now has ended."""
        if self._running:
            self._connection.execute(
                (HERE / "ended_runs.sql").read_bytes(), self._numbers(self._running)
            )
        new_rows = self.table.new_rows
        self._insert(new_rows, running=round(RUNNING_FRACTION * new_rows))
        self.now += timedelta(minutes=MINUTES_A_RUN)
        return new_rows

    def _insert(self, row_count: int, *, running: int) -> None:
        self._count += row_count
        self._running = running
        numbers = self._numbers(row_count)
        query = (HERE / "new_runs.sql").read_bytes()
        self._connection.execute(query, {**numbers, "running": running})

    def _numbers(self, newest: int) -> dict[str, object]:
        return {
            "first": self._count - newest,
            "last": self._count - 1,
            "origin": self._origin,
            "seconds_apart": self.table.seconds_apart,
        }


def index_statements() -> Iterator[str]:
    """Yield the statements that create the indexes the documentation recommends, one by one."""
    text = re.sub(r"--.*", "", INDEXES.read_text(encoding="utf-8"))
    for statement in text.split(";"):
        if statement.strip():
            yield statement.strip()
