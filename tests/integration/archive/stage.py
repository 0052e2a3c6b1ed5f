"""What the archive runs against in tests: a real database over TLS, and a bucket in memory.

`at_step`, when a test sets it, is called with a name before and after everything that a run does to
the outside, and may raise.
"""

import gzip
import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import psycopg
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from psycopg import sql

from rehearsal.local.certificate import RunCertificate
from rehearsal.local.database import Database
from rehearsal.local.gateway import Gateway
from watchkeeper.archive.job import PartLimits, archive_rows
from watchkeeper.archive.restore import RestoreResult, restore_month
from watchkeeper.archive.store import ArchiveStore
from watchkeeper.collection.database import DeadlineConnection
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import ArchiveSettings

ENVIRONMENT = "test"
SECRET = "watchkeeper/test/archive"
BUCKET = "archive"
NOW = datetime(2026, 2, 1, 2, 0, tzinfo=UTC)
CUTOFF = NOW - timedelta(days=90)
TABLES = ("pipeline_executions", "email_delivery_log")
SMALL = PartLimits(part_rows=3, batch_rows=2)
SETTINGS = ArchiveSettings(
    environment=ENVIRONMENT,
    archive_secret=SECRET,
    archive_bucket=BUCKET,
    archive_key_arn="arn:aws:kms:us-east-1:123456789012:key/1",
)


class KilledError(BaseException):
    """Be the end of a process: nothing catches it, nothing tidies up after it."""


def refusal(operation: str, code: str, status: int = 400) -> ClientError:
    """Make the error of a call that S3 refuses."""
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


@dataclass
class MemoryBucket:
    """Be a versioned bucket; `faults` maps an operation to the error that it ends with."""

    step: Callable[[str], None]
    objects: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)
    page_keys: int = 2

    def put_object(self, **wanted: Any) -> Mapping[str, Any]:
        """Write an object that is not there."""
        assert wanted["IfNoneMatch"] == "*"
        assert wanted["ServerSideEncryption"] == "aws:kms"
        with self._stepped("put_object"):
            if wanted["Key"] in self.objects:
                raise refusal("PutObject", "PreconditionFailed", 412)
            self.objects[wanted["Key"]] = wanted["Body"]
        return {"VersionId": "1"}

    def get_object(self, **wanted: Any) -> Mapping[str, Any]:
        """Read an object."""
        with self._stepped("get_object"):
            return {"Body": io.BytesIO(self.objects[wanted["Key"]])}

    def list_objects_v2(self, **wanted: Any) -> Mapping[str, Any]:
        """List objects, a few a page."""
        with self._stepped("list_objects_v2"):
            keys = sorted(key for key in self.objects if key.startswith(wanted["Prefix"]))
        rest = [key for key in keys if key > wanted.get("ContinuationToken", "")]
        page = [{"Key": key} for key in rest[: self.page_keys]]
        if len(rest) <= self.page_keys:
            return {"Contents": page, "IsTruncated": False}
        last = page[-1]["Key"]
        return {"Contents": page, "IsTruncated": True, "NextContinuationToken": last}

    @contextmanager
    def _stepped(self, operation: str) -> Iterator[None]:
        self.step(f"before {operation}")
        if operation in self.faults:
            raise self.faults[operation]
        yield
        self.step(f"after {operation}")


