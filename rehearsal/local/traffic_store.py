"""Write planned changes to the database, a whole interval in one transaction."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from rehearsal.local.traffic_plan import Change

Connection = psycopg.Connection[Any]
Rows = dict[UUID, dict[str, Any]]

COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod)
  FROM pg_attribute
 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""


def connect_alike(connection: Connection) -> Connection:
    """Open another connection to the same database as the same user."""
    password = connection.info.password
    return psycopg.connect(connection.info.dsn, password=password, autocommit=True)


class TrafficStore:
    """Write changes to whatever columns the tables have: optional ones may be missing."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._types: dict[str, dict[str, str]] = {}

    def write(self, changes: Iterable[Change]) -> int:
        """Write changes, in the order given, as one transaction; return how many rows it touched.

        A row that is inserted and changed within the same call is inserted as it ends up.
        """
        fresh: dict[str, Rows] = defaultdict(dict)
        changed: dict[str, Rows] = defaultdict(dict)
        for change in changes:
            if change.is_new:
                fresh[change.table][change.id] = dict(change.values)
            elif change.id in fresh[change.table]:
                fresh[change.table][change.id].update(change.values)
            else:
                changed[change.table].setdefault(change.id, {}).update(change.values)
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for table, rows in fresh.items():
                self._insert(cursor, table, rows)
            for table, rows in changed.items():
                self._update(cursor, table, rows)
        return sum(len(rows) for tables in (fresh, changed) for rows in tables.values())

    def existing(self, table: str, ids: Iterable[UUID]) -> set[UUID]:
        """Return those of the given ids that the table has."""
        query = sql.SQL("SELECT id FROM {} WHERE id = ANY(%s)").format(sql.Identifier(table))
        return {row[0] for row in self.connection.execute(query, (list(ids),))}

    def _types_of(self, table: str) -> dict[str, str]:
        if table not in self._types:
            self._types[table] = dict(self.connection.execute(COLUMNS, (table,)).fetchall())
        return self._types[table]

    def _known(self, table: str, columns: Iterable[str]) -> list[str]:
        return sorted(set(columns) & set(self._types_of(table)))

    def _insert(self, cursor: "psycopg.Cursor[Any]", table: str, rows: Rows) -> None:
        if not rows:
            return
        columns = self._known(table, {name for row in rows.values() for name in row})
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, ["id", *columns]))
        )
        with cursor.copy(statement) as copy:
            for row_id, row in rows.items():
                copy.write_row((row_id, *(row.get(name) for name in columns)))

    def _update(self, cursor: "psycopg.Cursor[Any]", table: str, rows: Rows) -> None:
        by_columns: dict[tuple[str, ...], Rows] = defaultdict(dict)
        for row_id, row in rows.items():
            by_columns[tuple(self._known(table, row))][row_id] = row
        for columns, alike in by_columns.items():
            if columns:
                statement = self._update_statement(table, columns)
                values = [[row[name] for row in alike.values()] for name in columns]
                cursor.execute(statement, [list(alike), *values])

    def _update_statement(self, table: str, columns: tuple[str, ...]) -> sql.Composed:
        types = self._types_of(table)
        assignments = [
            sql.SQL("{0} = changed.{0}").format(sql.Identifier(name)) for name in columns
        ]
        arrays = [sql.SQL("%s::{}[]").format(sql.SQL(types[name])) for name in ("id", *columns)]
        return sql.SQL(
            "UPDATE {table} SET {assignments} FROM unnest({arrays}) AS changed ({names})"
            " WHERE {table}.id = changed.id"
        ).format(
            table=sql.Identifier(table),
            assignments=sql.SQL(", ").join(assignments),
            arrays=sql.SQL(", ").join(arrays),
            names=sql.SQL(", ").join(map(sql.Identifier, ("id", *columns))),
        )
