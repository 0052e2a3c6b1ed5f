"""Trace a handler with AWS X-Ray; the only module that knows which SDK does it.

Powertools' Tracer stands on the X-Ray SDK, which ends in February 2027: exchanging it must touch
this file and no other. Only botocore is patched: patching everything costs a second of cold start.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.tracing import Tracer

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def traced(name: str, handler: Handler) -> Handler:
    """Wrap a Lambda handler in a trace segment annotated with cold starts.

    Outside Lambda Powertools turns itself off, so tests and rehearsals need no daemon. Responses
    and exceptions are not recorded: they may quote what a target said.
    """
    tracer = Tracer(service=f"watchkeeper-{name}", patch_modules=("botocore",))
    wrapped: Handler = tracer.capture_lambda_handler(
        handler, capture_response=False, capture_error=False
    )
    return wrapped
