"""One call of a Lambda function, as AWS counts it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """Say how one call of a function went; `at` is in seconds since 1970."""

    function: str
    at: float
    seconds: float = 0.0
    has_failed: bool = False
    is_throttled: bool = False
