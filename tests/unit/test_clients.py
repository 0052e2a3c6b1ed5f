"""AWS clients are made once, cheaply, and never for somebody else's credentials."""

from collections.abc import Iterator

import pytest

from watchkeeper.runtime.clients import aws_client


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "first")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    aws_client.cache_clear()
    yield
    aws_client.cache_clear()


def access_key_id(service: str) -> str:
    signer = aws_client(service)._request_signer
    return str(signer._credentials.access_key)


def test_a_client_is_made_once_for_each_service_and_patience() -> None:
    assert aws_client("ssm") is aws_client("ssm")
    assert aws_client("ssm") is not aws_client("ssm", read_timeout_seconds=1.0)


def test_other_credentials_get_other_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    assert access_key_id("ssm") == "first"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "second")
    aws_client.cache_clear()
    assert access_key_id("ssm") == "second"


def test_a_client_gives_up_before_a_function_would() -> None:
    config = aws_client("ssm", read_timeout_seconds=4.0, max_attempts=1).meta.config
    assert config.read_timeout == 4.0
    assert config.connect_timeout == 3
    assert config.retries["total_max_attempts"] == 1
