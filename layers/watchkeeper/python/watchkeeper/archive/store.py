"""The archive's bucket: nothing in it is ever written twice, and nothing deleted."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from watchkeeper.archive.manifest import PartManifest, PartPlace
from watchkeeper.backup.bucket import GZIP, JSON, VersionedBucket
from watchkeeper.backup.export import StoredObject
from watchkeeper.definitions.errors import ArchiveError

KEY = re.compile(r"(\d{4}-\d{2})/part-(\d{6})\.(ndjson\.gz|manifest\.json|deleted\.json)")


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """Say what there is of one table: parts with a manifest, those deleted, the last numbers."""

    manifested: tuple[PartPlace, ...]
    deleted: frozenset[PartPlace]
    last_numbers: dict[date, int]

    @property
    def pending(self) -> tuple[PartPlace, ...]:
        """List the parts whose rows may still be in the database, oldest first."""
        return tuple(place for place in self.manifested if place not in self.deleted)


@dataclass(frozen=True, kw_only=True)
class ArchiveStore:
    """Write and read the archive of one environment; `key_arn` is needed to write only."""

    s3: Any
    bucket: str
    environment: str
    key_arn: str = ""

    def inventory(self, table: str) -> Inventory:
        """List what there is of a table."""
        found: dict[str, set[PartPlace]] = {}
        last: dict[date, int] = {}
        folder = f"{self.environment}/{table}/"
        for key in self._objects.keys(folder):
            match = KEY.fullmatch(key.removeprefix(folder))
            if match is None:
                continue
            month = datetime.strptime(match[1], "%Y-%m").replace(tzinfo=UTC).date()
            place = PartPlace(
                environment=self.environment, table=table, month=month, number=int(match[2])
            )
            found.setdefault(match[3], set()).add(place)
            last[month] = max(last.get(month, 0), place.number)
        return Inventory(
            manifested=tuple(sorted(found.get("manifest.json", ()), key=lambda each: each.name)),
            deleted=frozenset(found.get("deleted.json", ())),
            last_numbers=last,
        )

    def put_rows(self, place: PartPlace, content: bytes) -> StoredObject:
        """Write the rows of a part."""
        return self._put(place.rows, content, GZIP)

    def put_manifest(self, place: PartPlace, manifest: PartManifest) -> None:
        """Write the manifest of a part whose rows have been verified, and read it back."""
        self.read(self._put(place.manifest, manifest.to_bytes(), JSON))

    def put_deleted(self, place: PartPlace, content: bytes) -> None:
        """Note that the rows of a part are no longer in the database."""
        self._put(place.deleted, content, JSON)

    def read_manifest(self, place: PartPlace) -> PartManifest:
        """Read the manifest of a part."""
        content = self._objects.read_newest(place.manifest)
        return PartManifest.from_bytes(content, place.manifest)

    def read(self, stored: StoredObject) -> bytes:
        """Read an object as it was written; refuse other bytes."""
        return self._objects.read(stored)

    def _put(self, key: str, content: bytes, content_type: str) -> StoredObject:
        # Whoever else writes this very object, such as a second run, is refused.
        return self._objects.put(key, content, content_type, replaces=False)

    @property
    def _objects(self) -> VersionedBucket:
        return VersionedBucket(
            s3=self.s3, name=self.bucket, key_arn=self.key_arn, error=ArchiveError
        )
