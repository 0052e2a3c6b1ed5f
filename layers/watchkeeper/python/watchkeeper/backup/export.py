"""Lay out what an export writes: object keys, the compressed lines, the manifest, the pointer."""

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from watchkeeper.backup.record import (
    ParameterRecord,
    exactly,
    from_line,
    moment_from_text,
    moment_to_text,
    of_type,
    require_types,
    to_line,
)
from watchkeeper.definitions.errors import BackupError

FORMAT_VERSION = 1
LATEST = "latest.json"
# The folder of a run: by its time (UTC), so that names in their order are runs in theirs.
MOMENT = "%Y/%m/%dT%H%MZ"


@dataclass(frozen=True, kw_only=True)
class ExportKeys:
    """Name the objects of one run: the same for the same scheduled time."""

    environment: str
    scheduled_at: datetime

    @property
    def folder(self) -> str:
        """Give the folder of the run, without the closing slash."""
        return f"{self.environment}/{self.scheduled_at.astimezone(UTC):{MOMENT}}"

    @property
    def parameters(self) -> str:
        """Name the export itself."""
        return f"{self.folder}/parameters.ndjson.gz"

    @property
    def manifest(self) -> str:
        """Name the manifest."""
        return f"{self.folder}/manifest.json"

    @property
    def latest(self) -> str:
        """Name the pointer to the newest verified export of the environment."""
        return f"{self.environment}/{LATEST}"


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """Say where some bytes are kept, and how to know them again."""

    key: str
    version_id: str
    sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        """Refuse fields of the wrong type."""
        require_types(self, str, "key", "version_id", "sha256")
        require_types(self, int, "size_bytes")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Describe one verified export; holds no value and no hash of one."""

    environment: str
    path: str
    key_arn: str
    started_at: datetime
    completed_at: datetime
    by_type: Mapping[str, int]
    by_tier: Mapping[str, int]
    versions: Mapping[str, int]
    export: StoredObject

    def __post_init__(self) -> None:
        """Refuse fields of the wrong type."""
        require_types(self, str, "environment", "path", "key_arn")
        require_types(self, dict, "by_type", "by_tier", "versions")
        for numbers in (self.by_type, self.by_tier, self.versions):
            for name, number in numbers.items():
                of_type(number, int, f"the number of {name}")

    @property
    def count(self) -> int:
        """Count the parameters."""
        return len(self.versions)

    def to_bytes(self) -> bytes:
        """Serialise the manifest."""
        document = {
            "format_version": FORMAT_VERSION,
            "environment": self.environment,
            "path": self.path,
            "key_arn": self.key_arn,
            "started_at": moment_to_text(self.started_at),
            "completed_at": moment_to_text(self.completed_at),
            "count": self.count,
            "by_type": dict(self.by_type),
            "by_tier": dict(self.by_tier),
            "export": asdict(self.export),
            "versions": dict(self.versions),
        }
        return to_json(document)


def to_json(document: Mapping[str, Any]) -> bytes:
    """Serialise a small document for people and programs."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def manifest_from_bytes(content: bytes) -> Manifest:
    """Read a manifest; refuse another format version and anything but its exact fields."""
    document = _json(content, "the manifest")
    names = {each.name for each in fields(Manifest)} | {"format_version", "count"}
    exactly(document, names, "the manifest")
    exactly(document["export"], {each.name for each in fields(StoredObject)}, "the export")
    version, count = document.pop("format_version"), document.pop("count")
    if version != FORMAT_VERSION:
        raise BackupError(f"the manifest has format {version}, expected {FORMAT_VERSION}")
    document["export"] = StoredObject(**document["export"])
    for name in ("started_at", "completed_at"):
        document[name] = moment_from_text(document[name])
    manifest = Manifest(**document)
    if count != manifest.count:
        raise BackupError(f"the manifest counts {count} parameters and names {manifest.count}")
    return manifest


def pointer_to(manifest: Manifest, stored: StoredObject) -> dict[str, Any]:
    """Give the pointer to a manifest that is stored; its hash is the manifest's."""
    return {
        "completed_at": moment_to_text(manifest.completed_at),
        "manifest": stored.key,
        "manifest_version_id": stored.version_id,
        "count": manifest.count,
        "sha256": stored.sha256,
    }


def pointer_to_bytes(manifest: Manifest, stored: StoredObject) -> bytes:
    """Serialise the pointer to a manifest that is stored."""
    return to_json(pointer_to(manifest, stored))


def compress(records: Iterable[ParameterRecord]) -> bytes:
    """Write sealed records as compressed lines, sorted by name; equal records give equal bytes."""
    lines = (to_line(each) + "\n" for each in sorted(records, key=lambda each: each.name))
    return gzip.compress("".join(lines).encode(), mtime=0)


def decompress(content: bytes) -> list[ParameterRecord]:
    """Read compressed lines back; refuse anything cut short, unsorted or of another form."""
    try:
        text = gzip.decompress(content).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BackupError(
            "the export cannot be decompressed: it is cut short or damaged"
        ) from error
    if not text.endswith("\n"):
        raise BackupError("the export does not end with a line end: it is cut short")
    records = [_record(number, line) for number, line in enumerate(text[:-1].split("\n"), start=1)]
    names = [each.name for each in records]
    if names != sorted(set(names)):
        raise BackupError("the export's names are not sorted and different")
    return records


def counted(records: Sequence[ParameterRecord], attribute: str) -> dict[str, int]:
    """Count records by an attribute of their current version; `unknown` when it is empty."""
    return dict(
        sorted(Counter(getattr(r.current, attribute) or "unknown" for r in records).items())
    )


def sha256(content: bytes) -> str:
    """Hash bytes as they are stored, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _record(number: int, line: str) -> ParameterRecord:
    try:
        return from_line(line)
    except BackupError as error:
        raise BackupError(f"line {number} of the export: {error}") from error


def _json(content: bytes, what: str) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise BackupError(f"{what} is not JSON") from error
