"""What one exported parameter is, and how it stands on its line of the export.

Values of the type SecureString are in clear only in memory: `to_line` refuses a record that holds
one unsealed, and nothing else writes records. Errors name fields and never quote values.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from watchkeeper.definitions.errors import BackupError

SECURE_TYPE = "SecureString"
PARAMETER_TYPES = ("String", "StringList", SECURE_TYPE)


@dataclass(frozen=True, kw_only=True)
class SealedValue:
    """Hold an encrypted value: the ciphertexts of its parts, in order."""

    parts: tuple[bytes, ...]

    def __post_init__(self) -> None:
        """Refuse a value of no parts: it would open as an empty one."""
        if not self.parts or not all(self.parts):
            raise BackupError("a sealed value has no or an empty part, expected one or more")


@dataclass(frozen=True, kw_only=True)
class ParameterPolicy:
    """Hold one policy of a parameter; `text` is its own JSON document."""

    text: str
    type: str
    status: str

    def __post_init__(self) -> None:
        """Refuse anything but text."""
        require_types(self, str, "text", "type", "status")


@dataclass(frozen=True, kw_only=True)
class ParameterVersion:
    """Hold one version of a parameter, with what DescribeParameters says of it.

    What a parameter does not have is an empty text or tuple.
    """

    version: int
    type: str
    value: str | SealedValue = field(repr=False)
    key_id: str
    data_type: str
    tier: str
    description: str
    allowed_pattern: str
    policies: tuple[ParameterPolicy, ...]
    last_modified: datetime
    last_modified_user: str
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse fields of the wrong type and types Parameter Store does not have."""
        require_types(self, int, "version")
        require_types(self, str, "key_id", "data_type", "tier", "description", "allowed_pattern")
        require_types(self, str, "last_modified_user")
        if self.version < 1:
            raise BackupError(f"version is {self.version}, expected 1 or more")
        if self.type not in PARAMETER_TYPES:
            raise BackupError(f"type is {self.type!r}, expected one of {PARAMETER_TYPES}")
        if not isinstance(self.value, str | SealedValue):
            raise BackupError(f"value is of {type(self.value)}, expected text or a sealed value")
        if isinstance(self.value, SealedValue) and self.type != SECURE_TYPE:
            raise BackupError(f"a {self.type} is sealed, expected that of {SECURE_TYPE} only")
        if self.last_modified.utcoffset() is None:
            raise BackupError(f"last_modified {self.last_modified} has no time zone")


