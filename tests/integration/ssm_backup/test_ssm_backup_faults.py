"""The faults AWS is known for: survived where they pass, named where they stay."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from botocore.response import StreamingBody

from tests.integration.ssm_backup.stage import (
    BUCKET,
    FOLDER,
    NOW,
    Hook,
    Stage,
    assert_no_pointer,
    refusal,
    throttled,
)
from watchkeeper.backup.calls import CallExhaustedError
from watchkeeper.backup.export import manifest_from_bytes
from watchkeeper.definitions.errors import BackupError
from watchkeeper.runtime.scheduled import Run


def test_bucket_without_versions_is_an_error(stage: Stage, ssm: Any) -> None:
    stage.aws("s3").put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}
    )
    with pytest.raises(BackupError, match="bucket backups keeps no versions"):
        stage.back_up()
    assert_no_pointer(stage)


SSM_OPERATIONS = (
    "GetParametersByPath",
    "DescribeParameters",
    "ListTagsForResource",
    "GetParameterHistory",
)


@pytest.mark.parametrize("operation", SSM_OPERATIONS)
def test_throttling_that_passes_is_survived(stage: Stage, ssm: Any, operation: str) -> None:
    times = iter(range(2))
    stage.on(
        "before-send",
        "ssm",
        operation,
        lambda *_: throttled() if next(times, None) is not None else None,
    )
    assert stage.back_up()["parameters"] == 4


@pytest.mark.parametrize("operation", SSM_OPERATIONS)
def test_throttling_that_never_ends_fails_without_a_pointer(
    stage: Stage, ssm: Any, operation: str
) -> None:
    stage.on("before-send", "ssm", operation, lambda *_: throttled())
    with pytest.raises(CallExhaustedError, match=r"last try \(ThrottlingException\)"):
        stage.back_up()
    assert_no_pointer(stage)


@pytest.mark.parametrize("operation", ["ListTagsForResource", "GetParameterHistory"])
def test_parameter_that_may_not_be_read_is_named(stage: Stage, ssm: Any, operation: str) -> None:
    def deny_one(_: str, request: dict[str, Any]) -> Any:
        name = request.get("ResourceId") or request.get("Name")
        return refusal("AccessDeniedException") if name == "/app/b" else None

    stage.on("before-call", "ssm", operation, deny_one)
    with pytest.raises(
        BackupError, match=r"^1 parameter could not be read: .*AccessDeniedException.: /app/b$"
    ):
        stage.back_up()
    assert stage.objects() == {}


def test_secret_whose_key_is_denied_is_found_and_named(stage: Stage, ssm: Any) -> None:
    def deny_page(*_: Any) -> Any:
        return refusal("AccessDeniedException")

    def deny_secret(_: str, request: dict[str, Any]) -> Any:
        denied = "/app/secret" in request["Names"]
        return refusal("AccessDeniedException") if denied else None

    stage.on("before-call", "ssm", "GetParametersByPath", deny_page)
    stage.on("before-call", "ssm", "GetParameters", deny_secret)
    with pytest.raises(
        BackupError,
        match=r"refused \(AccessDeniedException\), and so was the reading alone of /app/secret$",
    ):
        stage.back_up()
    assert stage.objects() == {}


@pytest.mark.parametrize("operation", ["GetParametersByPath", "DescribeParameters"])
def test_listing_that_is_denied_as_a_whole_is_named(stage: Stage, ssm: Any, operation: str) -> None:
    stage.on("before-call", "ssm", operation, lambda *_: refusal("AccessDeniedException"))
    with pytest.raises(BackupError, match=r"was refused \(AccessDeniedException\)"):
        stage.back_up()
    assert stage.objects() == {}


def test_many_unreadable_parameters_are_counted_and_twenty_named(stage: Stage, ssm: Any) -> None:
    for number in range(30):
        ssm.put_parameter(Name=f"/app/many/{number:02}", Value="x", Type="String")
    stage.on("before-call", "ssm", "ListTagsForResource", lambda *_: refusal("AccessDenied"))
    with pytest.raises(BackupError, match=r"^34 parameters could not be read") as caught:
        stage.back_up()
    assert str(caught.value).count("/app/") == 20
    assert str(caught.value).endswith("and 14 more")


def forget(name: str, *, times: int) -> Hook:
    """Leave one parameter out of so many answers of a listing."""
    left = iter(range(times))

    def without(_: str, answer: dict[str, Any]) -> None:
        kept = [each for each in answer["Parameters"] if each["Name"] != name]
        if len(kept) != len(answer["Parameters"]) and next(left, None) is not None:
            answer["Parameters"] = kept

    return without


LISTINGS = {
    "GetParametersByPath": ("GetParametersByPath", "GetParameters"),
    "DescribeParameters": ("DescribeParameters", "DescribeParameters"),
}


@pytest.mark.parametrize("listing", LISTINGS)
def test_parameter_one_listing_forgot_is_read_again(stage: Stage, ssm: Any, listing: str) -> None:
    stage.on("after-call", "ssm", listing, forget("/app/b", times=1))
    stage.back_up()
    assert stage.records()["/app/b"].current.value == "two"


@pytest.mark.parametrize(("listing", "again"), LISTINGS.values(), ids=LISTINGS)
def test_parameter_one_listing_never_gives_fails_the_export_by_name(
    stage: Stage, ssm: Any, listing: str, again: str
) -> None:
    for operation in {listing, again}:
        stage.on("after-call", "ssm", operation, forget("/app/b", times=100))
    with pytest.raises(
        BackupError,
        match=rf"1 parameter could not be read as one version: not given by {listing}: /app/b$",
    ):
        stage.back_up()
    assert stage.objects() == {}


def test_parameter_that_changes_between_the_listings_is_read_again(stage: Stage, ssm: Any) -> None:
    changes = iter(range(1))

    def change(_: str, asked: dict[str, Any]) -> None:
        # Before its own tags are read: others are read at the same time.
        if asked["ResourceId"] == "/app/b" and next(changes, None) is not None:
            ssm.put_parameter(Name="/app/b", Value="changed", Type="String", Overwrite=True)

    stage.on("before-call", "ssm", "ListTagsForResource", change)
    stage.back_up()
    current = stage.records()["/app/b"].current
    assert (current.version, current.value) == (2, "changed")
    manifest = manifest_from_bytes(stage.objects()[f"{FOLDER}/manifest.json"][0])
    assert manifest.versions["/app/b"] == 2


def test_description_of_an_older_version_is_read_again(stage: Stage, ssm: Any) -> None:
    ssm.put_parameter(Name="/app/b", Value="two", Type="String", Overwrite=True, Description="new")
    times = iter(range(1))

    def outdate(_: str, answer: dict[str, Any]) -> None:
        for each in answer["Parameters"]:
            if each["Name"] == "/app/b" and next(times, None) is not None:
                each.update(Version=1, Description="old")

    stage.on("after-call", "ssm", "DescribeParameters", outdate)
    stage.back_up()
    assert stage.records()["/app/b"].current.description == "new"
    assert next(times, None) is None


def test_parameter_that_never_stops_changing_fails_the_export_by_name(
    stage: Stage, ssm: Any
) -> None:
    def change(_: str, request: dict[str, Any]) -> None:
        if request["ResourceId"] == "/app/b":
            ssm.put_parameter(Name="/app/b", Value="again", Type="String", Overwrite=True)

    stage.on("before-call", "ssm", "ListTagsForResource", change)
    with pytest.raises(
        BackupError,
        match=r"read as one version: version 4 by its value and 5 by its history: /app/b$",
    ):
        stage.back_up()
    assert stage.objects() == {}


@pytest.mark.parametrize("code", ["ParameterNotFound", "InvalidResourceId"])
def test_parameter_that_is_deleted_meanwhile_is_left_out(stage: Stage, ssm: Any, code: str) -> None:
    def delete(_: str, request: dict[str, Any]) -> Any:
        if request["ResourceId"] != "/app/b":
            return None
        ssm.delete_parameter(Name="/app/b")
        return refusal(code)

    stage.on("before-call", "ssm", "ListTagsForResource", delete)
    assert stage.back_up()["parameters"] == 3
    assert "/app/b" not in stage.records()


def test_key_that_may_not_seal_fails_before_anything_is_written(stage: Stage, ssm: Any) -> None:
    stage.on("before-call", "kms", "Encrypt", lambda *_: refusal("AccessDeniedException"))
    with pytest.raises(
        BackupError, match=r"1 parameter could not be sealed: .*AccessDenied.*: /app/secret"
    ):
        stage.back_up()
    assert stage.objects() == {}


def test_key_that_may_not_open_fails_without_a_pointer(stage: Stage, ssm: Any) -> None:
    stage.on("before-call", "kms", "Decrypt", lambda *_: refusal("AccessDeniedException"))
    with pytest.raises(
        BackupError, match=r"could not be verified: AccessDeniedException: /app/secret$"
    ):
        stage.back_up()
    assert_no_pointer(stage)


def cut(content: bytes) -> bytes:
    return content[:-7]


def flip(content: bytes) -> bytes:
    return content[:50] + bytes([content[50] ^ 1]) + content[51:]


@pytest.mark.parametrize("damage", [cut, flip])
def test_object_that_reads_back_differently_fails_without_a_pointer(
    stage: Stage, ssm: Any, damage: Callable[[bytes], bytes]
) -> None:
    def damaged(_: str, answer: dict[str, Any]) -> None:
        content = damage(answer["Body"].read())
        answer["Body"] = StreamingBody(io.BytesIO(content), len(content))

    stage.on("after-call", "s3", "GetObject", damaged)
    with pytest.raises(BackupError, match=r"parameters\.ndjson\.gz reads back as"):
        stage.back_up()
    stage.clients.clear()
    assert set(stage.objects()) == {f"{FOLDER}/parameters.ndjson.gz"}


def test_pointer_of_the_last_good_export_survives_a_failure(stage: Stage, ssm: Any) -> None:
    stage.back_up()
    good = stage.objects()["staging/latest.json"]
    stage.on("before-call", "kms", "Decrypt", lambda *_: refusal("KMSInvalidStateException"))
    with pytest.raises(BackupError, match="KMSInvalidStateException"):
        stage.back_up(now=NOW.replace(month=3))
    assert stage.objects()["staging/latest.json"] == good


def test_deadline_too_near_fails_before_the_parameters_are_read(stage: Stage, ssm: Any) -> None:
    stage.on("before-call", "ssm", "ListTagsForResource", lambda *_: pytest.fail("was read"))
    with pytest.raises(BackupError, match=r"4 parameters need about 20 s, and \d+ s of the run"):
        stage.back_up(seconds=15.0)
    assert stage.objects() == {}


def test_deadline_that_has_passed_fails_at_once(stage: Stage, ssm: Any) -> None:
    with pytest.raises(CallExhaustedError, match="the time of the run was up"):
        stage.back_up(seconds=0.0)
    assert stage.objects() == {}


def test_deadline_that_passes_at_the_end_leaves_no_pointer(
    stage: Stage, ssm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over: list[bool] = []
    stage.on("after-call", "s3", "GetObject", lambda *_: is_over.append(True))
    remaining = property(lambda _: 0.0 if len(is_over) > 1 else 60.0)
    monkeypatch.setattr(Run, "remaining_seconds", remaining)
    with pytest.raises(CallExhaustedError, match="the time of the run was up"):
        stage.back_up()
    monkeypatch.undo()
    assert_no_pointer(stage)
