"""What is said about each part beside it: which rows, of which table, and how to know its bytes."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

from watchkeeper.backup.export import StoredObject, to_json
from watchkeeper.backup.record import exactly
from watchkeeper.definitions.errors import ArchiveError, BackupError

FORMAT_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class PartPlace:
    """Say where a part is: parts of a month are numbered from 1, in the order they came.

    `month` is that of the rows' time, by its first day.
    """

    environment: str
    table: str
    month: date
    number: int

    @property
    def name(self) -> str:
        """Name the part's objects, without their endings."""
        folder = f"{self.environment}/{self.table}/{self.month:%Y-%m}"
        return f"{folder}/part-{self.number:06d}"

    @property
    def rows(self) -> str:
        """Name the rows themselves."""
        return f"{self.name}.ndjson.gz"

    @property
    def manifest(self) -> str:
        """Name what says that the rows are there, read back and compared."""
        return f"{self.name}.manifest.json"

    @property
    def deleted(self) -> str:
        """Name what says that the rows have been deleted from the database."""
        return f"{self.name}.deleted.json"


@dataclass(frozen=True, kw_only=True)
class PartManifest:
    """Describe one verified part; `columns` maps names to types as they were."""

    table: str
    month: str
    number: int
    archived_at: str
    row_count: int
    key_column: str
    time_column: str
    columns: dict[str, str]
    rows: StoredObject

    def to_bytes(self) -> bytes:
        """Serialise the manifest."""
        return to_json({"format_version": FORMAT_VERSION, **asdict(self)})

    @classmethod
    def from_bytes(cls, content: bytes, key: str) -> Self:
        """Read a manifest; refuse another format and anything but exactly its fields."""
        try:
            document: dict[str, Any] = json.loads(content)
            exactly(document, {"format_version", *(each.name for each in fields(cls))}, key)
            if document.pop("format_version") != FORMAT_VERSION:
                raise ArchiveError(f"{key} is of another format, expected {FORMAT_VERSION}")
            return cls(**{**document, "rows": StoredObject(**document["rows"])})
        except (ValueError, TypeError, BackupError) as error:
            raise ArchiveError(f"{key} is no manifest: {error}") from error
