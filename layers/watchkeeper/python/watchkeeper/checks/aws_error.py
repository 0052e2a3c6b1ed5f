"""Tell what a failed AWS call says: that the target is sick, or that the checker is broken.

One rule for every kind. An answer about the target (gone, failing, throttled, unreachable) makes
it sick; an answer about us (not allowed, not signed in, malformed) breaks the check.
"""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  botocore's own, not the built-in one
    HTTPClientError,
    IncompleteReadError,
)

from watchkeeper.checks.kind import CheckResult, sick
from watchkeeper.definitions.errors import CheckBrokenError

NOT_FOUND_CODES = frozenset(
    {"NoSuchBucket", "NoSuchKey", "ParameterNotFound", "ResourceNotFoundException"}
)
THROTTLING_CODES = frozenset(
    {
        "EC2ThrottledException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# S3 answers 400 to a body that came too slowly.
TIMEOUT_CODES = frozenset({"RequestTimeout", "RequestTimeoutException"})
NOT_FOUND, CONFLICT, TOO_MANY_REQUESTS, SERVER_ERROR = 404, 409, 429, 500
NO_ANSWER = (ConnectionError, HTTPClientError, IncompleteReadError)


def judge_aws_error(error: ClientError | BotoCoreError) -> CheckResult:
    """Return the sickness an AWS error tells of; raise when it is the checker that is broken."""
    if isinstance(error, ClientError):
        return _judge_answer(error)
    if isinstance(error, NO_ANSWER):
        return sick(f"no answer: {error}", retryable=True)
    raise CheckBrokenError(f"{type(error).__name__}: {error}") from error


def _judge_answer(error: ClientError) -> CheckResult:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in NOT_FOUND_CODES or status == NOT_FOUND:
        return sick(str(error))
    # A resource in the middle of a change answers 409 until it is done.
    passing = code in THROTTLING_CODES | TIMEOUT_CODES or status in {CONFLICT, TOO_MANY_REQUESTS}
    if passing or status >= SERVER_ERROR:
        return sick(str(error), retryable=True)
    raise CheckBrokenError(str(error)) from error
