"""An emulator for the tests of one module or folder, with what they keep in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rehearsal.local.certificate import create_certificate
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.workspace import RunDirectory


@contextmanager
def own_emulator() -> Iterator[AwsEmulator]:
    """Run an emulator that nobody else uses."""
    with RunDirectory() as run:
        certificate = create_certificate(run.subdirectory("tls"))
        with AwsEmulator(run.subdirectory("aws"), certificate) as emulator:
            yield emulator


def make_store(emulator: AwsEmulator, bucket: str) -> str:
    """Make a bucket that keeps versions, and a key; return the key's ARN."""
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    key_arn: str = emulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    return key_arn