@dataclass
class Stage:
    """Hold one database, one bucket, the time, and the application's own connection."""

    database: Database
    gateway: Gateway
    certificate: RunCertificate
    now: datetime = NOW
    at_step: Callable[[str], None] | None = None
    bucket: MemoryBucket = field(init=False)
    connection: "psycopg.Connection[tuple[object, ...]]" = field(init=False)

    def __post_init__(self) -> None:
        """Connect as the application does."""
        self.connection = self.database.owner.connect()
        self.reset()

    def reset(self) -> None:
        """Begin anew: empty tables, an empty bucket."""
        self.gateway.normal()
        self.bucket = MemoryBucket(self.step)
        self.connection.execute("TRUNCATE pipeline_executions, email_delivery_log")
        self.now, self.at_step = NOW, None

    def step(self, name: str) -> None:
        """Tell the test that a run is about to do something, or has done it."""
        if self.at_step is not None:
            self.at_step(name)

    def get_secret_value(self, SecretId: str) -> Mapping[str, str]:  # noqa: N803  AWS's spelling
        """Be Secrets Manager."""
        assert SecretId == SECRET
        login = self.database.archiver.through(
            host=self.gateway.host, port=self.gateway.port, ca=self.certificate.authority
        )
        return {"SecretString": json.dumps(login.to_secret())}

    def aws(self, service: str, **_limits: object) -> Any:
        """Give a client."""
        return {"s3": self.bucket, "secretsmanager": self}[service]

    def run(
        self, limits: PartLimits = SMALL, *, seconds: float = 600.0
    ) -> Mapping[str, Mapping[str, int]]:
        """Run the archive as its handler does."""
        run = Run(
            job="archive",
            settings=SETTINGS,
            now=self.now,
            request_id="request",
            deadline=time.monotonic() + seconds,
            log=Logger(service="test-archive"),
            aws=self.aws,
        )
        with self._stepwise_queries():
            return archive_rows(run, limits)  # type: ignore[return-value]

    @contextmanager
    def _stepwise_queries(self) -> Iterator[None]:
        real, stage = DeadlineConnection.wait, self

        def wait(connection: Any, *arguments: Any, **named: Any) -> Any:
            stage.step("before query")
            result = real(connection, *arguments, **named)
            stage.step("after query")
            return result

        with patch.object(DeadlineConnection, "wait", wait):
            yield

    def rows(self, table: str) -> dict[str, str]:
        """Return every row of a table as PostgreSQL writes it, by its id."""
        query = sql.SQL("SELECT t.id::text, t::text FROM {} AS t").format(sql.Identifier(table))
        return {str(key): str(row) for key, row in self.connection.execute(query)}

    def store(self) -> ArchiveStore:
        """Give the archive as an operator reads it."""
        return ArchiveStore(s3=self.bucket, bucket=BUCKET, environment=ENVIRONMENT)

    def restore(self, table: str, month: date, into: str | None = None) -> RestoreResult:
        """Restore a month as the application's owner."""
        return restore_month(self.connection, self.store(), table=table, month=month, into=into)

    def restored(self, table: str) -> dict[str, str]:
        """Return every row of the archive, by way of a restore into an empty table."""
        copy = sql.Identifier(f"{table}_restored")
        self.connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(copy))
        self.connection.execute(
            sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(copy, sql.Identifier(table))
        )
        for month in sorted({place.month for place in self.store().inventory(table).manifested}):
            self.restore(table, month, into=f"{table}_restored")
        return self.rows(f"{table}_restored")

    def archived_keys(self, table: str) -> list[str]:
        """List the keys of all rows in manifested parts, as often as they are there."""
        store = self.store()
        return [
            json.loads(line)["id"]
            for place in store.inventory(table).manifested
            for line in _lines(store.read(store.read_manifest(place).rows))
        ]


def _lines(content: bytes) -> list[bytes]:
    return gzip.decompress(content).splitlines()


def fill(stage: Stage, count: int = 4) -> None:
    """Write old rows in two months, and young ones, into both tables."""
    for number in range(count):
        old = CUTOFF - timedelta(days=10 * number, microseconds=1 + number)
        young = CUTOFF + timedelta(days=number)
        for moment in (old, young):
            stage.connection.execute(
                "INSERT INTO pipeline_executions (pipeline_type, pipeline_name, created_at) "
                "VALUES ('daily_digest', 'digest', %s)",
                (moment,),
            )
    stage.connection.execute(
        "INSERT INTO email_delivery_log (email_type, sent_at) VALUES ('daily_digest', %s), "
        "('daily_digest', %s)",
        (CUTOFF - timedelta(days=1), CUTOFF),
    )
