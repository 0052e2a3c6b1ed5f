"""A function is checked by its answer, over the real wire."""

import json
from dataclasses import dataclass

import pytest

from tests.integration.health_check_kinds.looking import (
    CURATOR,
    IMPATIENT_SECONDS,
    PATIENT_SECONDS,
    look,
)
from tests.integration.local_aws import DROPPED, SILENCE, LocalAws, Reply, answer, refusal
from watchkeeper.definitions.errors import CheckBrokenError

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
