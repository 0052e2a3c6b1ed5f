"""A parameter is checked by its value, and a secret is not opened for it."""

import json

import boto3
import pytest

from tests.integration.health_check_kinds.looking import SWITCH, look
from tests.integration.local_aws import LocalAws, answer
from watchkeeper.definitions.errors import CheckBrokenError


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
