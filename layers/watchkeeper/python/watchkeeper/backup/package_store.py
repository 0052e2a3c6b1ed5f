"""Keep deployment packages by their content: streamed in parts, hashed on the way, read back."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError

from watchkeeper.backup.bucket import VersionedBucket
from watchkeeper.backup.calls import (
    CallExhaustedError,
    CallRefusedError,
    Remaining,
    ask,
    out_of_time,
)
from watchkeeper.backup.export import StoredObject
from watchkeeper.backup.kept_export import ABSENT_CODES
from watchkeeper.definitions.errors import BackupError

# Memory holds one part at a time; S3 takes none below 5 MB but the last.
PART_BYTES = 8 * 1024 * 1024
# Lambda's own limit is 250 MB unpacked (AWS Lambda Developer Guide, quotas).
MAX_PACKAGE_BYTES = 256 * 1024 * 1024
# The bucket lets go of what is older than 400 days, though its function may run it still.
RENEWED_AFTER = timedelta(days=330)
ZIP = "application/zip"


@dataclass(frozen=True, kw_only=True)
class PackageStore:
    """Store packages below a folder of a bucket, each once however many runs find it."""

    bucket: VersionedBucket
    folder: str
    remaining: Remaining

    def find(self, sha256: str, now: datetime) -> StoredObject | None:
        """Find a package that is kept and will be for months; `sha256` is hexadecimal."""
        key = self._key(sha256)
        try:
            answer = ask(self.bucket.s3.head_object, Bucket=self.bucket.name, Key=key)
        except CallRefusedError as error:
            if error.code in ABSENT_CODES:
                return None
            raise BackupError(f"{key}: {error}") from error
        if now - answer["LastModified"] > RENEWED_AFTER:
            return None
        return StoredObject(
            key=key,
            version_id=answer.get("VersionId", ""),
            sha256=sha256,
            size_bytes=answer["ContentLength"],
        )

    def keep(self, sha256: str, stream: BinaryIO) -> StoredObject:
        """Store a package and read it back; refuse it when its hash is not what was announced."""
        parts = self._parts(stream)
        digest = hashlib.sha256()
        first = next(parts, b"")
        digest.update(first)
        if len(first) < PART_BYTES:
            stored = self._put(sha256, digest, first)
        else:
            stored = self._upload(sha256, digest, first, parts)
        self._read_back(stored)
        return stored

    def _key(self, sha256: str) -> str:
        return f"{self.folder}/{sha256}.zip"

    def _object(self, sha256: str) -> dict[str, str]:
        return {"Bucket": self.bucket.name, "Key": self._key(sha256)}

    def _parts(self, stream: BinaryIO) -> Iterator[bytes]:
        total = 0
        while True:
            part = self._part(stream)
            total += len(part)
            if total > MAX_PACKAGE_BYTES:
                raise BackupError(f"a package is larger than {MAX_PACKAGE_BYTES} bytes")
            if not part:
                return
            yield part
            if len(part) < PART_BYTES:
                return

    def _part(self, stream: BinaryIO) -> bytes:
        """Read one part to its end: a socket gives as little as it likes."""
        pieces: list[bytes] = []
        missing = PART_BYTES
        while missing:
            if self.remaining() <= 0:
                raise out_of_time()
            try:
                piece = stream.read(min(missing, 1024 * 1024))
            except (OSError, BotoCoreError) as error:
                raise CallExhaustedError(
                    f"a package broke off while it was read ({type(error).__name__})"
                ) from error
            if not piece:
                break
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _put(self, sha256: str, digest: Any, content: bytes) -> StoredObject:
        _refuse_other(sha256, digest.hexdigest())
        return self.bucket.put(self._key(sha256), content, ZIP)

    def _upload(
        self, sha256: str, digest: Any, first: bytes, rest: Iterator[bytes]
    ) -> StoredObject:
        started = ask(
            self.bucket.s3.create_multipart_upload,
            **self._object(sha256),
            **self.bucket.sealed(ZIP),
        )
        upload = {**self._object(sha256), "UploadId": started["UploadId"]}
        try:
            etags = [self._upload_part(upload, 1, first)]
            size = len(first)
            for number, part in enumerate(rest, start=2):
                digest.update(part)
                etags.append(self._upload_part(upload, number, part))
                size += len(part)
            _refuse_other(sha256, digest.hexdigest())
        except BaseException:
            # What stays of an upload that cannot be ended either, the bucket throws away itself.
            with suppress(BackupError):
                ask(self.bucket.s3.abort_multipart_upload, **upload)
            raise
        answer = ask(
            self.bucket.s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": etags}
        )
        return self.bucket.written(answer, self._key(sha256), digest=sha256, size_bytes=size)

    def _upload_part(self, upload: dict[str, str], number: int, content: bytes) -> dict[str, Any]:
        answer = ask(self.bucket.s3.upload_part, **upload, PartNumber=number, Body=content)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _read_back(self, stored: StoredObject) -> None:
        answer = ask(
            self.bucket.s3.get_object,
            Bucket=self.bucket.name,
            Key=stored.key,
            VersionId=stored.version_id,
        )
        digest = hashlib.sha256()
        for part in self._parts(answer["Body"]):
            digest.update(part)
        if digest.hexdigest() != stored.sha256:
            raise BackupError(f"{stored.key} reads back as other bytes than were written")


def _refuse_other(announced: str, found: str) -> None:
    if found != announced:
        raise BackupError(
            f"a package has the hash {found}, expected {announced} as Lambda announced it"
        )
