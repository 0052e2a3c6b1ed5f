"""Transactions of the archive: short, within limits that keep them from being in anyone's way."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from watchkeeper.archive.shape import TEXT_SETTINGS
from watchkeeper.collection.database import Database, DeadlineConnection, translated
from watchkeeper.collection.database_secret import DatabaseSecret

# For each fetch of a reading, and for each deletion.
STATEMENT_MILLISECONDS = 20_000
# Whoever waits for a lock makes others wait behind it.
LOCK_MILLISECONDS = 2_000
IDLE_MILLISECONDS = 60_000
SNAPSHOT = sql.SQL("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
# A row that somebody changes meanwhile is waited for and then looked at again.
CHANGING = sql.SQL("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
LIMITS: Mapping[str, str] = {
    "statement_timeout": str(STATEMENT_MILLISECONDS),
    "lock_timeout": str(LOCK_MILLISECONDS),
    "idle_in_transaction_session_timeout": str(IDLE_MILLISECONDS),
}


@dataclass(frozen=True, kw_only=True)
class ArchiveSession:
    """Give transactions on the one connection of a run."""

    database: Database
    secret: DatabaseSecret

    @contextmanager
    def reading(self, task: str) -> Iterator[DeadlineConnection]:
        """Give a read-only transaction that sees the database as it is at its first query."""
        with self._transaction(task, SNAPSHOT) as connection:
            yield connection

    @contextmanager
    def changing(self, task: str) -> Iterator[DeadlineConnection]:
        """Give a transaction that may delete; it is committed at the end of the block."""
        with self._transaction(task, CHANGING) as connection:
            yield connection

    @contextmanager
    def _transaction(self, task: str, begin: sql.SQL) -> Iterator[DeadlineConnection]:
        connection = self.database.connect()
        with translated(self.secret, task):
            if connection.read_only:
                # The transaction says itself what it is.
                connection.isolation_level = None
                connection.read_only = None
            with connection.transaction():
                connection.execute(begin)
                connection.execute(settings_of({**TEXT_SETTINGS, **LIMITS}))
                yield connection


def settings_of(settings: Mapping[str, str]) -> sql.Composed:
    """Return the statement that makes settings for the rest of the transaction."""
    return sql.SQL("SELECT {}").format(
        sql.SQL(", ").join(
            sql.SQL("set_config({}, {}, true)").format(sql.Literal(name), sql.Literal(value))
            for name, value in settings.items()
        )
    )
