"""The bucket as AWS's own client knows it."""

from collections.abc import Iterator
from datetime import date

import boto3
import pytest
from moto import mock_aws

from watchkeeper.archive.manifest import PartManifest, PartPlace
from watchkeeper.archive.store import ArchiveStore
from watchkeeper.backup.calls import CallRefusedError
from watchkeeper.definitions.errors import ArchiveError

PLACE = PartPlace(environment="test", table="runs", month=date(2026, 1, 1), number=1)


@pytest.fixture
def store() -> Iterator[ArchiveStore]:
    with mock_aws():
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        s3 = session.client("s3")
        s3.create_bucket(Bucket="archive")
        s3.put_bucket_versioning(Bucket="archive", VersioningConfiguration={"Status": "Enabled"})
        key = session.client("kms").create_key()["KeyMetadata"]["Arn"]
        yield ArchiveStore(s3=s3, bucket="archive", environment="test", key_arn=key)


def manifest(store: ArchiveStore, content: bytes = b"rows") -> PartManifest:
    return PartManifest(
        table="runs",
        month="2026-01",
        number=1,
        archived_at="2026-05-01T02:00:00+00:00",
        row_count=1,
        key_column="id",
        time_column="at",
        columns={"id": "uuid", "at": "timestamp with time zone"},
        rows=store.put_rows(PLACE, content),
    )


def test_a_part_is_written_once_and_read_back_as_it_was(store: ArchiveStore) -> None:
    written = manifest(store)
    assert store.read(written.rows) == b"rows"
    store.put_manifest(PLACE, written)
    assert store.read_manifest(PLACE) == written
    for again in (
        lambda: store.put_rows(PLACE, b"other"),
        lambda: store.put_manifest(PLACE, written),
    ):
        with pytest.raises(CallRefusedError, match="PreconditionFailed"):
            again()
    assert store.read(written.rows) == b"rows"


def test_the_inventory_tells_what_is_archived_deleted_and_neither(store: ArchiveStore) -> None:
    assert store.inventory("runs").manifested == ()
    store.put_manifest(PLACE, manifest(store))
    store.s3.put_object(Bucket="archive", Key="test/runs/notes.txt", Body=b"by hand")
    store.s3.put_object(Bucket="archive", Key="test/runs/2026-02/part-000007.ndjson.gz", Body=b"")
    found = store.inventory("runs")
    assert found.manifested == found.pending == (PLACE,)
    assert found.last_numbers == {date(2026, 1, 1): 1, date(2026, 2, 1): 7}
    store.put_deleted(PLACE, b"{}")
    assert store.inventory("runs").pending == ()
    assert store.inventory("other").manifested == ()


def test_a_bucket_without_versions_is_refused(store: ArchiveStore) -> None:
    store.s3.put_bucket_versioning(
        Bucket="archive", VersioningConfiguration={"Status": "Suspended"}
    )
    with pytest.raises(ArchiveError, match="keeps no versions"):
        store.put_rows(PLACE, b"rows")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"row_count": 1', b'"row_count": 1, "more": 2', "unknown fields"),
        (b'"format_version": 1', b'"format_version": 9', "of another format"),
        (b'"size_bytes"', b'"size"', "is no manifest"),
        (b"{", b"[", "is no manifest"),
    ],
)
def test_a_manifest_that_is_none_is_refused(
    store: ArchiveStore, old: bytes, new: bytes, said: str
) -> None:
    content = manifest(store).to_bytes().replace(old, new)
    with pytest.raises(ArchiveError, match=said):
        PartManifest.from_bytes(content, "part-000001.manifest.json")
