"""The deployed handler from event to EMF, over real sockets and a real database."""

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from functions.health_check.handler import handler
from rehearsal.local.certificate import RunCertificate, create_certificate
from rehearsal.local.database import Database
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import PostgresServer
from tests.integration.local_aws import (
    SILENCE,
    LocalAws,
    Reply,
    answer,
    refusal,
    refusal_of_s3,
)
from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.errors import CheckBrokenError, SettingsError
from watchkeeper.definitions.metric import MetricSeries
from watchkeeper.engine_metrics import RUN_DURATION, RUN_SUCCEEDED
from watchkeeper.runtime.clients import aws_client
from watchkeeper.runtime.settings import VARIABLE, HealthCheckSettings
from watchkeeper.workloads.storytailor.checks import storytailor_checks
from watchkeeper.workloads.storytailor.metrics import CHECK_LATENCY, CHECK_PASSED

EVENT = {"time": "2026-03-15T20:05:00Z"}
TIMESTAMP_MILLISECONDS = 1_773_605_100_000
SECRET = "watchkeeper/test/database"
CHECKS = storytailor_checks(
    environment="test", database_secret=SECRET, rules=("digest",), backup_bucket="backups"
)
NAMES = [check.name for check in CHECKS]
# A quarter of Storytailor's own, so that silence is not waited for so long.
SHORT_SECONDS = 5.5
CURATOR, AGENT, SWITCH, CRISIS_SWITCH, RULE, BACKUP, LOGIN = CALLS = (
    "Invoke storytailor-intelligence-curator-test",
    "Invoke storytailor-universal-agent-test",
    "GetParameter /storytailor-test/pipelines/daily-digest/enabled",
    "GetParameter /storytailor-test/pipelines/crisis-alert/enabled",
    "DescribeRule storytailor-digest-test",
    "GetObject backups/test/latest.json",
    f"GetSecretValue {SECRET}",
)
# Nothing here takes long: reaching this means that something hangs.
pytestmark = pytest.mark.timeout(120)

Identity = tuple[str, str, frozenset[tuple[str, str]]]


class Context:
    """Be what Lambda hands to a handler."""

    function_name = "watchkeeper-health-check"
    aws_request_id = "1"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


@dataclass
class Stage:
    """Hold everything the handler looks at."""

    aws: LocalAws
    gateway: Gateway
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def deploy(self, checks: tuple[CheckDefinition, ...]) -> None:
        settings = HealthCheckSettings(environment="test", checks=checks)
        self.monkeypatch.setenv(VARIABLE, settings.to_json())

    def invoke(self, **event: object) -> dict[str, object]:
        # The log was opened when the handler was imported, on the standard output of then.
        for log_handler in logging.getLogger("watchkeeper-health_check").handlers:
            self.monkeypatch.setattr(log_handler, "stream", sys.stdout)
        return handler({**EVENT, **event}, Context())

    def emitted(self) -> dict[Identity, float]:
        """Give the last value of each series from the EMF lines on standard output."""
        found: dict[Identity, float] = {}
        for document in map(json.loads, self.capture.readouterr().out.splitlines()):
            if "_aws" not in document:
                continue
            assert document["_aws"]["Timestamp"] == TIMESTAMP_MILLISECONDS
            for directive in document["_aws"]["CloudWatchMetrics"]:
                (names,) = directive["Dimensions"]
                pairs = frozenset((name, document[name]) for name in names)
                for metric in directive["Metrics"]:
                    identity = (directive["Namespace"], metric["Name"], pairs)
                    (found[identity],) = document[metric["Name"]]
        return found


def parameter(value: str) -> Reply:
    return answer({"Parameter": {"Type": "String", "Value": value, "Version": 1}})


def passed(check: str) -> Identity:
    return CHECK_PASSED.series(Environment="test", Check=check).identity


