"""Each kind of check over the real wire: who passes, who is sick, and what breaks the checker."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws

from tests.integration.local_aws import (
    DROPPED,
    SILENCE,
    LocalAws,
    Reply,
    answer,
    refusal,
    refusal_of_s3,
)
from watchkeeper.backup.export import ExportKeys, Manifest, StoredObject, pointer_to_bytes
from watchkeeper.checks.aws_error import judge_aws_error
from watchkeeper.checks.kind import CheckContext, CheckResult, Stopwatch, find_kind
from watchkeeper.definitions.errors import CheckBrokenError
from watchkeeper.workloads.storytailor.checks import storytailor_checks

NOW = datetime(2026, 3, 15, 20, 5, tzinfo=UTC)
# An answer on this machine never takes that long; a test of silence waits no longer than it must.
PATIENT_SECONDS, IMPATIENT_SECONDS = 20.0, 0.4
# One session for all: it reads the models of the services once.
SESSION = boto3.session.Session(
    region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)


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


@pytest.fixture
def aws() -> Iterator[LocalAws]:
    with LocalAws() as local:
        yield local


@pytest.fixture
def moto() -> Iterator[boto3.session.Session]:
    with mock_aws():
        yield SESSION


# ------------------------------------------------------------------------------ lambda_invoke

CURATOR = {
    "function": "curator",
    "payload": '{"detail": {"jobType": "health"}}',
    "expected": '{"status": "healthy"}',
}
HEALTHY = {"status": "healthy", "version": "2.4.1"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """Pair the answer of a target with what is to be found; an empty reason means it passed."""

    name: str
    reply: Reply
    reason: str = ""
    retryable: bool = False


LAMBDA_CASES = (
    Case(name="healthy", reply=answer(HEALTHY)),
    Case(name="more fields than asked for", reply=answer({**HEALTHY, "uptime": 7})),
    Case(
        name="healthy in an HTTP envelope",
        reply=answer({"statusCode": 200, "body": json.dumps(HEALTHY)}),
    ),
    Case(
        name="healthy in an HTTP envelope with an object",
        reply=answer({"statusCode": 200, "body": HEALTHY}),
    ),
    Case(
        name="degraded",
        reply=answer({"status": "degraded"}),
        reason='status is "degraded", expected "healthy"',
    ),
    Case(name="no status", reply=answer({}), reason='status is null, expected "healthy"'),
    Case(
        name="status of another type",
        reply=answer({"status": ["healthy"]}),
        reason='status is ["healthy"], expected "healthy"',
    ),
    Case(
        name="failure in an HTTP envelope",
        reply=answer({"statusCode": 503, "body": "no database"}),
        reason="statusCode 503, body no database",
    ),
    Case(
        name="envelope without a body",
        reply=answer({"statusCode": 204}),
        reason='status is null, expected "healthy"',
    ),
    Case(name="null", reply=answer(None), reason="found null, expected a JSON object"),
    Case(name="text", reply=Reply(body=b"OK"), reason="the answer cannot be read"),
    Case(name="nothing", reply=Reply(body=b""), reason="the answer cannot be read"),
    Case(name="not UTF-8", reply=Reply(body=b"\xff\xfe"), reason="the answer cannot be read"),
    Case(
        name="exception in the function",
        reply=answer(
            {"errorMessage": "no DATABASE_URL", "errorType": "KeyError"},
            X_Amz_Function_Error="Unhandled",
        ),
        reason="function error KeyError: no DATABASE_URL",
    ),
    Case(
        name="function ran out of time",
        reply=answer(
            {"errorMessage": "2026-03-15 Task timed out after 3.00 seconds"},
            X_Amz_Function_Error="Unhandled",
        ),
        reason="Task timed out after 3.00 seconds",
    ),
    Case(
        name="function error without a reason",
        reply=Reply(body=b"", headers={"X-Amz-Function-Error": "Unhandled"}),
        reason="function error",
    ),
    Case(
        name="deleted", reply=refusal("ResourceNotFoundException", 404), reason="ResourceNotFound"
    ),
    Case(
        name="throttled",
        reply=refusal("TooManyRequestsException", 429),
        reason="TooManyRequestsException",
        retryable=True,
    ),
    Case(
        name="being deployed",
        reply=refusal("ResourceConflictException", 409),
        reason="ResourceConflictException",
        retryable=True,
    ),
    Case(
        name="service failing",
        reply=refusal("ServiceException", 500),
        reason="ServiceException",
        retryable=True,
    ),
    Case(name="connection dropped", reply=DROPPED, reason="no answer", retryable=True),
    Case(name="silence", reply=SILENCE, reason="no answer: Read timeout", retryable=True),
)


@pytest.mark.parametrize("case", LAMBDA_CASES, ids=lambda case: case.name)
def test_a_function_is_judged_by_its_answer(aws: LocalAws, case: Case) -> None:
    aws.replies["Invoke curator"] = [case.reply]
    patience = IMPATIENT_SECONDS if case.reply.hangs else PATIENT_SECONDS
    result = look("lambda_invoke", CURATOR, aws.endpoint, patience)
    assert result.has_passed is not bool(case.reason)
    assert case.reason in result.reason
    assert result.retryable is case.retryable
    assert aws.calls["Invoke curator"] == [CURATOR["payload"].encode()]


def test_a_function_that_nobody_serves_refuses_and_is_sick(aws: LocalAws) -> None:
    with LocalAws() as gone:
        endpoint = gone.endpoint
    result = look("lambda_invoke", CURATOR, endpoint)
    assert "Could not connect" in result.reason
    assert result.retryable


def test_without_expected_fields_any_answer_without_an_error_passes(aws: LocalAws) -> None:
    target = {name: CURATOR[name] for name in ("function", "payload")}
    aws.replies["Invoke curator"] = [answer({"status": "degraded"})]
    assert look("lambda_invoke", target, aws.endpoint).has_passed


def test_the_version_that_answered_is_recorded(aws: LocalAws) -> None:
    aws.replies["Invoke curator"] = [answer(HEALTHY, X_Amz_Executed_Version="41")]
    details = look("lambda_invoke", CURATOR, aws.endpoint).details
    assert details == {"executed_version": "41", "version": "2.4.1"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"payload": "{"}, "must be JSON"),
        ({"expected": "healthy"}, "must be JSON"),
        ({"expected": '["healthy"]'}, "expected a JSON object"),
    ],
)
def test_a_malformed_definition_of_a_function_check_is_broken(
    aws: LocalAws, change: dict[str, str], sentence: str
) -> None:
    with pytest.raises(CheckBrokenError, match=sentence):
        look("lambda_invoke", {**CURATOR, **change}, aws.endpoint)
    assert not aws.calls


# ------------------------------------------------------------------------------ ssm_parameter

SWITCH = "/storytailor-test/pipelines/crisis-alert/enabled"


@pytest.mark.parametrize(
    ("value", "wanted", "reason"),
    [
        ("true", {}, ""),
        ("anything", {}, ""),
        ("true", {"expected": "true"}, ""),
        ("false", {"pattern": "true|false"}, ""),
        ("false", {"expected": "true"}, "value is 'false', expected 'true'"),
        ("True", {"expected": "true"}, "value is 'True', expected 'true'"),
        ("true ", {"expected": "true"}, "value is 'true ', expected 'true'"),
        ("yes", {"pattern": "true|false"}, "value is 'yes', expected the pattern true|false"),
        # The pattern stands for the whole value.
        ("true-ish", {"pattern": "true|false"}, "expected the pattern"),
    ],
)
def test_a_parameter_is_judged_by_its_value(
    moto: boto3.session.Session, value: str, wanted: dict[str, str], reason: str
) -> None:
    moto.client("ssm").put_parameter(Name=SWITCH, Value=value, Type="String")
    result = look("ssm_parameter", {"name": SWITCH, **wanted})
    assert result.has_passed is not bool(reason)
    assert reason in result.reason
    assert not result.retryable
    assert result.details == {"parameter_version": "1"}


def test_a_parameter_that_is_gone_is_sick(moto: boto3.session.Session) -> None:
    result = look("ssm_parameter", {"name": SWITCH})
    assert "ParameterNotFound" in result.reason
    assert not result.retryable


def test_a_secret_parameter_is_read_and_never_decrypted(aws: LocalAws) -> None:
    sealed = {"Name": SWITCH, "Type": "SecureString", "Value": "AQICAHg=", "Version": 3}
    aws.replies[f"GetParameter {SWITCH}"] = [answer({"Parameter": sealed})]
    assert look("ssm_parameter", {"name": SWITCH}, aws.endpoint).has_passed
    assert "WithDecryption" not in json.loads(aws.calls[f"GetParameter {SWITCH}"][0])
    with pytest.raises(CheckBrokenError, match="secrets are not decrypted"):
        look("ssm_parameter", {"name": SWITCH, "expected": "true"}, aws.endpoint)


# -------------------------------------------------------------------------- eventbridge_rules


def put_rules(moto: boto3.session.Session, **states: str) -> None:
    events = moto.client("events")
    for name, state in states.items():
        events.put_rule(Name=name, ScheduleExpression="rate(1 day)", State=state)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ({"digest": "ENABLED", "insights": "ENABLED"}, ""),
        ({"digest": "ENABLED", "insights": "ENABLED", "other": "DISABLED"}, ""),
        ({"digest": "ENABLED", "insights": "DISABLED"}, "1 of 2 rules: insights is disabled"),
        ({"insights": "ENABLED"}, "1 of 2 rules: digest is missing"),
        ({"digest": "DISABLED"}, "2 of 2 rules: digest is disabled, insights is missing"),
        ({}, "2 of 2 rules: digest is missing, insights is missing"),
    ],
)
def test_rules_are_judged_together_and_each_wrong_one_is_named(
    moto: boto3.session.Session, states: dict[str, str], reason: str
) -> None:
    put_rules(moto, **states)
    result = look("eventbridge_rules", {"rules": "digest, insights"})
    assert result.reason == reason
    assert not result.retryable


def test_a_rule_that_also_takes_management_events_is_enabled(aws: LocalAws) -> None:
    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    aws.replies["DescribeRule digest"] = [answer({"Name": "digest", "State": state})]
    assert look("eventbridge_rules", {"rules": "digest"}, aws.endpoint).has_passed


def test_rules_of_another_bus_are_looked_for_there(aws: LocalAws) -> None:
    aws.replies["DescribeRule digest"] = [answer({"State": "ENABLED"})]
    look("eventbridge_rules", {"rules": "digest", "bus": "stories"}, aws.endpoint)
    assert json.loads(aws.calls["DescribeRule digest"][0])["EventBusName"] == "stories"


@pytest.mark.parametrize("rules", ["", "digest,,insights", "digest,"])
def test_a_list_of_rules_with_a_hole_is_broken(aws: LocalAws, rules: str) -> None:
    with pytest.raises(CheckBrokenError, match="expected names between commas"):
        look("eventbridge_rules", {"rules": rules}, aws.endpoint)


# --------------------------------------------------------------------------------- object_age

BACKUP = {"bucket": "backups", "key": "test/latest.json", "max_age_days": "35"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"completed_at": "2026-03-01T05:04:03+00:00"}', ""),
        ('{"completed_at": "2026-03-01T05:04:03Z", "count": 12}', ""),
        ('{"completed_at": "2026-03-01T05:04:03"}', ""),
        # The run is due at 20:05 and may start a little later.
        ('{"completed_at": "2026-03-15T20:06:00Z"}', ""),
        ('{"completed_at": "2026-02-08T20:05:00Z"}', ""),
        (
            '{"completed_at": "2026-02-08T14:00:00Z"}',
            "completed 35.3 days ago, expected at most 35 days",
        ),
        ('{"completed_at": "2025-03-15T20:05:00Z"}', "completed 365.0 days ago"),
        ('{"completed_at": "2027-03-15T20:05:00Z"}', "which is yet to come"),
        ('{"completed_at": "yesterday"}', "cannot be read: ValueError"),
        ('{"completed_at": 1773604800}', "cannot be read: TypeError"),
        ('{"started_at": "2026-03-01T05:04:03Z"}', "cannot be read: KeyError 'completed_at'"),
        ("[]", "cannot be read: TypeError"),
        ("", "cannot be read"),
    ],
)
def test_an_object_is_judged_by_the_time_it_holds(
    moto: boto3.session.Session, body: str, reason: str
) -> None:
    s3 = moto.client("s3")
    s3.create_bucket(Bucket="backups")
    s3.put_object(Bucket="backups", Key="test/latest.json", Body=body.encode())
    result = look("object_age", BACKUP)
    assert result.has_passed is not bool(reason)
    assert reason in result.reason
    assert not result.retryable


def test_the_time_may_stand_in_another_field(moto: boto3.session.Session) -> None:
    s3 = moto.client("s3")
    s3.create_bucket(Bucket="backups")
    s3.put_object(Bucket="backups", Key="test/latest.json", Body=b'{"at": "2026-03-15T00:00:00Z"}')
    assert look("object_age", {**BACKUP, "field": "at"}).has_passed


def test_the_pointer_that_an_export_leaves_is_what_is_read(moto: boto3.session.Session) -> None:
    stored = StoredObject(key="k", version_id="1", sha256="0" * 64, size_bytes=1)
    manifest = Manifest(
        environment="test",
        path="/storytailor-test",
        key_arn="arn:aws:kms:us-east-1:000000000000:alias/backup",
        started_at=NOW - timedelta(days=1),
        completed_at=NOW - timedelta(days=1),
        by_type={},
        by_tier={},
        versions={},
        export=stored,
    )
    key = ExportKeys(environment="test", scheduled_at=NOW).latest
    s3 = moto.client("s3")
    s3.create_bucket(Bucket="backups")
    s3.put_object(Bucket="backups", Key=key, Body=pointer_to_bytes(manifest, stored))
    checks = storytailor_checks(
        environment="test", database_secret="s", rules=("digest",), backup_bucket="backups"
    )
    (target,) = (check.target for check in checks if check.name == "backup-fresh")
    result = look("object_age", dict(target))
    assert result.has_passed
    assert result.details == {"completed_at": "2026-03-14T20:05:00+00:00"}


def test_an_object_that_was_never_written_is_sick(moto: boto3.session.Session) -> None:
    moto.client("s3").create_bucket(Bucket="backups")
    assert "NoSuchKey" in look("object_age", BACKUP).reason


def test_a_bucket_that_is_gone_is_sick(moto: boto3.session.Session) -> None:
    assert "NoSuchBucket" in look("object_age", BACKUP).reason


def test_an_age_that_is_no_number_is_broken(aws: LocalAws) -> None:
    with pytest.raises(CheckBrokenError, match="'a month', expected a whole number"):
        look("object_age", {**BACKUP, "max_age_days": "a month"}, aws.endpoint)


# ------------------------------------------------------------------- what all kinds have in common

CALLS = {
    "lambda_invoke": (CURATOR, "Invoke curator"),
    "ssm_parameter": ({"name": SWITCH}, f"GetParameter {SWITCH}"),
    "eventbridge_rules": ({"rules": "digest"}, "DescribeRule digest"),
    "object_age": (BACKUP, "GetObject backups/test/latest.json"),
}


def refused(kind: str, code: str, status: int) -> Reply:
    return refusal_of_s3(code, status) if kind == "object_age" else refusal(code, status)


@pytest.mark.parametrize("kind", CALLS)
def test_a_denied_call_breaks_the_check_and_says_nothing_of_the_target(
    aws: LocalAws, kind: str
) -> None:
    target, call = CALLS[kind]
    aws.replies[call] = [refused(kind, "AccessDenied", 403)]
    with pytest.raises(CheckBrokenError, match="AccessDenied"):
        look(kind, target, aws.endpoint)
    assert len(aws.calls[call]) == 1


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("trouble", ["throttled", "failing", "dropped", "silent"])
def test_trouble_that_may_pass_is_sickness_worth_one_more_try(
    aws: LocalAws, kind: str, trouble: str
) -> None:
    target, call = CALLS[kind]
    aws.replies[call] = [
        {
            "throttled": refused(kind, "ThrottlingException", 400),
            "failing": refused(kind, "InternalError", 500),
            "dropped": DROPPED,
            "silent": SILENCE,
        }[trouble]
    ]
    patience = IMPATIENT_SECONDS if trouble == "silent" else PATIENT_SECONDS
    result = look(kind, target, aws.endpoint, patience)
    assert not result.has_passed
    assert result.retryable
    # The client does not try again by itself.
    assert len(aws.calls[call]) == 1
