"""AWS clients whose patience fits a function that must end in seconds.

botocore's own defaults (60 s to connect, 60 s to read, five tries) outlast every function here.
"""

from functools import lru_cache
from typing import Any, Literal

import boto3
from botocore.config import Config

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 10
MAX_ATTEMPTS = 3
RetryMode = Literal["standard", "adaptive"]


@lru_cache(maxsize=32)
def aws_client(
    service: str,
    *,
    read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
    max_attempts: int = MAX_ATTEMPTS,
    retry_mode: RetryMode = "standard",
) -> Any:
    """Return the client of an AWS service, made once for each function instance.

    `retry_mode` is botocore's: `adaptive` also slows down before a throttled service.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=read_timeout_seconds,
        retries={"total_max_attempts": max_attempts, "mode": retry_mode},
        user_agent_extra="watchkeeper",
    )
    # The stubs overload `client` on literal names; here the name is an argument.
    make: Any = boto3.session.Session().client
    return make(service, config=config)
