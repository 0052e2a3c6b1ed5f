"""What the counting functions need of AWS in tests: a ledger, and the database's secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import boto3
from moto import mock_aws

from rehearsal.world.aws.ledger_table import LedgerTable
from rehearsal.world.aws.parameters import Parameters
from rehearsal.world.aws.secrets import Secrets
from rehearsal.world.aws.topics import Topics
from rehearsal.world.aws.wire import Answer, Call, Clients, Responder
from rehearsal.world.clock import SimulatedClock

ENVIRONMENT = "test"
SECRET = "watchkeeper/test/database"
TABLE = "watchkeeper-ledger-test"
REGION = "us-east-1"
# One session for all tests keeps the service descriptions it has read.
SESSION = boto3.Session("testing", "testing", region_name=REGION)


class Account(Protocol):
    """Be what the counting functions need of AWS: a ledger, and the database's secret."""

    def client(self, service: str) -> Any:
        """Give a client."""

    def empty_ledger(self) -> None:
        """Forget all that was counted."""

    def write_secret(self, text: str) -> None:
        """Write the database's secret."""


class QuickAccount:
    """Answer real clients as a rehearsal does, which a test holds equal to moto.

    A call takes a quarter of moto's time, of which most tests of counting make hundreds.
    """

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}
        self.empty_ledger()

    def client(self, service: str) -> Any:
        """Give a client."""
        return self._clients(service)

    def empty_ledger(self) -> None:
        """Forget all that was counted."""
        self.ledger = LedgerTable(TABLE, partition_key="source", sort_key="bucket")
        self.topics = Topics()
        self.parameters = Parameters(clock=SimulatedClock(0), region=REGION, account="0" * 12)
        responders: dict[str, Responder] = {
            "dynamodb": self._ask_ledger,
            "secretsmanager": Secrets(self._secrets),
            "sns": self.topics,
            "ssm": self.parameters,
        }
        self._clients = Clients(region=REGION, clock=SimulatedClock(0), responders=responders)

    def _ask_ledger(self, call: Call) -> Answer:
        return self.ledger(call)

    def write_secret(self, text: str) -> None:
        """Write the database's secret."""
        self._secrets[SECRET] = text


class MotoAccount:
    """Answer every client that is made in this process."""

    def __init__(self, dynamodb: Any, secrets_manager: Any) -> None:
        self._clients = {"dynamodb": dynamodb, "secretsmanager": secrets_manager}

    def client(self, service: str) -> Any:
        """Give a client."""
        return self._clients[service]

    def empty_ledger(self) -> None:
        """Forget all that was counted."""
        self.client("dynamodb").delete_table(TableName=TABLE)
        create_ledger_table(self.client("dynamodb"))

    def write_secret(self, text: str) -> None:
        """Write the database's secret."""
        self.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=text)


@contextmanager
def aws() -> Iterator[tuple[Any, Any]]:
    """Give clients of an empty DynamoDB and Secrets Manager, with the ledger's table."""
    with mock_aws():
        dynamodb = SESSION.client("dynamodb")
        secrets_manager = SESSION.client("secretsmanager")
        create_ledger_table(dynamodb)
        secrets_manager.create_secret(Name=SECRET, SecretString="{}")
        yield dynamodb, secrets_manager


def create_ledger_table(dynamodb: Any) -> None:
    """Create the ledger's table as the stack does."""
    names = {"source": "HASH", "bucket": "RANGE"}
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in names.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        BillingMode="PAY_PER_REQUEST",
    )
