"""The parts of the local stage that its tests share, each started once."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.local.certificate import RunCertificate, create_certificate
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import PostgresServer
from rehearsal.local.storytailor import Storytailor
from rehearsal.local.workspace import RunDirectory


@pytest.fixture
def run_path(run_directory: RunDirectory) -> Path:
    """Give a fresh directory that a server running as another user can reach."""
    path = Path(tempfile.mkdtemp(dir=run_directory.path))
    path.chmod(0o711)
    return path


@pytest.fixture(scope="session")
def certificate(run_directory: RunDirectory) -> RunCertificate:
    return create_certificate(run_directory.path / "tls")


@pytest.fixture(scope="session")
def emulator(run_directory: RunDirectory, certificate: RunCertificate) -> Iterator[AwsEmulator]:
    with AwsEmulator(run_directory.path / "aws", certificate) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def storytailor(emulator: AwsEmulator) -> Storytailor:
    storytailor = Storytailor(emulator)
    storytailor.deploy()
    return storytailor


@pytest.fixture
def gateway(postgres: PostgresServer, certificate: RunCertificate) -> Iterator[Gateway]:
    with Gateway(certificate, target_port=postgres.port) as gateway:
        yield gateway
