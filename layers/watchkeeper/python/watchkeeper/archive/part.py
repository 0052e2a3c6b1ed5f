"""A part of the archive: some rows of one table and month, one line each, compressed."""

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from watchkeeper.definitions.errors import ArchiveError

# Lambda's processor is a fraction of one: most of what compression gains, at a third of its time.
COMPRESSION_LEVEL = 3


@dataclass(frozen=True, kw_only=True)
class VerifiedRow:
    """Know a row again: its key, and the SHA-256 of its line as it was read back."""

    key: str
    digest: bytes


class PartWriter:
    """Compress lines as they come; the same lines give the same bytes, whenever."""

    def __init__(self) -> None:
        self.row_count = 0
        self.line_bytes = 0
        self._buffer = io.BytesIO()
        self._gzip = gzip.GzipFile(
            filename="", mode="wb", compresslevel=COMPRESSION_LEVEL, fileobj=self._buffer, mtime=0
        )

    def add(self, line: str) -> None:
        """Add a line, which has no line end."""
        encoded = line.encode()
        self._gzip.write(encoded)
        self._gzip.write(b"\n")
        self.row_count += 1
        self.line_bytes += len(encoded) + 1

    def content(self) -> bytes:
        """Finish and return the compressed bytes."""
        self._gzip.close()
        return self._buffer.getvalue()


def read_lines(content: bytes, key: str) -> Iterator[bytes]:
    """Decompress a part line by line, without line ends; refuse what is damaged or cut off."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    raise ArchiveError(f"{key} ends in the middle of a line")
                yield line[:-1]
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(f"{key} is no gzip file: {error}") from error


def verified_rows(content: bytes, *, key: str, key_column: str) -> list[VerifiedRow]:
    """Read the rows of a part as what they may be deleted by."""
    return [
        VerifiedRow(
            key=str(parse_line(line, key)[key_column]), digest=hashlib.sha256(line).digest()
        )
        for line in read_lines(content, key)
    ]


def parse_line(line: bytes, key: str) -> dict[str, Any]:
    """Read one row: texts and nulls by the names of columns."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ArchiveError(f"{key} holds a line that is no JSON") from error
    if not isinstance(row, dict):
        raise ArchiveError(f"{key} holds a line that is a {type(row).__name__}, expected an object")
    return row
