"""An account as moto knows it, with clients whose calls can be interfered with."""

import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from tests.unit.backup_samples import CANARY, UNPACED
from watchkeeper.backup.export import decompress
from watchkeeper.backup.job import back_up_parameters
from watchkeeper.backup.record import ParameterRecord
from watchkeeper.backup.sealing import Sealing
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import SsmBackupSettings

REGION = "us-east-1"
ACCOUNT = "123456789012"
BUCKET = "backups"
NOW = datetime(2026, 2, 1, 3, 5, tzinfo=UTC)
FOLDER = "staging/2026/02/01T0305Z"
# 8 KB, the most an advanced parameter holds, with a letter of two bytes across the parts' border.
LONG_SECRET = CANARY.ljust(4095, "x") + "ü" + CANARY.ljust(4095, "\n")
PLAIN = {"/app/a": "one", "/app/b": "two", "/app/deep/er/c": "three"}

# One session for all tests keeps the service descriptions it has read.
SESSION = boto3.Session(
    aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION
)

Hook = Callable[[str, dict[str, Any]], Any]


@dataclass
class Stage:
    """An account with a versioned bucket, a key, and clients whose calls can be interfered with."""

    key_arn: str
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    clients: dict[str, Any] = field(default_factory=dict)

    def aws(self, service: str, **options: Any) -> Any:
        self.options[service] = options
        if service not in self.clients:
            # Three tries instead of the job's eight, so that endless throttling ends in seconds.
            retries: Any = {"total_max_attempts": 3, "mode": options.get("retry_mode", "standard")}
            self.clients[service] = new_client(service, Config(retries=retries))
        return self.clients[service]

    def run(self, *, seconds: float = 120.0, now: datetime = NOW) -> Run[SsmBackupSettings]:
        settings = SsmBackupSettings(
            environment="staging", parameter_path="/app", bucket=BUCKET, key_arn=self.key_arn
        )
        return Run(
            job="ssm_backup",
            settings=settings,
            now=now,
            request_id="test",
            deadline=time.monotonic() + seconds,
            log=Logger(service="test"),
            aws=self.aws,
        )

    def back_up(self, **given: Any) -> Any:
        return back_up_parameters(self.run(**given), UNPACED)

    def on(self, event: str, service: str, operation: str, hook: Hook) -> None:
        """Call a hook with the operation's request (before-…) or answer (after-call)."""

        def called(**given: Any) -> Any:
            if event == "after-call":
                return hook(operation, given["parsed"])
            body = given["params"]["body"] if event == "before-call" else given["request"].body
            return hook(operation, json.loads(body))

        events = self.aws(service).meta.events
        events.register_first(f"{event}.{service}.{operation}", called)

    def objects(self) -> dict[str, list[bytes]]:
        """Return all versions of all objects, the newest first."""
        s3 = self.aws("s3")
        found: dict[str, list[bytes]] = {}
        for each in s3.list_object_versions(Bucket=BUCKET).get("Versions", []):
            got = s3.get_object(Bucket=BUCKET, Key=each["Key"], VersionId=each["VersionId"])
            found.setdefault(each["Key"], []).append(got["Body"].read())
        return found

    def records(self) -> dict[str, ParameterRecord]:
        """Return what the newest export holds, opened."""
        stored = decompress(self.objects()[f"{FOLDER}/parameters.ndjson.gz"][0])
        return {each.name: self.sealing().open(each) for each in stored}

    def sealing(self) -> Sealing:
        return Sealing(
            kms=self.aws("kms"), key_arn=self.key_arn, environment="staging", remaining=lambda: 60.0
        )


def new_client(service: Any, config: Config | None = None) -> Any:
    """Make a client that is nobody else's."""
    return SESSION.client(service, config=config)


def refusal(code: str) -> tuple[SimpleNamespace, dict[str, Any]]:
    """Make the answer of an AWS service that refuses a call."""
    error = {"Code": code, "Message": f"refused, though not because of {CANARY[:3]}"}
    return SimpleNamespace(status_code=400), {
        "Error": error,
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }


def throttled() -> AWSResponse:
    """Make what AWS sends over the wire when it throttles."""
    body = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}).encode()
    raw = io.BytesIO(body)
    raw.stream = lambda **_: iter([body])  # type: ignore[attr-defined]
    headers: Any = {"Content-Type": "application/x-amz-json-1.1"}
    return AWSResponse("https://ssm", 400, headers, raw)


def assert_no_pointer(stage: Stage) -> None:
    assert "staging/latest.json" not in stage.objects()
