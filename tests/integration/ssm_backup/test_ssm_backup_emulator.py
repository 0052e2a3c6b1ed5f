"""The backup under its own enforced role: exactly these rights, and not one of them to spare."""

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from rehearsal.local.emulator import LOCAL_ACCOUNT, LOCAL_REGION, AwsEmulator
from tests.integration.emulated import make_store, own_emulator
from tests.unit.backup_samples import LEAST_RIGHTS, UNPACED
from watchkeeper.backup.export import decompress, manifest_from_bytes, sha256
from watchkeeper.backup.job import back_up_parameters
from watchkeeper.backup.record import SealedValue
from watchkeeper.definitions.errors import BackupError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import SsmBackupSettings

PREFIX = f"{LOCAL_REGION}:{LOCAL_ACCOUNT}"
PARAMETER = f"arn:aws:ssm:{PREFIX}:parameter"
ROLE = "backup-function"
BUCKET = "backups-under-lock"
NOW = datetime(2026, 2, 1, 5, 0, tzinfo=UTC)
FOLDER = "local/2026/02/01T0500Z"
CANARY = "canary-77ab-never-in-clear"
EIGHT_KILOBYTES = (CANARY + "ü").ljust(8191, "\n")
COUNT = 120


@dataclass(frozen=True)
class Account:
    """An emulated account with parameters, a key, a versioned bucket and the function's role."""

    emulator: AwsEmulator
    key_arn: str

    @property
    def rights(self) -> dict[str, tuple[str, ...]]:
        """Give the least rights by action.

        The emulator authorises GetParametersByPath and GetParameters against `*`; AWS does
        it against the path and the names, and docs/backup.md has the resources for AWS.
        """
        objects = f"arn:aws:s3:::{BUCKET}/local/*"
        return {
            "ssm:GetParametersByPath": ("*",),
            "ssm:DescribeParameters": ("*",),
            "ssm:ListTagsForResource": (f"{PARAMETER}/app/*",),
            "ssm:GetParameterHistory": (f"{PARAMETER}/app/*",),
            "ssm:GetParameters": ("*",),
            "kms:Encrypt": (self.key_arn,),
            "kms:Decrypt": (self.key_arn,),
            "kms:GenerateDataKey": (self.key_arn,),
            "s3:PutObject": (objects,),
            "s3:GetObjectVersion": (objects,),
        }

    def grant(self, *, without: str = "") -> str:
        """Give the role its rights, less one; return its ARN."""
        statements = [
            {"Effect": "Allow", "Action": action, "Resource": list(resources)}
            for action, resources in self.rights.items()
            if action != without
        ]
        policy = {"Version": "2012-10-17", "Statement": statements}
        iam = self.emulator.client("iam")
        iam.put_role_policy(RoleName=ROLE, PolicyName="p", PolicyDocument=json.dumps(policy))
        return f"arn:aws:iam::{LOCAL_ACCOUNT}:role/{ROLE}"

    def back_up(self, *, without: str = "") -> Any:
        role_arn = self.grant(without=without)
        settings = SsmBackupSettings(
            environment="local", parameter_path="/app", bucket=BUCKET, key_arn=self.key_arn
        )
        run = Run(
            job="ssm_backup",
            settings=settings,
            now=NOW,
            request_id="test",
            deadline=time.monotonic() + 120,
            log=Logger(service="test"),
            aws=lambda service, **_: self.emulator.client(service, role_arn=role_arn),
        )
        return back_up_parameters(run, UNPACED)

    def versions(self, key: str) -> list[bytes]:
        """Return all versions of an object, the newest first."""
        s3 = self.emulator.client("s3")
        listed = s3.list_object_versions(Bucket=BUCKET, Prefix=key).get("Versions", [])
        return [
            s3.get_object(Bucket=BUCKET, Key=key, VersionId=each["VersionId"])["Body"].read()
            for each in listed
        ]


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with own_emulator() as emulator:
        key_arn = make_store(emulator, BUCKET)
        put_parameters(emulator.client("ssm"))
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": LOCAL_ACCOUNT},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        emulator.client("iam").create_role(
            RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust)
        )
        yield Account(emulator, key_arn)


