"""The shop, read and rehearsed once."""

from pathlib import Path

import pytest

from rehearsal.engine.template.deployment import Deployment
from rehearsal.runner.result import Rehearsal
from tests.report.rehearsals import LATE, read_shop, rehearse_shop


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for the shop's files."""
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="session")
def shop(folder: Path) -> Deployment:
    """Give the shop's alarms."""
    return read_shop(folder)


@pytest.fixture(scope="session")
def passed(folder: Path, shop: Deployment) -> Rehearsal:
    """Give an incident in which all went as expected."""
    return rehearse_shop(folder, shop)


@pytest.fixture(scope="session")
def failed(folder: Path, shop: Deployment) -> Rehearsal:
    """Give the same incident with an expectation that was not met."""
    return rehearse_shop(folder, shop, LATE)
