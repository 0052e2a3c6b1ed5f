"""Read old rows in the order of their time, a part at a time, whatever the table's size."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from psycopg import sql

from watchkeeper.archive.part import PartWriter
from watchkeeper.archive.session import ArchiveSession
from watchkeeper.archive.shape import TableShape
from watchkeeper.collection.database import DeadlineConnection
from watchkeeper.definitions.archived_table import ArchivedTableDefinition

# A time before this, or an infinite one, is somebody's mistake: such a row stays where it is.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
# Rows may be large: a fetch of them is in memory beside the part.
ROWS_A_FETCH = 250

OLDEST = """
SELECT min(t.{time})::timestamptz FROM {table} AS t
WHERE t.{time} >= %(since)s AND t.{time} < %(until)s
"""
ROWS = """
SELECT t.{key}::text, t.{time}::text, {line}, t.{kept_by}::text
FROM {table} AS t
WHERE t.{time} >= %(since)s AND t.{time} < %(until)s {after}
ORDER BY t.{time}, t.{key}
LIMIT %(limit)s
"""
AFTER = """
AND t.{time} >= %(time)s::text::{time_type}
AND (t.{time}, t.{key}) > (%(time)s::text::{time_type}, %(key)s::text::{key_type})
"""
NEWEST = """
SELECT t.{key}::text FROM {table} AS t
WHERE t.{kept_by} = %(value)s::text::{kept_type} ORDER BY t.{time} DESC, t.{key} DESC LIMIT 1
"""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Be the old rows of one month: those since its first moment and before `until`."""

    month: date
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Position:
    """Be a place in the order of rows: that of the row with this time and key."""

    time: str
    key: str


@dataclass(frozen=True, kw_only=True)
class ReadPart:
    """Hold some rows, compressed, and the position of the last; `is_last` when no more follow."""

    content: bytes
    row_count: int
    position: Position | None
    is_last: bool


def stretch_of(moment: datetime, cutoff: datetime) -> Stretch:
    """Return the stretch that a row of this time is in."""
    first = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = divmod(first.year * 12 + first.month, 12)
    following = first.replace(year=year, month=month + 1)
    return Stretch(month=first.date(), since=first, until=min(following, cutoff))


@dataclass(frozen=True, kw_only=True)
class OldRows:
    """Read the rows of one table that are older than `cutoff`."""

    session: ArchiveSession
    definition: ArchivedTableDefinition
    shape: TableShape
    cutoff: datetime

    def stretches(self) -> Iterator[Stretch]:
        """Yield the months that have old rows, oldest first."""
        since = EARLIEST
        while since < self.cutoff:
            moment = self._oldest(since)
            if moment is None:
                return
            stretch = stretch_of(moment, self.cutoff)
            yield stretch
            since = stretch.until

    def _oldest(self, since: datetime) -> datetime | None:
        with self.session.reading(f"read {self.shape.name}") as connection:
            parameters = {"since": since, "until": self.cutoff}
            row = connection.execute(self._statement(OLDEST), parameters).fetchone()
        return row[0] if row else None

    def part(
        self, stretch: Stretch, after: Position | None, *, max_rows: int, max_bytes: int
    ) -> ReadPart:
        """Read and compress the next rows of a month; a part ends at either number."""
        parameters = {"since": stretch.since, "until": stretch.until, "limit": max_rows}
        if after is not None:
            parameters |= {"time": after.time, "key": after.key}
        writer, position, is_last = PartWriter(), after, True
        newest: dict[str, str] = {}
        with (
            self.session.reading(f"read {self.shape.name}") as connection,
            connection.cursor("old_rows") as cursor,
        ):
            cursor.itersize = ROWS_A_FETCH
            for read, (key, time, line, kept_by) in enumerate(
                cursor.execute(self._rows_statement(after), parameters), start=1
            ):
                position = Position(time=time, key=key)
                if not self._stays(connection, newest, kept_by, key):
                    writer.add(line)
                if read == max_rows or writer.line_bytes >= max_bytes:
                    is_last = False
                    break
        return ReadPart(
            content=writer.content(),
            row_count=writer.row_count,
            position=position,
            is_last=is_last,
        )

    def _stays(
        self, connection: DeadlineConnection, newest: dict[str, str], kept_by: str | None, key: str
    ) -> bool:
        """Tell whether a row is the newest of its kind, which stays."""
        if not self.definition.newest_kept_by or kept_by is None:
            return False
        if kept_by not in newest:
            row = connection.execute(self._statement(NEWEST), {"value": kept_by}).fetchone()
            newest[kept_by] = str(row[0]) if row else ""
        return newest[kept_by] == key

    def _rows_statement(self, after: Position | None) -> sql.Composed:
        condition = sql.SQL("") if after is None else self._statement(AFTER)
        return self._statement(ROWS, after=condition)

    def _statement(self, text: str, **more: sql.Composable) -> sql.Composed:
        shape, time = self.shape, self.shape.column(self.definition.time_column)
        kept_by = shape.column(self.definition.newest_kept_by or shape.key.name)
        return sql.SQL(text).format(
            table=shape.identifier,
            key=sql.Identifier(shape.key.name),
            key_type=sql.SQL(shape.key.type_name),
            time=sql.Identifier(time.name),
            time_type=sql.SQL(time.type_name),
            kept_by=sql.Identifier(kept_by.name),
            kept_type=sql.SQL(kept_by.type_name),
            line=shape.line,
            **more,
        )
