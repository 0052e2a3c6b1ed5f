"""The Lambda functions that the suite calls: healthy, until something is said to befall them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from rehearsal.world.aws.packages import describe_function
from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_refusal
from rehearsal.world.clock import SimulatedClock
from rehearsal.world.invocation import Invocation

HEALTHY_SECONDS = 0.18
PREFIX = "2015-03-31/functions/"


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """Say how a function answers; `seconds` is how long it takes."""

    kind: str = "healthy"
    seconds: float = HEALTHY_SECONDS
    says: str = ""


# Gives how a function behaves for a payload, now.
Behaviours = Callable[[str, str], Behaviour]


class WatchedFunctions:
    """Answer `Invoke` and `GetFunction`, and note every invocation for AWS's own metrics.

    `expected` is what a healthy function answers to a payload, by function and payload.
    """

    def __init__(
        self,
        clock: SimulatedClock,
        *,
        expected: Mapping[tuple[str, str], str],
        behaviour: Behaviours,
        note: Callable[[Invocation], None],
    ) -> None:
        self._clock = clock
        self._expected = expected
        self._behaviour = behaviour
        self._note = note

    def __call__(self, call: Call) -> Answer:
        """Answer a call to Lambda."""
        function = unquote(call.path.removeprefix(PREFIX).partition("/")[0])
        if call.operation == "GetFunction":
            return describe_function(function)
        if call.operation != "Invoke":
            return refuse_unknown("lambda", call)
        payload = call.body.decode()
        healthy = self._expected.get((function, payload))
        behaviour = self._behaviour(function, payload)
        if healthy is None or behaviour.kind == "missing":
            return to_refusal(
                "ResourceNotFoundException", f"Function not found: {function}", status=404
            )
        return self._answer(function, behaviour, healthy, call.timeout_seconds)

    def _answer(
        self, function: str, behaviour: Behaviour, healthy: str, timeout_seconds: float
    ) -> Answer:
        at = self._clock.time()
        if behaviour.kind == "throttled":
            self._note(Invocation(function=function, at=at, is_throttled=True))
            return to_refusal("TooManyRequestsException", "Rate Exceeded.", status=429)
        if behaviour.kind == "unreachable":
            self._clock.spend(timeout_seconds)
            raise ConnectTimeoutError(endpoint_url=f"the endpoint of Lambda for {function}")
        has_failed = behaviour.kind == "error"
        self._note(
            Invocation(function=function, at=at, seconds=behaviour.seconds, has_failed=has_failed)
        )
        self._spend(function, behaviour.seconds, timeout_seconds)
        headers = {"x-amz-executed-version": "$LATEST"}
        if has_failed:
            headers["x-amz-function-error"] = "Unhandled"
            error = {"errorType": "Error", "errorMessage": behaviour.says or "it failed"}
            return Answer(body=json.dumps(error).encode(), headers=headers)
        text = behaviour.says if behaviour.kind == "wrong" else healthy
        return Answer(body=text.encode(), headers=headers)

    def _spend(self, function: str, seconds: float, timeout_seconds: float) -> None:
        if seconds > timeout_seconds:
            self._clock.spend(timeout_seconds)
            raise ReadTimeoutError(endpoint_url=f"the endpoint of Lambda for {function}")
        self._clock.spend(seconds)
