"""Delete rows that are proven to be in the archive, a few at a time, unless they have changed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from watchkeeper.archive.part import VerifiedRow
from watchkeeper.archive.session import ArchiveSession
from watchkeeper.archive.shape import TableShape
from watchkeeper.collection.database import DeadlineConnection
from watchkeeper.definitions.errors import ArchiveError, CollectionError

# The row is compared as it is when it is deleted: whoever has changed it meanwhile keeps it.
DELETE = """
DELETE FROM {table} AS t
USING unnest(%(keys)s::text[], %(digests)s::bytea[]) AS archived (key, digest)
WHERE t.{key} = archived.key::{key_type} AND {digest} = archived.digest
"""
UNDELETED = """
SELECT count(*), count(*) FILTER (WHERE {digest} = archived.digest)
FROM {table} AS t
JOIN unnest(%(keys)s::text[], %(digests)s::bytea[]) AS archived (key, digest)
    ON t.{key} = archived.key::{key_type}
"""
# What others do can be in the way, and be over a moment later.
PASSING = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.QueryCanceled,
)
TRIES = 3
# A batch is followed by a rest as long as it took, so that half of the time is others'.
MAX_REST_SECONDS = 1.0
# No batch is begun with less time than this: it may wait for a lock, and has to be committed.
MIN_BATCH_SECONDS = 5.0


@dataclass(kw_only=True)
class DeletionResult:
    """Count what became of rows: deleted, changed since, locked by others, or not come to."""

    deleted: int = 0
    changed: int = 0
    locked: int = 0
    unvisited: int = 0

    @property
    def is_done(self) -> bool:
        """Tell whether every row has been dealt with."""
        return not self.locked and not self.unvisited


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """Delete rows of one table, each batch in a transaction of its own."""

    session: ArchiveSession
    shape: TableShape
    batch_rows: int
    seconds_left: Callable[[], float]

    def delete(self, rows: Sequence[VerifiedRow]) -> DeletionResult:
        """Delete the rows that are as they were archived, as far as time and locks allow."""
        result = DeletionResult()
        for start in range(0, len(rows), self.batch_rows):
            if self.seconds_left() < MIN_BATCH_SECONDS:
                result.unvisited = len(rows) - start
                break
            began = time.monotonic()
            self._try_batch(rows[start : start + self.batch_rows], result)
            time.sleep(min(MAX_REST_SECONDS, time.monotonic() - began))
        return result

    def _try_batch(self, batch: Sequence[VerifiedRow], result: DeletionResult) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                deleted, changed = self._delete_batch(batch)
            except CollectionError as error:
                if not isinstance(error.__cause__, PASSING):
                    raise
                if attempt == TRIES or self.seconds_left() < MIN_BATCH_SECONDS:
                    result.locked += len(batch)
                    return
            else:
                result.deleted += deleted
                result.changed += changed
                return

    def _delete_batch(self, batch: Sequence[VerifiedRow]) -> tuple[int, int]:
        """Return how many rows were deleted, and how many are still there, changed."""
        archived: dict[str, object] = {
            "keys": [row.key for row in batch],
            "digests": [row.digest for row in batch],
        }
        with self.session.changing(f"thin out {self.shape.name}") as connection:
            deleted = connection.execute(self._statement(DELETE), archived).rowcount
            if deleted == len(batch):
                return deleted, 0
            there, unchanged = self._undeleted(connection, archived)
        if unchanged:
            raise ArchiveError(
                f"{unchanged} archived rows of {self.shape.name} are unchanged and were not "
                "deleted: expected the right to delete them, by a policy where row-level security "
                "is on, and no trigger that keeps them"
            )
        return deleted, there

    def _undeleted(
        self, connection: DeadlineConnection, archived: dict[str, object]
    ) -> tuple[int, int]:
        row = connection.execute(self._statement(UNDELETED), archived).fetchone() or (0, 0)
        return int(row[0]), int(row[1])

    def _statement(self, text: str) -> sql.Composed:
        shape = self.shape
        return sql.SQL(text).format(
            table=shape.identifier,
            key=sql.Identifier(shape.key.name),
            key_type=sql.SQL(shape.key.type_name),
            digest=shape.digest,
        )
