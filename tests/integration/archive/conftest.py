"""The database and the bucket that every test of the archive starts with."""

from collections.abc import Iterator

import pytest

from rehearsal.local.certificate import RunCertificate, create_certificate
from rehearsal.local.database import Database
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import PostgresServer
from tests.integration.archive.stage import Stage


@pytest.fixture(scope="session")
def archive_certificate(tmp_path_factory: pytest.TempPathFactory) -> RunCertificate:
    return create_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def stage(
    postgres: PostgresServer, database: Database, archive_certificate: RunCertificate
) -> Iterator[Stage]:
    with Gateway(archive_certificate, target_port=postgres.port) as gateway:
        stage = Stage(database=database, gateway=gateway, certificate=archive_certificate)
        with stage.connection:
            yield stage
