"""Parameters of every kind, for the tests of the backup."""

from datetime import UTC, datetime, timedelta
from typing import Any

from watchkeeper.backup.calls import Rates
from watchkeeper.backup.export import Manifest, StoredObject
from watchkeeper.backup.record import (
    ParameterPolicy,
    ParameterRecord,
    ParameterVersion,
    SealedValue,
)

MOMENT = datetime(2026, 1, 31, 20, 0, 1, 234000, tzinfo=UTC)
CANARY = "canary-4f1c-never-in-clear"
# An account that is a test's own has no rate to keep to.
UNPACED = Rates(values=1e9, descriptions=1e9, tags=1e9, history=1e9)
# What the backup may do and no more; without any one of them it fails.
LEAST_RIGHTS = (
    "ssm:GetParametersByPath",
    "ssm:DescribeParameters",
    "ssm:ListTagsForResource",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "kms:Encrypt",
    "kms:Decrypt",
    "s3:PutObject",
    "s3:GetObjectVersion",
)
EXPORT = StoredObject(key="k", version_id="v1", sha256="ab" * 32, size_bytes=10)
MANIFEST = Manifest(
    environment="production",
    path="/app",
    key_arn="arn:aws:kms:us-east-1:111122223333:key/1",
    started_at=MOMENT,
    completed_at=MOMENT + timedelta(seconds=90),
    by_type={"SecureString": 1, "String": 1},
    by_tier={"Standard": 2},
    versions={"/app/a": 1, "/app/b": 12},
    export=EXPORT,
)


def version(**changes: Any) -> ParameterVersion:
    """Make a plain version; `changes` replace its fields."""
    given: dict[str, Any] = {
        "version": 3,
        "type": "String",
        "value": "true",
        "key_id": "",
        "data_type": "text",
        "tier": "Standard",
        "description": "",
        "allowed_pattern": "",
        "policies": (),
        "last_modified": MOMENT,
        "last_modified_user": "arn:aws:iam::111122223333:user/ops",
        "labels": (),
    }
    return ParameterVersion(**(given | changes))


def record(name: str = "/app/flag", **changes: Any) -> ParameterRecord:
    """Make a plain record; `changes` replace fields of its current version."""
    arn = f"arn:aws:ssm:us-east-1:111122223333:parameter{name}"
    return ParameterRecord(name=name, arn=arn, tags={}, current=version(**changes))


def sealed(*parts: bytes) -> SealedValue:
    """Make a sealed value of some ciphertexts."""
    return SealedValue(parts=parts or (b"\x00\xffciphertext",))


def rich_record() -> ParameterRecord:
    """Make a record with everything a parameter can have."""
    expiry = (
        '{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-01-01T00:00:00Z"}}'
    )
    return ParameterRecord(
        name="/app/database/password",
        arn="arn:aws:ssm:us-east-1:111122223333:parameter/app/database/password",
        tags={"team": "pipelines", "Zuständig für": "Läufe"},
        current=version(
            version=7,
            type="SecureString",
            value=sealed(b"first", b"second"),
            key_id="alias/app",
            tier="Advanced",
            description='Said "why",\nin two lines – ünïcode',
            allowed_pattern="^[^\\s]{8,}$",
            policies=(ParameterPolicy(text=expiry, type="Expiration", status="Pending"),),
            labels=("live", "2026-01"),
        ),
        labelled=(
            version(version=2, type="SecureString", value=sealed(b"old"), labels=("rollback",)),
            version(version=5, labels=("green",), value="plain once"),
        ),
    )
