"""The stage that every test of the reports starts with."""

from collections.abc import Iterator

import pytest

from rehearsal.local.certificate import RunCertificate, create_certificate
from rehearsal.local.database import Database
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import PostgresServer
from tests.integration.reports.rows import add_history
from tests.integration.reports.stage import TODAY, Stage


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> RunCertificate:
    return create_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def gateway(postgres: PostgresServer, certificate: RunCertificate) -> Iterator[Gateway]:
    with Gateway(certificate, target_port=postgres.port) as gateway:
        yield gateway


@pytest.fixture
def empty(database: Database, gateway: Gateway, certificate: RunCertificate) -> Stage:
    """Give a stage whose tables hold nothing."""
    gateway.normal()
    return Stage(database=database, gateway=gateway, certificate=certificate)


@pytest.fixture
def stage(empty: Stage) -> Stage:
    """Give a stage on which something has happened."""
    with empty.rows() as connection:
        add_history(connection, TODAY)
    return empty
