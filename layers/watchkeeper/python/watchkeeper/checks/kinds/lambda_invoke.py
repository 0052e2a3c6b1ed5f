"""Check a Lambda function by calling it: it answers, without an error, with the expected fields."""

import json
from collections.abc import Mapping
from typing import Any

from watchkeeper.checks.kind import CheckContext, CheckResult, KindDefinition, passed, sick
from watchkeeper.definitions.errors import CheckBrokenError

# `payload` is the JSON sent, `expected` a JSON object of fields that the answer must have.
KIND = KindDefinition(
    required=("function", "payload"), optional=("expected",), services=("lambda",)
)


def check(target: Mapping[str, str], context: CheckContext) -> CheckResult:
    """Call the function and hold its answer against the expected fields."""
    expected = _expected_fields(target)
    response = context.clients["lambda"].invoke(
        FunctionName=target["function"], Payload=target["payload"].encode()
    )
    text = response["Payload"].read().decode(errors="replace")
    version = response.get("ExecutedVersion", "")
    if "FunctionError" in response:
        return sick(_function_error(text), executed_version=version)
    try:
        answer = _unwrapped(json.loads(text))
    except ValueError as error:
        return sick(f"the answer cannot be read: {error}", executed_version=version)
    details = {"executed_version": version, "version": str(answer.get("version", ""))}
    wrong = [
        f"{field} is {json.dumps(answer.get(field))}, expected {json.dumps(value)}"
        for field, value in expected.items()
        if answer.get(field) != value
    ]
    return sick("; ".join(wrong), **details) if wrong else passed(**details)


def _expected_fields(target: Mapping[str, str]) -> dict[str, Any]:
    try:
        json.loads(target["payload"])
        expected = json.loads(target.get("expected", "{}"))
    except ValueError as error:
        raise CheckBrokenError(f"payload and expected must be JSON: {error}") from error
    if not isinstance(expected, dict):
        raise CheckBrokenError(f"expected is {target['expected']!r}, expected a JSON object")
    return expected


def _function_error(text: str) -> str:
    try:
        error = json.loads(text)
        return f"function error {error['errorType']}: {error['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return f"function error: {text}"


def _unwrapped(answer: Any) -> dict[str, Any]:
    """Return the fields of an answer, out of the HTTP envelope that API Gateway wants if any."""
    if not isinstance(answer, dict):
        raise ValueError(f"found {json.dumps(answer)[:80]}, expected a JSON object")  # noqa: TRY004
    if "statusCode" not in answer:
        return answer
    if answer["statusCode"] not in range(200, 300):
        raise ValueError(f"statusCode {answer['statusCode']}, body {answer.get('body')}")
    body = answer.get("body") or "{}"
    return _unwrapped(json.loads(body) if isinstance(body, str) else body)
