"""Reach an account with the operator's own rights, and find the environment's buckets in it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from watchkeeper.backup.bucket import VersionedBucket
from watchkeeper.backup.calls import MAX_ATTEMPTS, ask
from watchkeeper.backup.kept_export import KeptExports
from watchkeeper.definitions.errors import BackupError
from watchkeeper.environment.loader import load_environment
from watchkeeper.environment.names import Names

ENVIRONMENTS = Path(__file__).resolve().parents[5] / "environments"
CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 30

Clients = Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class OperatorAccount:
    """Hold the clients of an operator and the environment that a command is about."""

    clients: Clients
    environment: str
    bucket: str

    def exports(self, key_arn: str = "") -> KeptExports:
        """Give the environment's exports; `key_arn` is for writing."""
        bucket = VersionedBucket(s3=self.clients("s3"), name=self.bucket, key_arn=key_arn)
        return KeptExports(bucket=bucket, environment=self.environment)

    def caller(self) -> str:
        """Name who is asking."""
        return str(ask(self.clients("sts").get_caller_identity)["Arn"])


def find_names(environment: str) -> Names:
    """Give the names of what the suite deploys into an environment, from its file."""
    return Names(load_environment(environment, ENVIRONMENTS))


def operator_clients(profile: str, region: str) -> Clients:
    """Make clients as the AWS CLI would: from the environment, or a profile of its files."""
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": MAX_ATTEMPTS, "mode": "adaptive"},
        user_agent_extra="watchkeeper",
    )
    session = botocore.session.Session(profile=profile or None)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            try:
                made[service] = session.create_client(
                    service, region_name=region or None, config=config
                )
            except BotoCoreError as error:
                raise BackupError(f"no client for {service}: {error}") from error
        return made[service]

    return client
