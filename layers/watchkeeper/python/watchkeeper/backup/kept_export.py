"""Find an export in the backup bucket, and read it by its hashes."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from botocore.exceptions import BotoCoreError

from watchkeeper.backup.bucket import VersionedBucket
from watchkeeper.backup.calls import CallExhaustedError, CallRefusedError, ask
from watchkeeper.backup.export import (
    LATEST,
    MOMENT,
    Manifest,
    StoredObject,
    decompress,
    manifest_from_bytes,
    pointer_to,
    sha256,
    to_json,
)
from watchkeeper.backup.record import ParameterRecord, moment_to_text
from watchkeeper.definitions.errors import BackupError

APPROVED = "approved.json"
# What S3 says of an object that is not there.
ABSENT_CODES = frozenset({"NoSuchKey", "404"})
FOLDER = re.compile(r"(?P<folder>.+/\d{4}/\d{2}/\d{2}T\d{4}Z)(/(manifest\.json|parameters\..+))?")


@dataclass(frozen=True, kw_only=True)
class FoundManifest:
    """Hold a manifest and where exactly it is stored."""

    manifest: Manifest
    stored: StoredObject

    def to_approval(self, *, approved_at: datetime, approved_by: str) -> bytes:
        """Serialise the pointer that makes this export the approved one."""
        approval = {"approved_at": moment_to_text(approved_at), "approved_by": approved_by}
        return to_json({**pointer_to(self.manifest, self.stored), **approval})


@dataclass(frozen=True, kw_only=True)
class KeptExports:
    """Find and read the exports of one environment."""

    bucket: VersionedBucket
    environment: str

    def find(self, wanted: str) -> FoundManifest:
        """Find an export: `latest`, `approved`, the newest up to a date, or one by its key."""
        if wanted in ("latest", "approved"):
            found = self.pointed_to(LATEST if wanted == "latest" else APPROVED)
            if found is None:
                raise BackupError(
                    f"{self.environment}: there is no {wanted} export in {self.bucket.name}"
                )
            return found
        by_key = FOLDER.fullmatch(wanted)
        folder = by_key["folder"] if by_key else self._newest_folder(_day(wanted))
        return self._manifest(f"{folder}/manifest.json")

    def pointed_to(self, pointer: str) -> FoundManifest | None:
        """Find the export that a pointer points to; None when there is no such pointer."""
        key = f"{self.environment}/{pointer}"
        newest = self.newest(key)
        if newest is None:
            return None
        try:
            document = json.loads(newest[0])
            stored = StoredObject(
                key=document["manifest"],
                version_id=document["manifest_version_id"],
                sha256=document["sha256"],
                size_bytes=0,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BackupError(f"{key} is no pointer to an export") from error
        return FoundManifest(manifest=manifest_from_bytes(self.bucket.read(stored)), stored=stored)

    def records(self, found: FoundManifest) -> list[ParameterRecord]:
        """Read the parameters of an export, secrets sealed; refuse bytes that were changed."""
        records = decompress(self.bucket.read(found.manifest.export))
        versions = {each.name: each.current.version for each in records}
        if versions != found.manifest.versions:
            raise BackupError(f"{found.manifest.export.key} holds not what its manifest says")
        return records

    def _manifest(self, key: str) -> FoundManifest:
        newest = self.newest(key)
        if newest is None:
            raise BackupError(f"{key} is not in {self.bucket.name}")
        content, version_id = newest
        stored = StoredObject(
            key=key, version_id=version_id, sha256=sha256(content), size_bytes=len(content)
        )
        return FoundManifest(manifest=manifest_from_bytes(content), stored=stored)

    def newest(self, key: str) -> tuple[bytes, str] | None:
        """Read the newest version of an object, with its number; None when there is none."""
        try:
            answer = ask(self.bucket.s3.get_object, Bucket=self.bucket.name, Key=key)
            return answer["Body"].read(), answer.get("VersionId", "")
        except CallRefusedError as error:
            if error.code in ABSENT_CODES:
                return None
            raise BackupError(f"{key} of {self.bucket.name}: {error}") from error
        except BotoCoreError as error:
            raise CallExhaustedError(f"{key} could not be read") from error

    def _newest_folder(self, day: date) -> str:
        """Find the folder of the newest verified export of that day or before it."""
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        prefix = f"{self.environment}/"
        folders = sorted(
            folder
            for key in self.bucket.keys(f"{prefix}2")
            if key.endswith("/manifest.json")
            and (folder := key.removesuffix("/manifest.json")) < f"{prefix}{end:{MOMENT}}"
        )
        if not folders:
            raise BackupError(f"{self.environment}: there is no export of {day} or before it")
        return folders[-1]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BackupError(
            f"found the export {text!r}, expected latest, approved, a date such as 2026-02-01 or "
            "the key of a manifest"
        ) from error
