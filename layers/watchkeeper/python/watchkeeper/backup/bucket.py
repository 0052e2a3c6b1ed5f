"""Keep objects in the backup bucket: encrypted, versioned, read back before they count."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError

from watchkeeper.backup.calls import CallExhaustedError, ask
from watchkeeper.backup.export import StoredObject, sha256
from watchkeeper.definitions.errors import BackupError

JSON = "application/json"
GZIP = "application/gzip"


@dataclass(frozen=True, kw_only=True)
class BackupBucket:
    """Write and read objects of one bucket under one KMS key."""

    s3: Any
    name: str
    key_arn: str

    def put(self, key: str, content: bytes, content_type: str) -> StoredObject:
        """Write an object as a new version; refuse a bucket that keeps no versions."""
        answer = ask(
            self.s3.put_object,
            Bucket=self.name,
            Key=key,
            Body=content,
            ContentType=content_type,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self.key_arn,
            ChecksumAlgorithm="SHA256",
        )
        version_id = answer.get("VersionId", "")
        if version_id in ("", "null"):
            raise BackupError(f"bucket {self.name} keeps no versions: turn versioning on")
        return StoredObject(
            key=key, version_id=version_id, sha256=sha256(content), size_bytes=len(content)
        )

    def read(self, stored: StoredObject) -> bytes:
        """Read exactly the version that was written; refuse other bytes than were written."""
        answer = ask(
            self.s3.get_object,
            Bucket=self.name,
            Key=stored.key,
            VersionId=stored.version_id,
            ChecksumMode="ENABLED",
        )
        try:
            content: bytes = answer["Body"].read()
        except BotoCoreError as error:
            raise CallExhaustedError(f"{stored.key} could not be read back") from error
        if sha256(content) != stored.sha256:
            raise BackupError(
                f"{stored.key} reads back as {len(content)} bytes that differ from the "
                f"{stored.size_bytes} written"
            )
        return content
