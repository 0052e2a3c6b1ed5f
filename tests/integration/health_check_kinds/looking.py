"""Look with one kind of check, as the runner does; and what the tests look at."""

from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.checks.aws_error import judge_aws_error
from watchkeeper.checks.kind import CheckContext, CheckResult, Stopwatch, find_kind

NOW = datetime(2026, 3, 15, 20, 5, tzinfo=UTC)
# An answer on this machine never takes that long; a test of silence waits no longer than it must.
PATIENT_SECONDS, IMPATIENT_SECONDS = 20.0, 0.4
# One session for all: it reads the models of the services once.
SESSION = boto3.session.Session(
    region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)

CURATOR = {
    "function": "curator",
    "payload": '{"detail": {"jobType": "health"}}',
    "expected": '{"status": "healthy"}',
}
SWITCH = "/storytailor-test/pipelines/crisis-alert/enabled"
BACKUP = {"bucket": "backups", "key": "test/latest.json", "max_age_days": "35"}


def look(
    kind_name: str,
    target: dict[str, str],
    endpoint: str | None = None,
    timeout_seconds: float = PATIENT_SECONDS,
) -> CheckResult:
    """Look once, as the runner does."""
    kind = find_kind(kind_name)
    config = Config(read_timeout=timeout_seconds, retries={"total_max_attempts": 1})
    clients: dict[str, Any] = {
        service: SESSION.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
        for service in kind.definition.services
    }
    context = CheckContext(
        now=NOW,
        timeout_seconds=timeout_seconds,
        clients=clients,
        stopwatch=Stopwatch(kind.definition.phases),
    )
    try:
        return kind.check(target, context)
    except (ClientError, BotoCoreError) as error:
        return judge_aws_error(error)
    finally:
        for client in clients.values():
            client.close()
