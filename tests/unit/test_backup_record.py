"""One parameter on its line: nothing lost, nothing unknown accepted, no secret in clear."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.backup_samples import CANARY, record, rich_record, sealed, version
from watchkeeper.backup.record import ParameterRecord, SealedValue, from_line, to_line
from watchkeeper.definitions.errors import BackupError

RECORDS = {
    "string": record(),
    "string list": record(type="StringList", value="a,b,,c"),
    "secret": record(type="SecureString", value=sealed(), key_id="alias/aws/ssm"),
    "secret in two parts": record(type="SecureString", value=sealed(b"one", b"two")),
    "everything at once": rich_record(),
    "intelligent tier": record(tier="Intelligent-Tiering"),
    "image": record(data_type="aws:ec2:image", value="ami-0abcdef1234567890"),
    "line ends": record(value="first\nsecond\r\nthird\u2028fourth\x00end\n"),
    "unicode": record(value="Gruß – 世界 🌍 \u200e"),
    "looks like JSON": record(value='{"value":"inner"}'),
    "spaces": record(value="  "),
    "8 KB": record(value="x" * 8192, tier="Advanced"),
}


@pytest.mark.parametrize("original", RECORDS.values(), ids=RECORDS.keys())
def test_every_kind_of_parameter_survives_its_line(original: ParameterRecord) -> None:
    line = to_line(original)
    assert "\n" not in line
    assert from_line(line) == original
    assert to_line(from_line(line)) == line


def test_unsealed_secret_is_never_written() -> None:
    clear = record(type="SecureString", value=CANARY)
    with pytest.raises(BackupError, match="/app/flag version 3 is not sealed") as caught:
        to_line(clear)
    assert CANARY not in str(caught.value)


def test_unsealed_labelled_version_is_never_written() -> None:
    old = version(version=1, type="SecureString", value=CANARY, labels=("old",))
    with pytest.raises(BackupError, match="version 1 is not sealed"):
        to_line(replace(record(), labelled=(old,)))


def test_values_do_not_show_in_representations() -> None:
    assert CANARY not in repr(record(type="SecureString", value=CANARY))


def document_of(original: ParameterRecord) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(to_line(original))
    return loaded


REFUSED_CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "unknown field": ({"colour": "red"}, {}, r"unknown fields \['colour'\]"),
    "unknown field of a version": ({}, {"colour": "red"}, r"unknown fields \['colour'\]"),
    "no name": ({"name": ""}, {}, "has no name"),
    "name of another type": ({"name": 5}, {}, "name is a int, expected str"),
    "tags of another type": ({"tags": []}, {}, "tags is a list, expected dict"),
    "tag of another type": ({"tags": {"team": 1}}, {}, "a tag is not text"),
    "unknown parameter type": ({}, {"type": "Secret"}, "type is 'Secret', expected one of"),
    "version 0": ({}, {"version": 0}, "version is 0, expected 1 or more"),
    "version as text": ({}, {"version": "3"}, "version is a str, expected int"),
    "version as truth": ({}, {"version": True}, "version is a bool, expected int"),
    "time of no zone": ({}, {"last_modified": "2026-01-31T20:00:00"}, "has no time zone"),
    "time in words": ({}, {"last_modified": "yesterday"}, "a time is not ISO 8601"),
    "policy as text": ({}, {"policies": ["Expiration"]}, "a policy is a str"),
    "policy with gaps": ({}, {"policies": [{"text": "{}"}]}, r"lacks \['status', 'type'\]"),
    "label as number": ({}, {"labels": [1]}, "a label is a int"),
    "value as number": ({}, {"value": 1}, "value is of <class 'int'>"),
    "secret in clear": ({}, {"type": "SecureString"}, r"unknown fields \['value'\]"),
    "labelled as object": ({"labelled": {}}, {}, "labelled is a dict, expected list"),
}


@pytest.mark.parametrize(
    ("outer", "inner", "sentence"), REFUSED_CHANGES.values(), ids=REFUSED_CHANGES.keys()
)
def test_line_with_anything_else_is_refused(
    outer: dict[str, Any], inner: dict[str, Any], sentence: str
) -> None:
    document = document_of(record()) | outer
    document["current"] |= inner
    with pytest.raises(BackupError, match=sentence):
        from_line(json.dumps(document))


@pytest.mark.parametrize("field", ["name", "arn", "tags", "current", "labelled"])
def test_line_that_lacks_a_field_is_refused(field: str) -> None:
    document = document_of(record())
    del document[field]
    with pytest.raises(BackupError, match=f"lacks \\['{field}'\\]"):
        from_line(json.dumps(document))


REFUSED_SECRETS = {
    "no part": ([], "has no or an empty part"),
    "empty part": ([""], "has no or an empty part"),
    "not base64": (["%%%"], "not base64"),
    "part of another type": ([1], "a sealed part is a int"),
    "one text": ("cGFydA==", "sealed_value is a str, expected list"),
}


@pytest.mark.parametrize(
    ("parts", "sentence"), REFUSED_SECRETS.values(), ids=REFUSED_SECRETS.keys()
)
def test_malformed_sealed_value_is_refused(parts: object, sentence: str) -> None:
    document = document_of(record(type="SecureString", value=sealed()))
    document["current"]["sealed_value"] = parts
    with pytest.raises(BackupError, match=sentence):
        from_line(json.dumps(document))


@pytest.mark.parametrize("line", ["", "not JSON", "[]", "null", '{"name":"/a"'])
def test_line_that_is_no_object_is_refused(line: str) -> None:
    with pytest.raises(BackupError):
        from_line(line)


def test_plain_type_cannot_be_sealed() -> None:
    with pytest.raises(BackupError, match="a String is sealed"):
        version(value=SealedValue(parts=(b"x",)))


@pytest.mark.parametrize(
    ("numbers", "labels"), [((3,), ("a",)), ((2, 1), ("a",)), ((1, 1), ("a",)), ((1,), ())]
)
def test_earlier_versions_must_be_earlier_ordered_and_labelled(
    numbers: tuple[int, ...], labels: tuple[str, ...]
) -> None:
    earlier = tuple(version(version=number, labels=labels) for number in numbers)
    with pytest.raises(BackupError, match="/app/flag"):
        replace(record(), labelled=earlier)
