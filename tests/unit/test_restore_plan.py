"""What a restore would write for one parameter, and in which order."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.backup_samples import record, version
from watchkeeper.backup.calls import CallExhaustedError
from watchkeeper.backup.record import ParameterPolicy, ParameterRecord
from watchkeeper.definitions.errors import BackupError
from watchkeeper.operations.plan import (
    MARK,
    AddTags,
    LabelVersion,
    PutVersion,
    RemoveMark,
    plan,
    put_arguments,
    steps,
)
from watchkeeper.operations.restoring import Restorer
from watchkeeper.operations.selection import Selection
from watchkeeper.operations.writing import Writer

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def policy(timestamp: str) -> ParameterPolicy:
    document = {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": timestamp}}
    return ParameterPolicy(text=json.dumps(document), type="Expiration", status="Pending")


def labelled(*labels: str, old: str = "old") -> ParameterRecord:
    """Make a record with a labelled version before its current one."""
    return replace(record(), labelled=(version(version=1, value=old, labels=labels),))


def written(kept: ParameterRecord, live: ParameterRecord | None, key_id: str = "") -> list[Any]:
    return list(steps(plan(kept, live, key_id=key_id, now=NOW)))


def test_a_plain_parameter_takes_one_write_with_its_tags() -> None:
    kept = replace(record(), tags={"owner": "shop"})
    [step] = written(kept, None)
    arguments = put_arguments("/app/flag", step)
    assert arguments == {
        "Name": "/app/flag",
        "Value": "true",
        "Type": "String",
        "Overwrite": False,
        "Description": "",
        "AllowedPattern": "",
        "Tier": "Standard",
        "DataType": "text",
        "Tags": [{"Key": "owner", "Value": "shop"}],
    }


def test_a_parameter_that_is_as_it_should_be_takes_none() -> None:
    kept = labelled("rollback")
    more = replace(kept, tags={"added": "since"})
    assert plan(kept, more, key_id="", now=NOW).is_unchanged


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"value": "false"}, ("value",)),
        ({"description": "other"}, ("description",)),
        ({"data_type": "aws:ec2:image"}, ("data_type",)),
        ({"allowed_pattern": "x"}, ("allowed_pattern",)),
        ({"policies": (policy("2030-01-01T00:00:00Z"),)}, ("policies",)),
        ({"tier": "Intelligent-Tiering"}, ("tier",)),
        ({"version": 9}, ()),
        ({"labels": ("since",)}, ()),
        ({"tier": "Advanced"}, ()),
    ],
)
def test_what_differs_is_named(change: dict[str, Any], fields: tuple[str, ...]) -> None:
    assert plan(record(), record(**change), key_id="", now=NOW).fields == fields


def test_an_advanced_parameter_is_overwritten_as_one() -> None:
    [step] = written(record(), record(tier="Advanced", value="false"))
    assert put_arguments("/app/flag", step)["Tier"] == "Advanced"


def test_policies_that_the_export_does_not_have_are_taken_away() -> None:
    live = record(policies=(policy("2030-01-01T00:00:00Z"),))
    [step] = written(record(), live)
    assert put_arguments("/app/flag", step)["Policies"] == "[{}]"


@pytest.mark.parametrize(
    ("timestamp", "obstacle"),
    [
        ("2026-02-28T23:59:00Z", "it expired on 2026-02-28 23:59 UTC and would be deleted again"),
        ("2026-03-01T00:00:00", "it expired on 2026-03-01 00:00 UTC"),
        ("2026-03-01T00:01:00.000Z", ""),
    ],
)
def test_a_parameter_that_has_expired_is_reported(timestamp: str, obstacle: str) -> None:
    found = plan(record(policies=(policy(timestamp),)), None, key_id="", now=NOW)
    assert found.obstacle.startswith(obstacle)
    assert bool(found.obstacle) == bool(obstacle)


def test_a_label_goes_to_the_version_that_holds_its_value() -> None:
    live = replace(
        record(value="true", version=8),
        labelled=(version(version=4, value="old", labels=("other",)),),
    )
    assert written(labelled("rollback"), live) == [LabelVersion(number=4, labels=("rollback",))]


def test_a_label_whose_value_is_gone_brings_it_back_before_the_current_one() -> None:
    kept = labelled("rollback")
    mark, old, current, done = written(kept, record())
    assert mark == AddTags(tags=((MARK, "true"),))
    assert isinstance(old, PutVersion)
    assert (old.version.value, old.creates) == ("old", False)
    assert (current.version.value, current.creates) == ("true", False)
    assert done == RemoveMark()


def test_what_an_interrupted_restore_left_is_its_own() -> None:
    half_done = replace(record(value="old", labels=("rollback",)), tags={MARK: "true"})
    found = plan(labelled("rollback"), half_done, key_id="", now=NOW)
    assert found.is_resumed
    assert not found.overwrites
    current, done = steps(found)
    assert isinstance(current, PutVersion)
    assert done == RemoveMark()


def test_a_mark_that_was_left_alone_is_taken_away() -> None:
    finished = replace(labelled("rollback"), tags={MARK: "true"})
    assert written(labelled("rollback"), finished) == [RemoveMark()]


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        (Selection(), {"/a/b", "/a/c", "/x"}),
        (Selection(names=("/x",)), {"/x"}),
        (Selection(prefixes=("/a/",), names=("/x",)), {"/a/b", "/a/c", "/x"}),
        (Selection(patterns=("/*/b", "/x*")), {"/a/b", "/x"}),
    ],
)
def test_a_selection_takes_what_any_of_its_choices_is(
    selection: Selection, chosen: set[str]
) -> None:
    assert selection.of(["/a/b", "/a/c", "/x"]) == chosen


class Ssm:
    """Take writes until one is refused."""

    def __init__(self, invalid: list[str] | None = None, error: Exception | None = None) -> None:
        self.invalid = invalid or []
        self.error = error
        self.calls: list[str] = []

    def put_parameter(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments["Name"])
        if self.error and len(self.calls) == 2:
            raise self.error
        return {"Version": 1}

    def label_parameter_version(self, **_arguments: Any) -> dict[str, Any]:
        return {"InvalidLabels": self.invalid}


def restored(ssm: Ssm, *names: str, labels: tuple[str, ...] = ()) -> None:
    plans = [plan(record(n, labels=labels), None, key_id="", now=NOW) for n in names]
    told: list[str] = []
    sealing: Any = None
    Restorer(ssm, sealing).write(plans, Writer(ssm, 1e9), lambda *each: told.append(each[2]))


def test_where_writing_stops_is_said_by_name_and_how_to_go_on() -> None:
    error = CallExhaustedError("put_parameter failed to the last try (ThrottlingException)")
    ssm = Ssm(error=error)
    with pytest.raises(
        BackupError, match=r"^/b: .*ThrottlingException\); 1 of 3 are restored, run it again"
    ):
        restored(ssm, "/a", "/b", "/c")
    assert ssm.calls == ["/a", "/b"]


def test_a_label_that_is_not_taken_is_an_error() -> None:
    with pytest.raises(BackupError, match=r"^/a: Parameter Store takes no label aws:live"):
        restored(Ssm(invalid=["aws:live"]), "/a", labels=("aws:live",))
