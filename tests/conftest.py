"""What every suite may use."""

from collections.abc import Iterator

import pytest

from rehearsal.local.database import Database
from rehearsal.local.postgres import PostgresServer
from rehearsal.local.workspace import RunDirectory


@pytest.fixture(scope="session")
def run_directory() -> Iterator[RunDirectory]:
    """Give one directory for whatever this test run starts; it is gone afterwards."""
    with RunDirectory() as run:
        yield run


@pytest.fixture(scope="session")
def postgres(run_directory: RunDirectory) -> Iterator[PostgresServer]:
    """Give a real PostgreSQL server."""
    with PostgresServer(run_directory.path / "postgres") as server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Database]:
    """Give a fresh database with the Storytailor tables, for this test alone."""
    database = postgres.create_database()
    yield database
    postgres.drop_database(database)
