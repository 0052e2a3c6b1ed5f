"""What a table looks like today: whatever columns it has are archived, known or not.

Each value is written as PostgreSQL's own text of it, which its type reads back without loss (it is
what pg_dump relies on); a NULL is null. So nothing here has to know any type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from psycopg import Connection, sql

from watchkeeper.definitions.archived_table import ArchivedTableDefinition
from watchkeeper.definitions.errors import ArchiveError

SCHEMA = "public"
COLUMNS = """
SELECT attribute.attname,
       format_type(attribute.atttypid, -1),
       attribute.attgenerated <> '',
       coalesce(attribute.attnum = ANY (index.indkey), false)
FROM pg_attribute AS attribute
LEFT JOIN pg_index AS index ON index.indrelid = attribute.attrelid AND index.indisprimary
WHERE attribute.attrelid = %(table)s::regclass
    AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attnum
"""
# Rows of other tables that would be deleted, or changed, together with a row of this one.
DEPENDENTS = """
SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND confrelid = %(table)s::regclass AND confdeltype IN ('c', 'n', 'd')
ORDER BY 1
"""
# What the text of a value depends on, the same for whoever writes it and whoever compares it.
# Types are spelled with their schemas, since only the system's is searched.
TEXT_SETTINGS: Mapping[str, str] = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "search_path": "pg_catalog",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """Hold a column: `type_name` as SQL spells it; a generated one cannot be written."""

    name: str
    type_name: str
    is_generated: bool = False


@dataclass(frozen=True, kw_only=True)
class TableShape:
    """Hold a table's columns in their order, and which of them is the primary key."""

    name: str
    columns: tuple[Column, ...]
    key: Column

    @classmethod
    def read(cls, connection: Connection[Any], name: str) -> Self:
        """Read the shape of a table; refuse one without a primary key of one column."""
        table = {"table": f"{SCHEMA}.{name}"}
        rows = connection.execute(COLUMNS, table).fetchall()
        columns = tuple(
            Column(name=column, type_name=kind, is_generated=generated)
            for column, kind, generated, _ in rows
        )
        keys = [column for column, row in zip(columns, rows, strict=True) if row[3]]
        if len(keys) != 1:
            raise ArchiveError(
                f"table {name} has {len(keys)} columns in its primary key, expected one: "
                "by it a row is known again"
            )
        return cls(name=name, columns=columns, key=keys[0])

    @property
    def identifier(self) -> sql.Composable:
        """Name the table in a statement."""
        return sql.Identifier(SCHEMA, self.name)

    @property
    def line(self) -> sql.Composable:
        """Be the text of one row of `t`: a JSON object of texts, one line whatever is in it."""
        names = sql.SQL(", ").join(sql.Literal(column.name) for column in self.columns)
        values = sql.SQL(", ").join(
            sql.SQL("t.{}::text").format(sql.Identifier(column.name)) for column in self.columns
        )
        return sql.SQL("json_object(ARRAY[{}]::text[], ARRAY[{}]::text[])::text").format(
            names, values
        )

    @property
    def digest(self) -> sql.Composable:
        """Be the SHA-256 of that line."""
        return sql.SQL("sha256(convert_to({}, 'UTF8'))").format(self.line)

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise ArchiveError(f"table {self.name} has no column {name}")


def refuse_dependents(connection: Connection[Any], definition: ArchivedTableDefinition) -> None:
    """Raise when deleting a row would reach into another table, which is not archived."""
    table = {"table": f"{SCHEMA}.{definition.name}"}
    names = [str(row[0]) for row in connection.execute(DEPENDENTS, table)]
    if names:
        raise ArchiveError(
            f"{', '.join(names)} would change with every row deleted from {definition.name}: "
            "expected foreign keys without ON DELETE CASCADE, SET NULL or SET DEFAULT"
        )
