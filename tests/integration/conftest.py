"""The stage that the tests of counting start with."""

from collections.abc import Iterator

import pytest

from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_account import Account, QuickAccount
from tests.integration.counting_stage import Stage, staged


@pytest.fixture(scope="module")
def account() -> Account:
    """Give the account of a module's stage."""
    return QuickAccount()


@pytest.fixture(scope="module")
def lasting_stage(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory, account: Account
) -> Iterator[Stage]:
    """Give one stage to all tests of a module, over a database of its own."""
    database = postgres.create_database()
    with staged(postgres, database, tmp_path_factory.mktemp("stage"), account) as stage:
        yield stage
    postgres.drop_database(database)


@pytest.fixture
def new_stage(lasting_stage: Stage) -> Stage:
    """Give the stage as at the beginning: no function has ever run on it."""
    lasting_stage.reset()
    return lasting_stage


@pytest.fixture
def stage(new_stage: Stage) -> Stage:
    """Give the stage that most tests of a module start with."""
    return new_stage
