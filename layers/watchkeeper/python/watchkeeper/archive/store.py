"""The archive's bucket: nothing in it is ever written twice, and nothing deleted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from botocore.exceptions import BotoCoreError

from watchkeeper.archive.manifest import PartManifest, PartPlace
from watchkeeper.backup.bucket import GZIP, JSON
from watchkeeper.backup.calls import CallExhaustedError, ask
from watchkeeper.backup.export import StoredObject, sha256
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
        for key in self._keys(folder):
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
        content = self._get(Bucket=self.bucket, Key=place.manifest)
        return PartManifest.from_bytes(content, place.manifest)

    def read(self, stored: StoredObject) -> bytes:
        """Read an object as it was written; refuse other bytes."""
        content = self._get(Bucket=self.bucket, Key=stored.key, VersionId=stored.version_id)
        if sha256(content) != stored.sha256:
            raise ArchiveError(
                f"{stored.key} reads back as {len(content)} bytes that differ from the "
                f"{stored.size_bytes} written"
            )
        return content

    def _put(self, key: str, content: bytes, content_type: str) -> StoredObject:
        answer = ask(
            self.s3.put_object,
            Bucket=self.bucket,
            Key=key,
            Body=content,
            ContentType=content_type,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self.key_arn,
            ChecksumAlgorithm="SHA256",
            # Whoever else writes this very object, such as a second run, is refused.
            IfNoneMatch="*",
        )
        version_id = answer.get("VersionId", "")
        if version_id in ("", "null"):
            raise ArchiveError(f"bucket {self.bucket} keeps no versions: turn versioning on")
        return StoredObject(
            key=key, version_id=version_id, sha256=sha256(content), size_bytes=len(content)
        )

    def _get(self, **wanted: str) -> bytes:
        answer = ask(self.s3.get_object, **wanted)
        try:
            content: bytes = answer["Body"].read()
        except BotoCoreError as error:
            raise CallExhaustedError(f"{wanted['Key']} could not be read back") from error
        return content

    def _keys(self, folder: str) -> Iterator[str]:
        wanted = {"Bucket": self.bucket, "Prefix": folder}
        while True:
            page = ask(self.s3.list_objects_v2, **wanted)
            yield from (str(each["Key"]) for each in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            wanted["ContinuationToken"] = str(page["NextContinuationToken"])
