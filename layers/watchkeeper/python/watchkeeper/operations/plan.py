"""Work out what has to be written so that an account holds what an export says.

Nothing is remembered between runs: each compares anew, and what already is as it should be is
skipped. A parameter that takes several writes carries a tag from its first to its last one, so that
an interrupted restore is told from somebody else's parameter of that name.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from watchkeeper.backup.difference import clear_value, differing_attributes, labelled_values
from watchkeeper.backup.record import (
    SECURE_TYPE,
    ParameterPolicy,
    ParameterRecord,
    ParameterVersion,
)

# On a parameter while its restore is under way.
MARK = "watchkeeper:being-restored"
ADVANCED = "Advanced"


@dataclass(frozen=True, kw_only=True)
class PutVersion:
    """Write a version, then attach its labels; `tags` are for a parameter that is new."""

    version: ParameterVersion
    creates: bool
    tags: tuple[tuple[str, str], ...] = ()
    clears_policies: bool = False


@dataclass(frozen=True, kw_only=True)
class LabelVersion:
    """Attach labels to a version that is there."""

    number: int
    labels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AddTags:
    """Set tags of a parameter that is there."""

    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class RemoveMark:
    """Take the mark of an unfinished restore away."""


Step = PutVersion | LabelVersion | AddTags | RemoveMark


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """Say what becomes of one parameter.

    `obstacle` says why it cannot be restored at all; `fields` in what it differs, empty for one
    that the account lacks.
    """

    name: str
    kept: ParameterRecord
    live: ParameterRecord | None
    fields: tuple[str, ...] = ()
    obstacle: str = ""

    @property
    def is_unchanged(self) -> bool:
        """Tell whether nothing has to be done."""
        return self.live is not None and not self.fields

    @property
    def is_resumed(self) -> bool:
        """Tell whether an interrupted restore left it half done."""
        return self.live is not None and MARK in self.live.tags

    @property
    def overwrites(self) -> bool:
        """Tell whether it would overwrite what somebody else wrote."""
        return self.live is not None and bool(self.fields) and not self.is_resumed


def plan(
    kept: ParameterRecord, live: ParameterRecord | None, *, key_id: str, now: datetime
) -> Restoration:
    """Compare a parameter with its record, secrets open; `key_id` replaces the record's keys."""
    wanted = _fit(kept, live, key_id)
    if live is None:
        return Restoration(
            name=kept.name, kept=wanted, live=None, obstacle=_expired(wanted.current, now)
        )
    fields = tuple(_fields(wanted, live))
    obstacle = ""
    if "type" in fields:
        obstacle = (
            f"it is a {live.current.type} in the account and a {wanted.current.type} in the "
            "export, and Parameter Store changes no type: delete it first"
        )
    return Restoration(
        name=kept.name,
        kept=wanted,
        live=live,
        fields=fields,
        obstacle=(obstacle or _expired(wanted.current, now)) if fields else "",
    )


def steps(restoration: Restoration) -> Iterator[Step]:
    """Yield the writes in their order; an interruption between any two of them can be resumed."""
    kept, live = restoration.kept, restoration.live
    missing = [each for each in kept.labelled if _same(each, live) is None]
    creates = live is None
    many = bool(missing) or bool(creates and kept.current.labels)
    if many and live is not None and MARK not in live.tags:
        yield AddTags(tags=((MARK, "true"),))
    marks = ((MARK, "true"),) if many and creates else ()
    for each in kept.labelled:
        there = _same(each, live)
        if there is None:
            yield PutVersion(version=each, creates=creates, tags=marks if creates else ())
            creates = False
        elif lacking := tuple(label for label in each.labels if label not in there.labels):
            yield LabelVersion(number=there.version, labels=lacking)
    tags = tuple(sorted(kept.tags.items()))
    if missing or live is None or _differs(kept.current, live.current):
        yield PutVersion(
            version=kept.current,
            creates=creates,
            tags=(*tags, *marks) if creates else (),
            clears_policies=bool(live and live.current.policies) and not kept.current.policies,
        )
    elif lacking := tuple(x for x in kept.current.labels if x not in live.current.labels):
        yield LabelVersion(number=live.current.version, labels=lacking)
    if not creates and tags and not (live and kept.tags.items() <= live.tags.items()):
        yield AddTags(tags=tags)
    if many or restoration.is_resumed:
        yield RemoveMark()


def put_arguments(name: str, step: PutVersion) -> dict[str, Any]:
    """Give PutParameter's arguments for a version."""
    version = step.version
    arguments: dict[str, Any] = {
        "Name": name,
        "Value": version.value,
        "Type": version.type,
        "Overwrite": not step.creates,
        "Description": version.description,
        "AllowedPattern": version.allowed_pattern,
    }
    if version.type == SECURE_TYPE and version.key_id:
        arguments["KeyId"] = version.key_id
    if version.tier:
        arguments["Tier"] = version.tier
    if version.data_type:
        arguments["DataType"] = version.data_type
    if step.tags:
        arguments["Tags"] = [{"Key": key, "Value": value} for key, value in step.tags]
    if version.policies:
        documents = [json.loads(each.text) for each in version.policies]
        arguments["Policies"] = json.dumps(documents)
    elif step.clears_policies:
        # Systems Manager User Guide, "Assigning parameter policies": how all are deleted.
        arguments["Policies"] = "[{}]"
    return arguments


def _fit(kept: ParameterRecord, live: ParameterRecord | None, key_id: str) -> ParameterRecord:
    """Give the record as this account can hold it.

    An advanced parameter does not become a standard one again, and a key may be another's.
    """
    is_advanced = live is not None and live.current.tier == ADVANCED

    def fit(version: ParameterVersion) -> ParameterVersion:
        replaces_key = key_id and version.type == SECURE_TYPE
        return replace(
            version,
            tier=ADVANCED if is_advanced else version.tier,
            key_id=key_id if replaces_key else version.key_id,
        )

    return replace(kept, current=fit(kept.current), labelled=tuple(map(fit, kept.labelled)))


def _fields(kept: ParameterRecord, live: ParameterRecord) -> Iterator[str]:
    """Name what has to be written; tags and labels that the account has besides may stay."""
    if kept.current.value != live.current.value:
        yield "value"
    yield from differing_attributes(kept.current, live.current)
    if not kept.tags.items() <= live.tags.items():
        yield "tags"
    there = labelled_values(live, clear_value)
    wanted = labelled_values(kept, clear_value)
    if any(label not in there or there[label] != value for label, value in wanted.items()):
        yield "labels"
    elif MARK in live.tags:
        yield "unfinished"


def _differs(kept: ParameterVersion, live: ParameterVersion) -> bool:
    return kept.value != live.value or any(differing_attributes(kept, live))


def _same(wanted: ParameterVersion, live: ParameterRecord | None) -> ParameterVersion | None:
    """Find the newest version in the account that holds what a label shall lead to."""
    for each in reversed(live.versions if live else ()):
        if (each.type, each.value) == (wanted.type, wanted.value):
            return each
    return None


def _expired(version: ParameterVersion, now: datetime) -> str:
    for policy in version.policies:
        moment = _expiry(policy)
        if moment is not None and moment <= now:
            return f"it expired on {moment:%Y-%m-%d %H:%M} UTC and would be deleted again at once"
    return ""


def _expiry(policy: ParameterPolicy) -> datetime | None:
    document = json.loads(policy.text)
    if document.get("Type") != "Expiration":
        return None
    moment = datetime.fromisoformat(document["Attributes"]["Timestamp"])
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
