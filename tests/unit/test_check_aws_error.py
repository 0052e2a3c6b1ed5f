"""An AWS error makes the target sick or the checker broken, and never the other one."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)

from watchkeeper.checks.aws_error import judge_aws_error
from watchkeeper.definitions.errors import CheckBrokenError

URL = "https://ssm.us-east-1.amazonaws.com"


def answered(code: str, status: int) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": f"about {code}"},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "1",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        "GetParameter",
    )


@pytest.mark.parametrize(
    ("error", "is_retryable"),
    [
        (answered("ParameterNotFound", 400), False),
        (answered("ResourceNotFoundException", 404), False),
        (answered("NoSuchKey", 404), False),
        (answered("NoSuchBucket", 404), False),
        (answered("404", 404), False),
        (answered("ThrottlingException", 400), True),
        (answered("TooManyRequestsException", 429), True),
        (answered("SlowDown", 503), True),
        (answered("RequestTimeout", 400), True),
        (answered("ResourceConflictException", 409), True),
        (answered("InternalServerError", 500), True),
        # The function, not the checker, may not read its key.
        (answered("KMSAccessDeniedException", 502), True),
        (ConnectTimeoutError(endpoint_url=URL), True),
        (ReadTimeoutError(endpoint_url=URL), True),
        (EndpointConnectionError(endpoint_url=URL), True),
        (ConnectionClosedError(endpoint_url=URL), True),
        (SSLError(endpoint_url=URL, error=OSError("certificate has expired")), True),
        (IncompleteReadError(actual_bytes=1, expected_bytes=2), True),
        (ResponseStreamingError(error="reset"), True),
    ],
    ids=repr,
)
def test_an_answer_about_the_target_or_no_answer_is_sickness(
    error: ClientError | BotoCoreError, *, is_retryable: bool
) -> None:
    result = judge_aws_error(error)
    assert not result.has_passed
    assert str(error) in result.reason
    assert result.retryable is is_retryable


@pytest.mark.parametrize(
    "error",
    [
        answered("AccessDeniedException", 400),
        answered("AccessDenied", 403),
        answered("ExpiredTokenException", 400),
        answered("UnrecognizedClientException", 400),
        answered("InvalidSignatureException", 400),
        answered("ValidationException", 400),
        answered("PermanentRedirect", 301),
        NoCredentialsError(),
        NoRegionError(),
        ParamValidationError(report="Name is missing"),
    ],
    ids=repr,
)
def test_an_answer_about_us_breaks_the_check(error: ClientError | BotoCoreError) -> None:
    with pytest.raises(CheckBrokenError) as broken:
        judge_aws_error(error)
    assert broken.value.__cause__ is error
    assert str(error) in str(broken.value)
