"""What all kinds of check on AWS have in common: who is sick, and what breaks the checker."""

import pytest

from tests.integration.health_check_kinds.looking import (
    BACKUP,
    CURATOR,
    IMPATIENT_SECONDS,
    PATIENT_SECONDS,
    SWITCH,
    look,
)
from tests.integration.local_aws import DROPPED, SILENCE, LocalAws, Reply, refusal, refusal_of_s3
from watchkeeper.definitions.errors import CheckBrokenError

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
