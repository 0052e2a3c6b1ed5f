"""One emulator for all tests of what keeps and compares a configuration."""

import itertools
from collections.abc import Iterator

import pytest

from tests.integration.configuration.stage import BUCKET, Stage, put_parameters
from tests.integration.emulated import make_store, own_emulator

ACCOUNTS = itertools.count(100_000_000_001)


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    with own_emulator() as emulator:
        stage = Stage(emulator, make_store(emulator, BUCKET))
        put_parameters(stage.client("ssm"))
        stage.back_up()
        yield stage


@pytest.fixture
def account() -> str:
    """Give the number of an account that holds nothing yet."""
    return str(next(ACCOUNTS))
