"""AWS clients whose patience fits a function that must end in seconds.

botocore's own defaults (60 s to connect, 60 s to read, five tries) outlast every function here.
They are botocore's own clients, which boto3 only hands on: what boto3 adds, resources and transfers
of files, no function uses, and it would cost each cold start a tenth.
"""

import os
from functools import lru_cache
from typing import Any, Literal

import botocore.session
from botocore.config import Config

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 10
MAX_ATTEMPTS = 3
RetryMode = Literal["standard", "adaptive"]


@lru_cache(maxsize=32)
def aws_client(
    service: str,
    *,
    connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,
    read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
    max_attempts: int = MAX_ATTEMPTS,
    retry_mode: RetryMode = "standard",
) -> Any:
    """Return the client of an AWS service, made once for each function instance.

    `retry_mode` is botocore's: `adaptive` also slows down before a throttled service.
    """
    config = Config(
        connect_timeout=connect_timeout_seconds,
        read_timeout=read_timeout_seconds,
        retries={"total_max_attempts": max_attempts, "mode": retry_mode},
        user_agent_extra="watchkeeper",
    )
    session = _session(os.environ.get("AWS_ACCESS_KEY_ID", ""))
    return session.create_client(service, config=config)


@lru_cache(maxsize=2)
def _session(_access_key_id: str) -> botocore.session.Session:
    """Return one session for all clients: each session reads botocore's tables of endpoints anew.

    A session keeps the credentials that it found first, so other credentials get another one.
    """
    return botocore.session.get_session()
