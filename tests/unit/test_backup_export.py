"""The objects of an export: names from the time, equal bytes from equal records, damage refused."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.unit.backup_samples import EXPORT, MANIFEST, record, rich_record
from watchkeeper.backup.export import (
    ExportKeys,
    compress,
    counted,
    decompress,
    manifest_from_bytes,
    pointer_to_bytes,
)
from watchkeeper.definitions.errors import BackupError


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 2, 1, 3, 5, 59, tzinfo=UTC),
        datetime(2026, 2, 1, 5, 5, 1, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_object_names_come_from_the_scheduled_time_in_utc(moment: datetime) -> None:
    keys = ExportKeys(environment="production", scheduled_at=moment)
    assert keys.parameters == "production/2026/02/01T0305Z/parameters.ndjson.gz"
    assert keys.manifest == "production/2026/02/01T0305Z/manifest.json"
    assert keys.latest == "production/latest.json"


def test_equal_records_give_equal_bytes_in_any_order() -> None:
    records = [record("/app/b"), rich_record(), record("/app/a")]
    assert compress(records) == compress(records[::-1])
    names = [each.name for each in decompress(compress(records))]
    assert names == ["/app/a", "/app/b", "/app/database/password"]


def test_export_is_one_json_document_a_line() -> None:
    lines = gzip.decompress(compress([record(value="a\nb"), rich_record()])).decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["name"] for line in lines] == ["/app/database/password", "/app/flag"]


def damaged(content: bytes) -> dict[str, tuple[bytes, str]]:
    text = gzip.decompress(content)
    first, second, _ = text.split(b"\n")
    return {
        "cut short": (content[:-20], "cut short or damaged"),
        "cut to the header": (content[:10], "cut short or damaged"),
        "empty": (b"", "does not end with a line end"),
        "not compressed": (text, "cut short or damaged"),
        "a flipped bit": (
            content[:-30] + bytes([content[-30] ^ 1]) + content[-29:],
            "damaged|line",
        ),
        "last line lost its end": (gzip.compress(text[:-1]), "does not end with a line end"),
        "last line cut": (gzip.compress(first + b"\n" + second[:-9] + b"\n"), "line 2 of the"),
        "an empty line": (gzip.compress(first + b"\n\n" + second + b"\n"), "line 2 of the export"),
        "a line twice": (gzip.compress(first + b"\n" + first + b"\n"), "not sorted and different"),
        "another order": (gzip.compress(second + b"\n" + first + b"\n"), "not sorted"),
        "another encoding": (gzip.compress(b"\xff\xfe\n"), "cut short or damaged"),
    }


DAMAGED = damaged(compress([record("/app/a"), record("/app/b")]))


@pytest.mark.parametrize(("content", "sentence"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_export_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(BackupError, match=sentence):
        decompress(content)


def test_counts_are_by_current_version_and_name_the_unknown() -> None:
    records = [record("/a"), record("/b", tier=""), rich_record()]
    assert counted(records, "type") == {"SecureString": 1, "String": 2}
    assert counted(records, "tier") == {"Advanced": 1, "Standard": 1, "unknown": 1}


def test_manifest_survives_its_bytes() -> None:
    assert manifest_from_bytes(MANIFEST.to_bytes()) == MANIFEST
    assert json.loads(MANIFEST.to_bytes())["format_version"] == 1


REFUSED_MANIFESTS: dict[str, tuple[dict[str, Any], str]] = {
    "another format": ({"format_version": 2}, "has format 2, expected 1"),
    "unknown field": ({"colour": "red"}, r"unknown fields \['colour'\]"),
    "wrong count": ({"count": 3}, "counts 3 parameters and names 2"),
    "export with gaps": ({"export": {"key": "k"}}, "the export has unknown fields"),
    "path of another type": ({"path": None}, "path is a NoneType, expected str"),
    "versions as a list": ({"versions": ["/app/a"]}, "versions is a list, expected dict"),
    "version as text": ({"versions": {"/a": "1", "/b": 1}}, "the number of /a is a str"),
    "time in words": ({"completed_at": "now"}, "a time is not ISO 8601"),
}


@pytest.mark.parametrize(
    ("changes", "sentence"), REFUSED_MANIFESTS.values(), ids=REFUSED_MANIFESTS.keys()
)
def test_other_manifest_is_refused(changes: dict[str, Any], sentence: str) -> None:
    document = json.loads(MANIFEST.to_bytes()) | changes
    with pytest.raises(BackupError, match=sentence):
        manifest_from_bytes(json.dumps(document).encode())


def test_manifest_that_is_no_json_is_refused() -> None:
    with pytest.raises(BackupError, match="the manifest is not JSON"):
        manifest_from_bytes(b"{")


def test_pointer_carries_time_count_and_the_manifests_own_hash() -> None:
    stored = replace(EXPORT, key="production/x/manifest.json", version_id="v2")
    assert json.loads(pointer_to_bytes(MANIFEST, stored)) == {
        "completed_at": "2026-01-31T20:01:31.234000Z",
        "manifest": "production/x/manifest.json",
        "manifest_version_id": "v2",
        "count": 2,
        "sha256": "ab" * 32,
    }
