"""An object is checked by the time that it holds."""

from datetime import timedelta

import boto3
import pytest

from tests.integration.health_check_kinds.looking import BACKUP, NOW, look
from tests.integration.local_aws import LocalAws
from watchkeeper.backup.export import ExportKeys, Manifest, StoredObject, pointer_to_bytes
from watchkeeper.definitions.errors import CheckBrokenError
from watchkeeper.workloads.storytailor.checks import storytailor_checks


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"completed_at": "2026-03-01T05:04:03+00:00"}', ""),
        ('{"completed_at": "2026-03-01T05:04:03Z", "count": 12}', ""),
        ('{"completed_at": "2026-03-01T05:04:03"}', ""),
        # The run is due at 20:05 and may start a little later.
        ('{"completed_at": "2026-03-15T20:06:00Z"}', ""),
        ('{"completed_at": "2026-02-08T20:05:00Z"}', ""),
        (
            '{"completed_at": "2026-02-08T14:00:00Z"}',
            "completed 35.3 days ago, expected at most 35 days",
        ),
        ('{"completed_at": "2025-03-15T20:05:00Z"}', "completed 365.0 days ago"),
        ('{"completed_at": "2027-03-15T20:05:00Z"}', "which is yet to come"),
        ('{"completed_at": "yesterday"}', "cannot be read: ValueError"),
        ('{"completed_at": 1773604800}', "cannot be read: TypeError"),
        ('{"started_at": "2026-03-01T05:04:03Z"}', "cannot be read: KeyError 'completed_at'"),
        ("[]", "cannot be read: TypeError"),
        ("", "cannot be read"),
    ],
)
def test_an_object_is_judged_by_the_time_it_holds(
    moto: boto3.session.Session, body: str, reason: str
) -> None:
    s3 = moto.client("s3")
    s3.create_bucket(Bucket="backups")
    s3.put_object(Bucket="backups", Key="test/latest.json", Body=body.encode())
    result = look("object_age", BACKUP)
    assert result.has_passed is not bool(reason)
    assert reason in result.reason
    assert not result.retryable


def test_the_time_may_stand_in_another_field(moto: boto3.session.Session) -> None:
    s3 = moto.client("s3")
    s3.create_bucket(Bucket="backups")
    s3.put_object(Bucket="backups", Key="test/latest.json", Body=b'{"at": "2026-03-15T00:00:00Z"}')
    assert look("object_age", {**BACKUP, "field": "at"}).has_passed


def test_the_pointer_that_an_export_leaves_is_what_is_read(moto: boto3.session.Session) -> None:
    stored = StoredObject(key="k", version_id="1", sha256="0" * 64, size_bytes=1)
    manifest = Manifest(
        environment="test",
        path="/storytailor-test",
        key_arn="arn:aws:kms:us-east-1:000000000000:alias/backup",
        started_at=NOW - timedelta(days=1),
        completed_at=NOW - timedelta(days=1),
        by_type={},
        by_tier={},
        versions={},
        export=stored,
    )
    key = ExportKeys(environment="test", scheduled_at=NOW).latest
    s3 = moto.client("s3")
    s3.create_bucket(Bucket="backups")
    s3.put_object(Bucket="backups", Key=key, Body=pointer_to_bytes(manifest, stored))
    checks = storytailor_checks(
        environment="test", database_secret="s", rules=("digest",), backup_bucket="backups"
    )
    (target,) = (check.target for check in checks if check.name == "backup-fresh")
    result = look("object_age", dict(target))
    assert result.has_passed
    assert result.details == {"completed_at": "2026-03-14T20:05:00+00:00"}


def test_an_object_that_was_never_written_is_sick(moto: boto3.session.Session) -> None:
    moto.client("s3").create_bucket(Bucket="backups")
    assert "NoSuchKey" in look("object_age", BACKUP).reason


def test_a_bucket_that_is_gone_is_sick(moto: boto3.session.Session) -> None:
    assert "NoSuchBucket" in look("object_age", BACKUP).reason


def test_an_age_that_is_no_number_is_broken(aws: LocalAws) -> None:
    with pytest.raises(CheckBrokenError, match="'a month', expected a whole number"):
        look("object_age", {**BACKUP, "max_age_days": "a month"}, aws.endpoint)