@pytest.fixture(scope="module")
def backed_up(account: Account) -> Account:
    """Give the account with a whole backup in its bucket."""
    account.back_up()
    return account


def put_parameters(ssm: Any) -> None:
    """Put parameters of every kind, more than two pages of either listing, and a neighbour."""
    for number in range(COUNT - 3):
        ssm.put_parameter(Name=f"/app/many/{number:03}", Value=f"Wert {number} 世界", Type="String")
    ssm.put_parameter(Name="/app/list", Value="a,b", Type="StringList")
    ssm.put_parameter(
        Name="/app/long", Value=EIGHT_KILOBYTES, Type="SecureString", Tier="Advanced",
        Description="two parts", Tags=[{"Key": "team", "Value": "ops"}],
    )  # fmt: skip
    for number in (1, 2, 3):
        text = f"{CANARY}-{number}"
        ssm.put_parameter(Name="/app/secret", Value=text, Type="SecureString", Overwrite=True)
    ssm.label_parameter_version(Name="/app/secret", ParameterVersion=2, Labels=["rollback"])
    ssm.put_parameter(Name="/application/neighbour", Value="not ours", Type="String")


def test_backup_under_its_least_rights_is_whole_and_repeatable(account: Account) -> None:
    assert account.back_up()["parameters"] == COUNT
    assert account.back_up()["parameters"] == COUNT
    pointer = json.loads(account.versions("local/latest.json")[0])
    manifest = manifest_from_bytes(account.versions(pointer["manifest"])[0])
    exports = account.versions(f"{FOLDER}/parameters.ndjson.gz")
    assert len(exports) >= 2
    assert manifest.export.sha256 == sha256(exports[0])
    assert pointer["count"] == manifest.count == COUNT
    names = {each.name for each in decompress(exports[0])}
    assert names == set(manifest.versions)
    assert "/application/neighbour" not in names
    assert all(CANARY not in gzip.decompress(content).decode() for content in exports)


def test_ciphertext_opens_only_with_its_own_context(backed_up: Account) -> None:
    [export, *_] = backed_up.versions(f"{FOLDER}/parameters.ndjson.gz")
    records = {each.name: each for each in decompress(export)}
    secret, [old] = records["/app/secret"], records["/app/secret"].labelled
    assert isinstance(secret.current.value, SealedValue)
    assert isinstance(old.value, SealedValue)
    context = {"environment": "local", "name": "/app/secret", "version": "3", "part": "1/1"}
    kms = backed_up.emulator.client("kms")

    def opened(part: bytes, **changes: str) -> bytes:
        clear: bytes = kms.decrypt(
            CiphertextBlob=part, KeyId=backed_up.key_arn, EncryptionContext=context | changes
        )["Plaintext"]
        return clear

    [part], [old_part] = secret.current.value.parts, old.value.parts
    assert opened(part) == f"{CANARY}-3".encode()
    assert opened(old_part, version="2") == f"{CANARY}-2".encode()
    assert old.labels == ("rollback",)
    for wrong in ({"version": "2"}, {"name": "/app/long"}, {"environment": "production"}):
        with pytest.raises(ClientError, match="InvalidCiphertext"):
            opened(part, **wrong)


@pytest.mark.parametrize("missing", LEAST_RIGHTS)
def test_missing_right_fails_the_backup_and_moves_no_pointer(
    backed_up: Account, missing: str
) -> None:
    before = backed_up.versions("local/latest.json")
    assert before
    with pytest.raises(BackupError, match="AccessDenied") as caught:
        backed_up.back_up(without=missing)
    assert backed_up.versions("local/latest.json") == before
    assert CANARY not in str(caught.value)
