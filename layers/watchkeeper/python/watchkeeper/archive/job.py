"""Archive what is older than 90 days, once a week: write, read back, compare, only then delete.

For each part of each table:

1. Read rows in one snapshot, compress them, write them under a name that nothing has had.
2. Read them back and compare. Write the manifest: what has one is proven to be in the archive.
3. Delete, a few at a time, the rows that are still exactly as they were archived.
4. Note that the part is done.

A run begins with the parts that a run before it has not finished with. So whatever moment a run
ends at, no row is lost, and none is in the archive twice unless it was changed in between.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta

from watchkeeper.archive.deletion import Deletion, DeletionResult
from watchkeeper.archive.manifest import PartManifest, PartPlace
from watchkeeper.archive.part import VerifiedRow, verified_rows
from watchkeeper.archive.reading import OldRows, Position, ReadPart, Stretch
from watchkeeper.archive.session import ArchiveSession
from watchkeeper.archive.shape import TableShape, refuse_dependents
from watchkeeper.archive.store import ArchiveStore
from watchkeeper.backup.calls import keep_bodies_out_of_logs
from watchkeeper.collection.database import Database
from watchkeeper.collection.database_secret import read_database_secret
from watchkeeper.definitions.archived_table import ArchivedTableDefinition
from watchkeeper.definitions.errors import ArchiveError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import ArchiveSettings
from watchkeeper.workloads.storytailor.archived_tables import ARCHIVED_TABLES

KEPT = timedelta(days=90)
# No part is begun with less time than this: reading, writing and reading back take seconds.
MIN_PART_SECONDS = 30.0
S3_TIMEOUT_SECONDS = 60

ArchiveRun = Run[ArchiveSettings]


@dataclass(frozen=True, kw_only=True)
class PartLimits:
    """Say how large parts and batches are; a part is in memory, twice, when it is read back."""

    part_rows: int = 50_000
    part_bytes: int = 32 * 1024 * 1024
    batch_rows: int = 500


@dataclass(kw_only=True)
class ArchiveResult:
    """Count what was done with a table; `is_complete` unless time ran out."""

    parts: int = 0
    archived: int = 0
    deleted: int = 0
    changed: int = 0
    locked: int = 0
    is_complete: bool = True

    def add(self, deletion: DeletionResult) -> None:
        """Add what became of the rows of a part."""
        self.deleted += deletion.deleted
        self.changed += deletion.changed
        self.locked += deletion.locked
        self.is_complete &= not deletion.unvisited


def archive_rows(run: ArchiveRun, limits: PartLimits | None = None) -> Mapping[str, object]:
    """Move old rows of every table to the archive; raise when any had to stay but for time."""
    keep_bodies_out_of_logs()
    results: dict[str, ArchiveResult] = {}
    with _session(run) as session:
        for position, table in enumerate(ARCHIVED_TABLES):
            results[table.name] = ArchiveResult()
            # What one table leaves of its share is the next one's.
            share = run.remaining_seconds / (len(ARCHIVED_TABLES) - position)
            job = TableArchive(
                run, session, table, limits or PartLimits(), ends_at=time.monotonic() + share
            )
            job.archive(results[table.name])
    _refuse_stuck(results)
    return {name: asdict(result) for name, result in results.items()}


@contextmanager
def _session(run: ArchiveRun) -> Iterator[ArchiveSession]:
    secret = read_database_secret(run.aws("secretsmanager"), run.settings.archive_secret)
    name = f"watchkeeper-{run.job}"
    with Database(secret, deadline=run.deadline, application_name=name) as database:
        yield ArchiveSession(database=database, secret=secret)


def _refuse_stuck(results: Mapping[str, ArchiveResult]) -> None:
    for name, result in results.items():
        if result.locked:
            raise ArchiveError(
                f"{result.locked} archived rows of {name} were locked by others and stay until "
                f"the next run; {result.deleted} are deleted"
            )
        if not result.is_complete and not result.deleted:
            raise ArchiveError(f"the time of the run was up before any row of {name} was deleted")


class TableArchive:
    """Archive one table, until the time is up that it has."""

    def __init__(
        self,
        run: ArchiveRun,
        session: ArchiveSession,
        definition: ArchivedTableDefinition,
        limits: PartLimits,
        *,
        ends_at: float,
    ) -> None:
        self._run = run
        self._definition = definition
        self._limits = limits
        self._ends_at = ends_at
        with session.reading(f"look at {definition.name}") as connection:
            refuse_dependents(connection, definition)
            self._shape = TableShape.read(connection, definition.name)
        self._rows = OldRows(
            session=session, definition=definition, shape=self._shape, cutoff=run.now - KEPT
        )
        self._deletion = Deletion(
            session=session,
            shape=self._shape,
            batch_rows=limits.batch_rows,
            seconds_left=self._seconds_left,
        )
        self._store = ArchiveStore(
            s3=run.aws("s3", read_timeout_seconds=S3_TIMEOUT_SECONDS),
            bucket=run.settings.archive_bucket,
            environment=run.settings.environment,
            key_arn=run.settings.archive_key_arn,
        )

    def archive(self, result: ArchiveResult) -> None:
        """Finish with earlier parts, then archive month after month."""
        inventory = self._store.inventory(self._definition.name)
        for place in inventory.pending:
            if not self._has_time(result):
                return
            manifest = self._store.read_manifest(place)
            self._finish(place, manifest, self._verified(manifest), result)
        for stretch in self._rows.stretches():
            first = inventory.last_numbers.get(stretch.month, 0) + 1
            if not self._archive_month(stretch, first, result):
                return

    def _archive_month(self, stretch: Stretch, number: int, result: ArchiveResult) -> bool:
        """Archive a month in parts from `number` on; tell whether there was time for all."""
        position: Position | None = None
        while self._has_time(result):
            part = self._rows.part(
                stretch,
                position,
                max_rows=self._limits.part_rows,
                max_bytes=self._limits.part_bytes,
            )
            if part.row_count:
                place = PartPlace(
                    environment=self._run.settings.environment,
                    table=self._definition.name,
                    month=stretch.month,
                    number=number,
                )
                self._archive_part(place, part, result)
                number += 1
            if part.is_last:
                return True
            position = part.position
        return False

    def _archive_part(self, place: PartPlace, part: ReadPart, result: ArchiveResult) -> None:
        manifest = PartManifest(
            table=place.table,
            month=f"{place.month:%Y-%m}",
            number=place.number,
            archived_at=self._run.now.isoformat(),
            row_count=part.row_count,
            key_column=self._shape.key.name,
            time_column=self._definition.time_column,
            columns={column.name: column.type_name for column in self._shape.columns},
            rows=self._store.put_rows(place, part.content),
        )
        rows = self._verified(manifest)
        self._store.put_manifest(place, manifest)
        result.parts += 1
        result.archived += part.row_count
        self._finish(place, manifest, rows, result)

    def _verified(self, manifest: PartManifest) -> list[VerifiedRow]:
        """Read the rows of a part back from the archive; refuse other bytes or another number."""
        content, key = self._store.read(manifest.rows), manifest.rows.key
        rows = verified_rows(content, key=key, key_column=manifest.key_column)
        if len({row.key for row in rows}) != manifest.row_count or manifest.row_count != len(rows):
            raise ArchiveError(f"{key} has {len(rows)} rows, expected {manifest.row_count}")
        return rows

    def _finish(
        self,
        place: PartPlace,
        manifest: PartManifest,
        rows: list[VerifiedRow],
        result: ArchiveResult,
    ) -> None:
        deletion = self._deletion.delete(rows)
        result.add(deletion)
        if deletion.is_done:
            note = {
                "rows": manifest.row_count,
                "rows_sha256": manifest.rows.sha256,
                "changed": deletion.changed,
                "run": self._run.now.isoformat(),
            }
            self._store.put_deleted(place, json.dumps(note).encode() + b"\n")

    def _has_time(self, result: ArchiveResult) -> bool:
        if self._seconds_left() < MIN_PART_SECONDS:
            result.is_complete = False
        return result.is_complete

    def _seconds_left(self) -> float:
        return min(self._ends_at - time.monotonic(), self._run.remaining_seconds)
