"""Which tables are archived: their name, and the column that says how old a row is."""

import re
from dataclasses import dataclass

from watchkeeper.definitions.errors import DefinitionError

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, kw_only=True)
class ArchivedTableDefinition:
    """Declare a table whose old rows are archived, by the time in `time_column`.

    `newest_kept_by` names a column: of each of its values the newest row stays, however old, since
    somebody asks when that happened last.
    """

    name: str
    time_column: str
    newest_kept_by: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no plain name of PostgreSQL's."""
        for name in filter(None, (self.name, self.time_column, self.newest_kept_by)):
            if not NAME.fullmatch(name):
                raise DefinitionError(f"archived table: name {name!r}, expected snake_case")
