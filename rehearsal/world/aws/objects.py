"""S3: objects with versions, as the backup writes them and its check reads them."""

from collections.abc import Callable, Mapping
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown

NO_SUCH_KEY = (
    b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
)


class Objects:
    """Answer `PutObject`, `GetObject` and `HeadObject` of versioned buckets.

    `now` gives the seconds since 1970, for the times that objects are written.
    """

    def __init__(
        self, objects: Mapping[tuple[str, str], bytes], now: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._versions = {name: [content] for name, content in objects.items()}
        self._now = now
        self._written = dict.fromkeys(self._versions, now())

    def add(self, objects: Mapping[tuple[str, str], bytes]) -> None:
        """Add objects that were written before."""
        for name, content in objects.items():
            self._versions.setdefault(name, []).append(content)
            self._written[name] = self._now()

    def all_newest(self) -> dict[tuple[str, str], bytes]:
        """Give what every object holds."""
        return {name: versions[-1] for name, versions in self._versions.items()}

    def __call__(self, call: Call) -> Answer:
        """Answer a call to S3, with the bucket as the first part of its path."""
        parts = urlsplit(f"//host/{call.path}")
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        match call.operation:
            case "PutObject":
                return self._put(bucket, key, call.body)
            case "HeadObject":
                return self._head(bucket, key)
            case "GetObject":
                return self._get(bucket, key, parse_qs(parts.query).get("versionId", [""])[0])
            case _:
                return refuse_unknown("s3", call)

    def newest(self, name: tuple[str, str]) -> bytes:
        """Give what an object holds, by its bucket and key."""
        return self._versions[name][-1]

    def _put(self, bucket: str, key: str, body: bytes) -> Answer:
        versions = self._versions.setdefault((bucket, key), [])
        versions.append(without_chunks(body))
        self._written[bucket, key] = self._now()
        return Answer(body=b"", headers={"x-amz-version-id": str(len(versions))})

    def _head(self, bucket: str, key: str) -> Answer:
        versions = self._versions.get((bucket, key), [])
        if not versions:
            return Answer(body=b"", status=404)
        headers = {
            "x-amz-version-id": str(len(versions)),
            "content-length": str(len(versions[-1])),
            "last-modified": formatdate(self._written[bucket, key], usegmt=True),
        }
        return Answer(body=b"", headers=headers)

    def _get(self, bucket: str, key: str, version: str) -> Answer:
        versions = self._versions.get((bucket, key), [])
        number = int(version) if version else len(versions)
        if not 1 <= number <= len(versions):
            return Answer(body=NO_SUCH_KEY, status=404)
        content = versions[number - 1]
        headers = {"x-amz-version-id": str(number), "content-length": str(len(content))}
        return Answer(body=content, headers=headers)


def without_chunks(body: bytes) -> bytes:
    """Give what was sent in the chunks of aws-chunked, or the body as it is when in none."""
    content, rest = b"", body
    while True:
        size, mark, tail = rest.partition(b"\r\n")
        try:
            length = int(size, 16)
        except ValueError:
            return body
        if not mark or len(tail) < length:
            return body
        if not length:
            return content
        content, rest = content + tail[:length], tail[length + 2 :]
