"""Tell in what a parameter differs from its record in an export, without ever showing a value."""

import hashlib
import hmac
import json
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Literal

from watchkeeper.backup.record import (
    SECURE_TYPE,
    ParameterPolicy,
    ParameterRecord,
    ParameterVersion,
    SealedValue,
)
from watchkeeper.definitions.errors import BackupError

# What PutParameter writes besides the value and the policies.
ATTRIBUTES = ("type", "key_id", "data_type", "tier", "description", "allowed_pattern")
FINGERPRINT_DIGITS = 12

# Gives what is equal for equal values, and different for different ones.
Identity = Callable[[ParameterVersion], Hashable]
Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Say that a parameter was added, removed or changed since the export, and in what."""

    name: str
    kind: Kind
    fields: tuple[str, ...] = ()
    kept: str = ""
    live: str = ""


def clear_value(version: ParameterVersion) -> Hashable:
    """Know a value by itself; it has to be open."""
    if isinstance(version.value, SealedValue):
        raise BackupError(f"version {version.version} is sealed, expected it to be open")
    return version.value


def value_or_version(version: ParameterVersion) -> Hashable:
    """Know a secret by its version and when it was written, so that nobody has to open it.

    The time tells a version of a parameter that was deleted and made anew from the one before.
    """
    if version.type == SECURE_TYPE:
        return (version.version, version.last_modified)
    return version.value


class Fingerprints:
    """Make short keyed hashes of values: equal ones look equal, and nobody can guess from them.

    Who does not have the key cannot try values out against a fingerprint.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, version: ParameterVersion, identity: Identity) -> str:
        """Show a version by its number, its length or type, and its fingerprint."""
        known_by = identity(version)
        if not isinstance(known_by, str):
            return f"version {version.version}, unopened"
        return f"version {version.version}, {len(known_by)} characters, {self.hash(known_by)}"

    def hash(self, text: str) -> str:
        """Hash a text."""
        digest = hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
        return digest[:FINGERPRINT_DIGITS]


def differing_fields(
    kept: ParameterRecord, live: ParameterRecord, identity: Identity
) -> Iterator[str]:
    """Name each field in which a parameter is not as the export says."""
    if identity(kept.current) != identity(live.current):
        yield "value"
    yield from differing_attributes(kept.current, live.current)
    if kept.tags != live.tags:
        yield "tags"
    if labelled_values(kept, identity) != labelled_values(live, identity):
        yield "labels"


def differing_attributes(kept: ParameterVersion, live: ParameterVersion) -> Iterator[str]:
    """Name what PutParameter writes besides the value, and is not the same in two versions."""
    for name in ATTRIBUTES:
        if getattr(kept, name) != getattr(live, name):
            yield name
    if _policy_texts(kept.policies) != _policy_texts(live.policies):
        yield "policies"


def labelled_values(record: ParameterRecord, identity: Identity) -> dict[str, Hashable]:
    """Give what each label of a parameter leads to."""
    return {label: identity(each) for each in record.versions for label in each.labels}


def _policy_texts(policies: tuple[ParameterPolicy, ...]) -> list[str]:
    """Give the policies in an order and a form that does not matter to Parameter Store."""
    return sorted(json.dumps(json.loads(each.text), sort_keys=True) for each in policies)


def compare(
    kept: list[ParameterRecord],
    live: list[ParameterRecord],
    identity: Identity,
    fingerprints: Fingerprints,
) -> Iterator[Difference]:
    """Yield every difference between an export and the account, in the order of the names."""
    before = {each.name: each for each in kept}
    after = {each.name: each for each in live}
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        kind: Kind = "changed"
        fields: tuple[str, ...] = ()
        if was is None or now is None:
            kind = "added" if was is None else "removed"
        elif not (fields := tuple(differing_fields(was, now, identity))):
            continue
        yield Difference(
            name=name,
            kind=kind,
            fields=fields,
            kept=fingerprints.of(was.current, identity) if was else "",
            live=fingerprints.of(now.current, identity) if now else "",
        )
