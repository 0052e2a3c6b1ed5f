"""The secret with which a database is reached: what is read of it, and how it is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest
from moto import mock_aws

from tests.integration.counting_account import SECRET, SESSION
from watchkeeper.collection.database_secret import public_authorities, read_database_secret
from watchkeeper.definitions.errors import CollectionError


def test_the_public_authorities_of_this_machine_are_a_file() -> None:
    assert "BEGIN CERTIFICATE" in Path(public_authorities()).read_text()


WHOLE = {
    "host": "db.example.com",
    "port": 6543,
    "dbname": "postgres",
    "username": "watchkeeper_ro",
    "password": "Tr0ub4dor&3",
}
SECRETS: list[tuple[str, str, str]] = [
    ("not JSON", "Tr0ub4dor&3", "expected a JSON object with host, port"),
    ("a list", '["Tr0ub4dor&3"]', "expected a JSON object with host, port"),
    ("nothing", "", "expected a JSON object with host, port"),
    (
        "two keys missing",
        json.dumps({k: v for k, v in WHOLE.items() if k not in {"host", "username"}}),
        "host, username missing or empty, expected host, port, dbname, username, password",
    ),
    ("an empty password", json.dumps({**WHOLE, "password": ""}), "password missing or empty"),
    ("a port in words", json.dumps({**WHOLE, "port": "Tr0ub4dor&3"}), "port is not a number"),
    ("a port that cannot be", json.dumps({**WHOLE, "port": 70_000}), "expected 1 to 65535"),
]


@pytest.fixture
def secrets_manager() -> Iterator[Any]:
    with mock_aws():
        client = SESSION.client("secretsmanager")
        client.create_secret(Name=SECRET, SecretString=json.dumps(WHOLE))
        yield client


def test_a_secret_may_hold_its_port_as_text_and_other_keys_too(secrets_manager: Any) -> None:
    text = json.dumps({**WHOLE, "port": "6543", "engine": "postgres"})
    secrets_manager.put_secret_value(SecretId=SECRET, SecretString=text)
    secret = read_database_secret(secrets_manager, SECRET)
    assert {key: getattr(secret, key) for key in WHOLE} == WHOLE
    assert secret.ca == ""


@pytest.mark.parametrize(
    ("text", "said"), [case[1:] for case in SECRETS], ids=[case[0] for case in SECRETS]
)
def test_a_secret_that_makes_no_sense_is_refused_without_quoting_it(
    secrets_manager: Any, text: str, said: str
) -> None:
    if text:
        secrets_manager.put_secret_value(SecretId=SECRET, SecretString=text)
    else:
        secrets_manager.put_secret_value(SecretId=SECRET, SecretBinary=b"Tr0ub4dor&3")
    with pytest.raises(CollectionError, match=f"secret {SECRET}: .*{said}") as told:
        read_database_secret(secrets_manager, SECRET)
    assert not told.value.retryable
    assert "Tr0ub4dor&3" not in "".join(format_exception(told.value))


def test_a_secret_that_is_not_there_is_named(secrets_manager: Any) -> None:
    with pytest.raises(CollectionError, match="secret no/such could not be read: Resource") as told:
        read_database_secret(secrets_manager, "no/such")
    assert not told.value.retryable
