"""Bring a month back from the archive: checked against its checksums, the last version of each row.

The newest part is read first and a row that is there already is left alone, so whatever version
came last wins, a row still in the table above all. It can be run again at any time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection, Error, connect, sql

from watchkeeper.archive.manifest import PartManifest, PartPlace
from watchkeeper.archive.part import read_lines
from watchkeeper.archive.session import settings_of
from watchkeeper.archive.shape import TEXT_SETTINGS, TableShape
from watchkeeper.archive.store import ArchiveStore
from watchkeeper.backup.listing import batches
from watchkeeper.definitions.errors import ArchiveError

CONNECT_TIMEOUT_SECONDS = 10
ROWS_A_STATEMENT = 1000
INSERT = """
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {values}
FROM unnest(%(lines)s::text[]) AS raw (text)
CROSS JOIN LATERAL (SELECT raw.text::json AS line) AS archived
ON CONFLICT ({key}) DO NOTHING
"""


@dataclass(kw_only=True)
class RestoreResult:
    """Count parts and rows read, and how many of the rows were not there before."""

    parts: int = 0
    rows: int = 0
    restored: int = 0

    @property
    def there_already(self) -> int:
        """Count the rows that were left alone: in the table, or in a later part."""
        return self.rows - self.restored


Progress = Callable[[PartPlace, RestoreResult], None]


def restore_month(
    connection: Connection[Any],
    store: ArchiveStore,
    *,
    table: str,
    month: date,
    into: str | None = None,
    progress: Progress = lambda _place, _result: None,
) -> RestoreResult:
    """Insert the archived rows of one month; raise before the first when any part is unfit.

    `into` is a table of the same columns, by default the one the rows came from. Each thousand
    rows are a transaction of their own.
    """
    places = parts_of_month(store, table, month)
    manifests = [store.read_manifest(place) for place in places]
    with connection.transaction():
        connection.execute(settings_of(TEXT_SETTINGS))
        shape = TableShape.read(connection, into or table)
    for manifest in manifests:
        _refuse_unknown_columns(shape, manifest)
    result = RestoreResult()
    for place, manifest in zip(reversed(places), reversed(manifests), strict=True):
        for batch in batches(_verified_lines(store, manifest), ROWS_A_STATEMENT):
            result.restored += _insert(connection, shape, manifest, batch)
            result.rows += len(batch)
        result.parts += 1
        progress(place, result)
    return result


@contextmanager
def operators_database() -> Iterator[Connection[Any]]:
    """Connect to the database that libpq's variables name (PGHOST, PGDATABASE, PGUSER, …)."""
    try:
        with connect(connect_timeout=CONNECT_TIMEOUT_SECONDS, autocommit=True) as connection:
            yield connection
    except Error as error:
        raise ArchiveError(f"the database refused: {' '.join(str(error).split())}") from error


def parts_of_month(store: ArchiveStore, table: str, month: date) -> list[PartPlace]:
    """List the parts of a month in the order they came; refuse a month that has none."""
    manifested = store.inventory(table).manifested
    places = [place for place in manifested if place.month == month.replace(day=1)]
    if not places:
        there = sorted({f"{place.month:%Y-%m}" for place in manifested})
        raise ArchiveError(
            f"the archive has no rows of {table} of {month:%Y-%m}, expected one of "
            f"{', '.join(there) or 'no month: it is empty'}"
        )
    return places


def _refuse_unknown_columns(shape: TableShape, manifest: PartManifest) -> None:
    lacking = manifest.columns.keys() - {column.name for column in shape.columns}
    if lacking:
        raise ArchiveError(
            f"table {shape.name} lacks {', '.join(sorted(lacking))}, which "
            f"{manifest.rows.key} has: expected every archived column"
        )


def _verified_lines(store: ArchiveStore, manifest: PartManifest) -> list[str]:
    key = manifest.rows.key
    lines = [line.decode() for line in read_lines(store.read(manifest.rows), key)]
    if len(lines) != manifest.row_count:
        raise ArchiveError(f"{key} has {len(lines)} rows, expected {manifest.row_count}")
    return lines


def _insert(
    connection: Connection[Any], shape: TableShape, manifest: PartManifest, lines: list[str]
) -> int:
    columns = [
        column
        for column in shape.columns
        if column.name in manifest.columns and not column.is_generated
    ]
    values = [
        sql.SQL("(archived.line ->> {})::{}").format(
            sql.Literal(column.name),
            sql.SQL(column.type_name),
        )
        for column in columns
    ]
    statement = sql.SQL(INSERT).format(
        table=shape.identifier,
        columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        values=sql.SQL(", ").join(values),
        key=sql.Identifier(shape.key.name),
    )
    with connection.transaction():
        connection.execute(settings_of(TEXT_SETTINGS))
        return connection.execute(statement, {"lines": lines}).rowcount
