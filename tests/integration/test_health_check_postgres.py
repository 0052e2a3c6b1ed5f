"""The database check against a real PostgreSQL over TLS, and one that fails in many ways."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from rehearsal.local.certificate import RunCertificate, create_certificate
from rehearsal.local.database import Database
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import PostgresServer
from tests.integration.local_aws import LocalAws, Reply, answer, refusal
from watchkeeper.checks.kind import CheckContext, CheckResult, Stopwatch, find_kind
from watchkeeper.definitions.errors import CheckBrokenError, CollectionError
from watchkeeper.workloads.storytailor.checks import storytailor_checks

SECRET = "watchkeeper/test/database"
(CHECK,) = (
    check
    for check in storytailor_checks(
        environment="test", database_secret=SECRET, rules=(), backup_bucket="backups"
    )
    if check.name == "database"
)
# A well database answers at once; a test of silence waits no longer than libpq must.
PATIENT_SECONDS, IMPATIENT_SECONDS = 30.0, 2.5


@dataclass
class Stage:
    """Hold a database behind its TLS front, and the secret that says how to get there."""

    postgres: PostgresServer
    database: Database
    gateway: Gateway
    certificate: RunCertificate
    aws: LocalAws
    secrets_manager: Any
    stopwatch: Stopwatch

    def hide(self, **changes: object) -> None:
        """Put the secret where it is looked for, with some of it changed."""
        login = self.database.reader.through(
            host=self.gateway.host, port=self.gateway.port, ca=self.certificate.authority
        )
        secret = {**login.to_secret(), **changes}
        self.aws.replies[f"GetSecretValue {SECRET}"] = [
            answer({"Name": SECRET, "SecretString": json.dumps(secret)})
        ]

    def look(self, timeout_seconds: float = PATIENT_SECONDS) -> CheckResult:
        """Look once, as the runner does."""
        self.stopwatch = Stopwatch(CHECK.phases)
        context = CheckContext(
            now=datetime(2026, 1, 31, tzinfo=UTC),
            timeout_seconds=timeout_seconds,
            clients={"secretsmanager": self.secrets_manager},
            stopwatch=self.stopwatch,
        )
        return find_kind(CHECK.kind).check(CHECK.target, context)

    @property
    def phases(self) -> set[str]:
        """Name the phases that began."""
        return set(self.stopwatch.seconds(until=0.0))

    @property
    def connection_count(self) -> int:
        """Count the connections of the read-only login."""
        with self.database.superuser.connect() as connection:
            row = connection.execute(
                "SELECT count(*)::int FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = 'watchkeeper_ro'"
            ).fetchone()
        assert row is not None
        return int(str(row[0]))

    def execute(self, statement: str) -> None:
        """Change something as an administrator."""
        with self.database.superuser.connect() as connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> RunCertificate:
    return create_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def stage(
    postgres: PostgresServer, database: Database, certificate: RunCertificate
) -> Iterator[Stage]:
    with LocalAws() as aws, Gateway(certificate, target_port=postgres.port) as gateway:
        client = boto3.client(
            "secretsmanager",
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            endpoint_url=aws.endpoint,
        )
        stage = Stage(
            postgres=postgres,
            database=database,
            gateway=gateway,
            certificate=certificate,
            aws=aws,
            secrets_manager=client,
            stopwatch=Stopwatch(()),
        )
        stage.hide()
        yield stage
        client.close()


def test_a_well_database_passes_with_both_phases_timed(stage: Stage) -> None:
    assert stage.look().has_passed
    assert stage.phases == {"connect", "query"}


def test_an_empty_table_is_an_answer_too(stage: Stage) -> None:
    stage.execute("TRUNCATE pipeline_executions")
    assert stage.look().has_passed


def test_a_full_table_is_not_read_through(stage: Stage) -> None:
    stage.execute(
        "INSERT INTO pipeline_executions (pipeline_type, pipeline_name) "
        "SELECT 'daily_digest', 'daily-digest' FROM generate_series(1, 50000)"
    )
    assert stage.look().has_passed
    assert stage.phases == {"connect", "query"}


def test_no_connection_is_left_behind(stage: Stage) -> None:
    stage.look()
    stage.execute("ALTER TABLE pipeline_executions RENAME TO hidden")
    stage.look()
    deadline = time.monotonic() + PATIENT_SECONDS
    while stage.connection_count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert stage.connection_count == 0


def test_a_refused_connection_is_sick_and_worth_one_more_try(stage: Stage) -> None:
    stage.gateway.refuse()
    result = stage.look()
    assert "refused" in result.reason
    assert result.retryable
    assert stage.phases == {"connect"}


def test_a_black_hole_is_given_up_and_is_sick(stage: Stage) -> None:
    stage.gateway.black_hole()
    result = stage.look(IMPATIENT_SECONDS)
    assert "could not connect" in result.reason
    assert result.retryable
    assert stage.phases == {"connect"}


def test_a_database_too_slow_for_its_time_is_sick(stage: Stage) -> None:
    stage.gateway.slow(seconds_per_reply=IMPATIENT_SECONDS)
    result = stage.look(IMPATIENT_SECONDS)
    assert not result.has_passed
    assert result.retryable


def test_a_slow_database_within_its_time_passes(stage: Stage) -> None:
    stage.gateway.slow(seconds_per_reply=0.1)
    assert stage.look().has_passed


def test_a_server_that_is_down_behind_its_pooler_is_sick(stage: Stage) -> None:
    stage.postgres.stop()
    try:
        result = stage.look()
    finally:
        stage.postgres.start()
    assert not result.has_passed
    assert result.retryable
    assert stage.look().has_passed


def test_a_table_locked_by_a_migration_is_sick_and_the_lock_is_not_waited_for(
    stage: Stage,
) -> None:
    with stage.database.owner.connect(autocommit=False) as migration:
        migration.execute("LOCK TABLE pipeline_executions IN ACCESS EXCLUSIVE MODE")
        result = stage.look()
        migration.rollback()
    assert "lock" in result.reason
    assert result.retryable
    assert stage.phases == {"connect", "query"}


def test_a_table_that_is_gone_is_sick_and_not_asked_for_again(stage: Stage) -> None:
    stage.execute("ALTER TABLE pipeline_executions RENAME TO hidden")
    result = stage.look()
    assert 'relation "pipeline_executions" does not exist' in result.reason
    assert not result.retryable


def test_a_database_without_room_for_a_connection_is_sick(stage: Stage) -> None:
    stage.execute("ALTER ROLE watchkeeper_ro CONNECTION LIMIT 0")
    try:
        result = stage.look()
    finally:
        stage.execute("ALTER ROLE watchkeeper_ro CONNECTION LIMIT 8")
    assert "too many connections" in result.reason
    assert result.retryable


def test_a_certificate_nobody_vouches_for_is_sick(stage: Stage, tmp_path: Path) -> None:
    stage.hide(ca=create_certificate(tmp_path).authority_text)
    result = stage.look()
    assert "certificate" in result.reason
    assert not result.retryable


def test_a_server_without_tls_is_sick_and_never_spoken_to_in_clear(stage: Stage) -> None:
    stage.hide(port=stage.postgres.port)
    assert "SSL" in stage.look().reason


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"username": "nobody_there"}], ids=str)
def test_a_refused_login_breaks_the_check(stage: Stage, change: dict[str, str]) -> None:
    stage.hide(**change)
    with pytest.raises(CheckBrokenError, match="authentication failed") as broken:
        stage.look()
    assert not any(value in str(broken.value) for value in change.values())


@pytest.mark.parametrize(
    "revoked",
    [
        "REVOKE SELECT ON pipeline_executions FROM watchkeeper_ro",
        "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC",
    ],
)
def test_a_missing_right_breaks_the_check(stage: Stage, revoked: str) -> None:
    stage.execute(revoked.format(database=stage.database.owner.name))
    with pytest.raises(CheckBrokenError, match="permission denied"):
        stage.look()


@pytest.mark.parametrize(
    ("reply", "sentence", "retryable"),
    [
        (refusal("ResourceNotFoundException"), "ResourceNotFoundException", False),
        (refusal("AccessDeniedException"), "AccessDeniedException", False),
        (refusal("ThrottlingException"), "ThrottlingException", True),
        (answer({"SecretString": "not JSON"}), "expected a JSON object", False),
        (answer({"SecretString": '{"host": "db"}'}), "missing", False),
    ],
)
def test_a_secret_that_cannot_be_used_is_no_finding_about_the_database(
    stage: Stage, reply: Reply, sentence: str, *, retryable: bool
) -> None:
    stage.aws.replies[f"GetSecretValue {SECRET}"] = [reply]
    with pytest.raises(CollectionError, match=sentence) as broken:
        stage.look()
    assert broken.value.retryable is retryable
    assert stage.phases == set()
