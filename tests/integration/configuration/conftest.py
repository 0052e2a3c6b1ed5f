"""One emulator for all tests of what keeps and compares a configuration."""

import itertools
from collections.abc import Iterator

import pytest

from rehearsal.local.certificate import create_certificate
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.workspace import RunDirectory
from tests.integration.configuration.stage import BUCKET, Stage, put_parameters

ACCOUNTS = itertools.count(100_000_000_001)


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    with RunDirectory() as run:
        certificate = create_certificate(run.subdirectory("tls"))
        with AwsEmulator(run.subdirectory("aws"), certificate) as emulator:
            s3 = emulator.client("s3")
            s3.create_bucket(Bucket=BUCKET)
            s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
            key_arn = emulator.client("kms").create_key()["KeyMetadata"]["Arn"]
            stage = Stage(emulator, key_arn)
            put_parameters(stage.client("ssm"))
            stage.back_up()
            yield stage


@pytest.fixture
def account() -> str:
    """Give the number of an account that holds nothing yet."""
    return str(next(ACCOUNTS))