def succeeded() -> Identity:
    return RUN_SUCCEEDED.series(Environment="test", Function="health_check").identity


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> RunCertificate:
    return create_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def stage(
    postgres: PostgresServer,
    database: Database,
    certificate: RunCertificate,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    with LocalAws() as aws, Gateway(certificate, target_port=postgres.port) as gateway:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        login = database.reader.through(
            host=gateway.host, port=gateway.port, ca=certificate.authority
        )
        healthy = {"status": "healthy", "version": "2026.4.1"}
        aws.replies = {
            CURATOR: [answer(healthy)],
            AGENT: [answer(healthy)],
            SWITCH: [parameter("false")],
            CRISIS_SWITCH: [parameter("true")],
            RULE: [answer({"State": "ENABLED"})],
            BACKUP: [answer({"completed_at": "2026-03-01T05:02:00Z"})],
            LOGIN: [answer({"SecretString": json.dumps(login.to_secret())})],
        }
        stage = Stage(aws=aws, gateway=gateway, capture=capsys, monkeypatch=monkeypatch)
        stage.deploy(CHECKS)
        aws_client.cache_clear()
        yield stage
        aws_client.cache_clear()


def test_a_well_storytailor_passes_every_check(stage: Stage) -> None:
    assert stage.invoke() == {"checks": dict.fromkeys(NAMES, "passed")}


def test_what_is_emitted_is_exactly_what_is_declared(stage: Stage) -> None:
    stage.invoke()
    emitted = stage.emitted()
    declared: list[MetricSeries] = [
        *(CHECK_PASSED.series(Environment="test", Check=name) for name in NAMES),
        *(
            CHECK_LATENCY.series(Environment="test", Check=name)
            for check in CHECKS
            for name in check.latency_names
        ),
        RUN_SUCCEEDED.series(Environment="test", Function="health_check"),
        RUN_DURATION.series(Environment="test", Function="health_check"),
    ]
    assert set(emitted) == {series.identity for series in declared}
    assert {emitted[passed(name)] for name in NAMES} == {1.0}
    assert emitted[succeeded()] == 1.0
    assert all(value >= 0 for value in emitted.values())


def test_everything_sick_at_once_is_a_finished_run_of_zeros(stage: Stage) -> None:
    stage.aws.replies |= {
        CURATOR: [refusal("TooManyRequestsException", 429)],
        AGENT: [answer({"errorMessage": "out of memory"}, X_Amz_Function_Error="Unhandled")],
        SWITCH: [refusal("ParameterNotFound")],
        CRISIS_SWITCH: [parameter("false")],
        RULE: [answer({"State": "DISABLED"})],
        BACKUP: [refusal_of_s3("NoSuchKey", 404)],
    }
    stage.gateway.refuse()
    stage.deploy(tuple(replace(check, deadline_seconds=SHORT_SECONDS) for check in CHECKS))
    stage.invoke()
    emitted = stage.emitted()
    assert {name: emitted[passed(name)] for name in NAMES} == dict.fromkeys(NAMES, 0.0)
    assert emitted[succeeded()] == 1.0


def test_everything_silent_at_once_ends_within_the_deadlines(stage: Stage) -> None:
    login = stage.aws.replies[LOGIN]
    stage.aws.replies = {**{call: [SILENCE] for call in CALLS}, LOGIN: login}
    stage.gateway.black_hole()
    stage.deploy(tuple(replace(check, deadline_seconds=SHORT_SECONDS) for check in CHECKS))
    result = stage.invoke()
    verdicts = result["checks"]
    assert isinstance(verdicts, dict)
    assert all(verdict.startswith("sick: ") for verdict in verdicts.values())
    emitted = stage.emitted()
    assert {name: emitted[passed(name)] for name in NAMES} == dict.fromkeys(NAMES, 0.0)
    # Each check asked once or twice, and two of them ask the curator.
    assert all(1 <= len(stage.aws.calls[call]) <= 2 for call in (AGENT, SWITCH, RULE, BACKUP))
    assert 2 <= len(stage.aws.calls[CURATOR]) <= 4


def test_the_next_run_sees_a_target_that_came_back(stage: Stage) -> None:
    stage.gateway.refuse()
    stage.invoke()
    assert stage.emitted()[passed("database")] == 0.0
    stage.gateway.normal()
    stage.invoke()
    assert stage.emitted()[passed("database")] == 1.0


@pytest.mark.parametrize(
    ("call", "refused", "broken"),
    [
        (AGENT, refusal("AccessDeniedException", 403), "universal-agent"),
        (SWITCH, refusal("AccessDeniedException"), "kill-switch-parameters"),
        (RULE, refusal("AccessDeniedException"), "eventbridge-rules"),
        (BACKUP, refusal_of_s3("AccessDenied", 403), "backup-fresh"),
        (LOGIN, refusal("AccessDeniedException"), "database"),
    ],
)
def test_a_denied_call_fails_the_run_after_every_other_check_was_emitted(
    stage: Stage, call: str, refused: Reply, broken: str
) -> None:
    stage.aws.replies[call] = [refused]
    with pytest.raises(CheckBrokenError, match=f"1 of 8 checks are broken: {broken}: .*AccessDen"):
        stage.invoke()
    emitted = stage.emitted()
    assert emitted[succeeded()] == 0.0
    assert passed(broken) not in emitted
    others = [name for name in NAMES if name != broken]
    assert {name: emitted[passed(name)] for name in others} == dict.fromkeys(others, 1.0)


def test_nothing_secret_is_written(stage: Stage) -> None:
    password = json.loads(json.loads(stage.aws.replies[LOGIN][0].body)["SecretString"])["password"]
    stage.aws.replies[AGENT] = [
        answer(
            {"errorMessage": f"postgresql://app:{password}@db/app is down", "errorType": "E"},
            X_Amz_Function_Error="Unhandled",
        )
    ]
    stage.gateway.refuse()
    stage.invoke()
    written = "".join(stage.capture.readouterr())
    assert '"check":"universal-agent"' in written
    assert password not in written


def test_an_event_can_ask_for_one_check(stage: Stage) -> None:
    assert stage.invoke(checks=["database"]) == {"checks": {"database": "passed"}}
    assert {call for call in stage.aws.calls if stage.aws.calls[call]} == {LOGIN}
    with pytest.raises(SettingsError, match=r"event asks for checks \['databse'\]"):
        stage.invoke(checks=["databse"])
