"""The account that every test of the backup starts with."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from tests.integration.ssm_backup.stage import BUCKET, PLAIN, REGION, Stage, new_client
from tests.unit.backup_samples import CANARY
from watchkeeper.backup.record import SECURE_TYPE


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        s3 = new_client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        key = new_client("kms").create_key()["KeyMetadata"]["Arn"]
        yield Stage(key_arn=key)


@pytest.fixture
def ssm(stage: Stage) -> Any:
    client = new_client("ssm")
    for name, value in PLAIN.items():
        client.put_parameter(Name=name, Value=value, Type="String", Tier="Standard")
    secret: dict[str, Any] = {"Name": "/app/secret", "Value": CANARY, "Type": SECURE_TYPE}
    client.put_parameter(**secret, KeyId="alias/app", Tier="Standard")
    return client