@dataclass(frozen=True, kw_only=True)
class ParameterRecord:
    """Hold one parameter: its current version, and every earlier one that still has a label."""

    name: str
    arn: str
    tags: Mapping[str, str]
    current: ParameterVersion
    labelled: tuple[ParameterVersion, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a nameless record and earlier versions that are not earlier or not labelled."""
        require_types(self, str, "name", "arn")
        object.__setattr__(self, "tags", dict(self.tags))
        if not self.name:
            raise BackupError("a parameter has no name")
        if not all(isinstance(text, str) for pair in self.tags.items() for text in pair):
            raise BackupError(f"{self.name}: a tag is not text")
        numbers = [each.version for each in self.labelled]
        if numbers != sorted(set(numbers)) or any(n >= self.current.version for n in numbers):
            raise BackupError(
                f"{self.name}: labelled versions {numbers}, expected rising numbers "
                f"below {self.current.version}"
            )
        if not all(each.labels for each in self.labelled):
            raise BackupError(f"{self.name}: an earlier version has no label")

    @property
    def versions(self) -> tuple[ParameterVersion, ...]:
        """List all versions held, the oldest first."""
        return (*self.labelled, self.current)


def to_line(record: ParameterRecord) -> str:
    """Serialise a record as one line of JSON, without its line end; refuse an unsealed secret."""
    document = {
        "name": record.name,
        "arn": record.arn,
        "tags": record.tags,
        "current": _version_to_document(record.name, record.current),
        "labelled": [_version_to_document(record.name, each) for each in record.labelled],
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def from_line(line: str) -> ParameterRecord:
    """Read a record from its line; refuse anything but exactly the fields of the format."""
    try:
        document = json.loads(line)
    except ValueError as error:
        raise BackupError("a line of the export is not JSON") from error
    exactly(document, {each.name for each in fields(ParameterRecord)}, "a parameter")
    return ParameterRecord(
        name=document["name"],
        arn=document["arn"],
        tags=of_type(document["tags"], dict, "tags"),
        current=_version_from_document(document["current"]),
        labelled=tuple(
            map(_version_from_document, of_type(document["labelled"], list, "labelled"))
        ),
    )


def exactly(document: object, names: set[str], what: str) -> None:
    """Refuse a document that is not an object with exactly these fields."""
    if not isinstance(document, dict):
        raise BackupError(f"{what} is a {type(document).__name__}, expected an object")
    if set(document) != names:
        raise BackupError(
            f"{what} has unknown fields {sorted(set(document) - names)} and lacks "
            f"{sorted(names - set(document))}"
        )


def moment_to_text(moment: datetime) -> str:
    """Write a time in UTC as ISO 8601 with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment_from_text(text: object) -> datetime:
    """Read a time that `moment_to_text` wrote."""
    try:
        return datetime.fromisoformat(of_type(text, str, "a time"))
    except ValueError as error:
        raise BackupError("a time is not ISO 8601") from error


def _version_to_document(name: str, version: ParameterVersion) -> dict[str, Any]:
    document: dict[str, Any] = {each.name: getattr(version, each.name) for each in fields(version)}
    del document["value"]
    if isinstance(version.value, SealedValue):
        parts = [base64.b64encode(part).decode() for part in version.value.parts]
        document["sealed_value"] = parts
    elif version.type == SECURE_TYPE:
        raise BackupError(f"{name} version {version.version} is not sealed and was not written")
    else:
        document["value"] = version.value
    document["policies"] = [
        {"text": each.text, "type": each.type, "status": each.status} for each in version.policies
    ]
    document["last_modified"] = moment_to_text(version.last_modified)
    return document


def _version_from_document(document: object) -> ParameterVersion:
    names = {each.name for each in fields(ParameterVersion)}
    is_sealed = isinstance(document, dict) and document.get("type") == SECURE_TYPE
    if is_sealed:
        names = names - {"value"} | {"sealed_value"}
    exactly(document, names, "a version")
    given: dict[str, Any] = dict(document)  # type: ignore[call-overload]
    if is_sealed:
        parts = of_type(given.pop("sealed_value"), list, "sealed_value")
        given["value"] = SealedValue(parts=tuple(map(_part_from_text, parts)))
    given["policies"] = tuple(map(_policy_from, of_type(given["policies"], list, "policies")))
    given["labels"] = tuple(
        of_type(label, str, "a label") for label in of_type(given["labels"], list, "labels")
    )
    given["last_modified"] = moment_from_text(given["last_modified"])
    return ParameterVersion(**given)


def _policy_from(document: object) -> ParameterPolicy:
    exactly(document, {each.name for each in fields(ParameterPolicy)}, "a policy")
    return ParameterPolicy(**document)  # type: ignore[arg-type]


def _part_from_text(text: object) -> bytes:
    try:
        return base64.b64decode(of_type(text, str, "a sealed part"), validate=True)
    except binascii.Error as error:
        raise BackupError("a sealed part is not base64") from error


def require_types(owner: object, expected: type, *names: str) -> None:
    """Refuse an object whose named attributes are not all of this type."""
    for name in names:
        of_type(getattr(owner, name), expected, name)


def of_type(value: object, expected: type, what: str) -> Any:
    """Return the value; refuse one of another type."""
    # `True` is an int to isinstance, and no version.
    if not isinstance(value, expected) or isinstance(value, bool):
        raise BackupError(f"{what} is a {type(value).__name__}, expected {expected.__name__}")
    return value
