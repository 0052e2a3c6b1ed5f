"""Which recommended indexes a database lacks, and which of its indexes nobody uses.

Indexes are compared by what they do, not by name: table, leading columns, condition.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from watchkeeper.workloads.storytailor.indexes import IndexDefinition

# The server writes a condition with casts and brackets of its own: (status = 'x'::text).
CAST = re.compile(
    r"::(?:character varying|timestamp with(?:out)? time zone|double precision|\"?[\w.]+\"?)"
    r"(?:\(\d+\))?(?:\[\])?"
)
BRACKETS_AND_SPACE = re.compile(r"[()\s]+")


@dataclass(frozen=True, kw_only=True)
class FoundIndex:
    """Hold one row of `table_indexes.sql`; `name` is None for a table without any index."""

    table: str
    table_columns: tuple[str, ...]
    name: str | None
    columns: tuple[str, ...]
    predicate: str
    is_usable: bool
    is_constraint: bool
    scans: int

    @classmethod
    def of(cls, row: Sequence[object]) -> "FoundIndex":
        """Read a row."""
        table, table_columns, name, columns, predicate, is_usable, is_constraint, scans = row
        return cls(
            table=str(table),
            table_columns=_texts(table_columns),
            name=None if name is None else str(name),
            columns=_texts(columns),
            predicate=str(predicate),
            is_usable=bool(is_usable),
            is_constraint=bool(is_constraint),
            scans=int(str(scans)),
        )


def missing_indexes(
    recommended: Iterable[IndexDefinition], found: Sequence[FoundIndex]
) -> list[str]:
    """Name the recommended indexes whose work none of those found does.

    Where a table or a column is absent, as some of Storytailor's may be, nothing is missing.
    """
    columns = {index.table: index.table_columns for index in found}
    return [
        wanted.name
        for wanted in recommended
        if set(wanted.columns) <= set(columns.get(wanted.table, ()))
        and not any(_does_the_work(index, wanted) for index in found)
    ]


def unused_indexes(found: Iterable[FoundIndex]) -> list[str]:
    """Name the indexes that no query has used and that enforce nothing."""
    return sorted(
        index.name
        for index in found
        if index.name is not None and not index.is_constraint and not index.scans
    )


def normalised(predicate: str) -> str:
    """Return a condition without the casts, brackets and spaces that do not change it."""
    return BRACKETS_AND_SPACE.sub("", CAST.sub("", predicate)).lower()


def _does_the_work(index: FoundIndex, wanted: IndexDefinition) -> bool:
    return (
        index.is_usable
        and index.table == wanted.table
        and index.columns[: len(wanted.columns)] == wanted.columns
        and normalised(index.predicate) == normalised(wanted.predicate)
    )


def _texts(values: object) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, list | tuple) else ()
