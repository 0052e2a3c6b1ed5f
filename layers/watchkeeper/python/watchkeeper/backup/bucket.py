"""Keep objects in a bucket: encrypted, versioned, read back before they count."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError

from watchkeeper.backup.calls import CallExhaustedError, ask
from watchkeeper.backup.export import StoredObject, sha256
from watchkeeper.definitions.errors import BackupError, WatchkeeperError

JSON = "application/json"
GZIP = "application/gzip"


@dataclass(frozen=True, kw_only=True)
class VersionedBucket:
    """Write and read objects of one bucket; its KMS key is needed to write only.

    `error` is raised of a bucket that keeps no versions and of bytes that are not as written.
    """

    s3: Any
    name: str
    key_arn: str = ""
    error: type[WatchkeeperError] = BackupError

    def put(
        self, key: str, content: bytes, content_type: str, *, replaces: bool = True
    ) -> StoredObject:
        """Write an object as a new version; refuse a bucket that keeps no versions.

        Without `replaces`, S3 refuses it where the object is there already.
        """
        condition = {} if replaces else {"IfNoneMatch": "*"}
        answer = ask(
            self.s3.put_object,
            Bucket=self.name,
            Key=key,
            Body=content,
            ChecksumAlgorithm="SHA256",
            **self.sealed(content_type),
            **condition,
        )
        return self.written(answer, key, digest=sha256(content), size_bytes=len(content))

    def sealed(self, content_type: str) -> Mapping[str, str]:
        """Give what S3 is told of each object: its type, and the key that it is under."""
        return {
            "ContentType": content_type,
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": self.key_arn,
        }

    def written(
        self, answer: Mapping[str, Any], key: str, *, digest: str, size_bytes: int
    ) -> StoredObject:
        """Say where an object is by S3's answer to its writing; refuse one without a version."""
        version_id = answer.get("VersionId", "")
        if version_id in ("", "null"):
            raise self.error(f"bucket {self.name} keeps no versions: turn versioning on")
        return StoredObject(key=key, version_id=version_id, sha256=digest, size_bytes=size_bytes)

    def read(self, stored: StoredObject) -> bytes:
        """Read exactly the version that was written; refuse other bytes than were written."""
        content = self._content(stored.key, VersionId=stored.version_id)
        if sha256(content) != stored.sha256:
            raise self.error(
                f"{stored.key} reads back as {len(content)} bytes that differ from the "
                f"{stored.size_bytes} written"
            )
        return content

    def read_newest(self, key: str) -> bytes:
        """Read the newest version of an object, whatever it is."""
        return self._content(key)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys of all objects that begin so, in their order."""
        wanted = {"Bucket": self.name, "Prefix": prefix}
        while True:
            page = ask(self.s3.list_objects_v2, **wanted)
            yield from (str(each["Key"]) for each in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            wanted["ContinuationToken"] = str(page["NextContinuationToken"])

    def _content(self, key: str, **version: str) -> bytes:
        answer = ask(
            self.s3.get_object, Bucket=self.name, Key=key, ChecksumMode="ENABLED", **version
        )
        try:
            content: bytes = answer["Body"].read()
        except BotoCoreError as error:
            raise CallExhaustedError(f"{key} could not be read back") from error
        return content
