"""The weekly copy of the deployed code, on an emulated account."""

import base64
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import pytest

from tests.integration.configuration.stage import BUCKET, NOW, UNREACHABLE, Stage, refused
from tests.unit.backup_samples import CANARY
from watchkeeper.backup import package_store
from watchkeeper.backup.code_snapshot import snapshot_code
from watchkeeper.definitions.errors import WatchkeeperError
from watchkeeper.runtime.download import DownloadError
from watchkeeper.runtime.settings import CodeSnapshotSettings

WEEK = timedelta(days=7)
FUNCTIONS = ("curator", "agent")
LAYER = "arn:aws:lambda:us-east-1:111122223333:layer:tools:7"
Snapshot = Callable[..., Mapping[str, Any]]


class Slow(io.BytesIO):
    """Give a package in pieces, as a socket does."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 1000) if size and size > 0 else size)


class FakeLambda:
    """Be Lambda as far as it describes functions; code is by its address."""

    def __init__(self) -> None:
        self.packages = {"curator": b"one", "agent": b"two"}
        self.error: Exception | None = None
        self.changes: dict[str, Any] = {}

    def get_function(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        if self.error:
            raise self.error
        digest = hashlib.sha256(self.packages[FunctionName]).digest()
        return {
            "Configuration": {
                "FunctionName": FunctionName,
                "Runtime": "python3.13",
                "CodeSha256": base64.b64encode(digest).decode(),
                "RevisionId": "changes with every deployment",
                "Layers": [{"Arn": LAYER, "CodeSize": 12}],
                "Environment": {"Variables": {"API_KEY": CANARY, "PATHS": "/a"}},
                **self.changes,
            },
            "Code": {"Location": f"https://packages/{FunctionName}", "RepositoryType": "S3"},
        }


@pytest.fixture
def functions() -> FakeLambda:
    return FakeLambda()


@pytest.fixture
def environment(account: str) -> str:
    """Give the name of an environment that has no snapshot yet."""
    return f"env-{account}"


@pytest.fixture
def snapshot(stage: Stage, functions: FakeLambda, environment: str) -> Snapshot:
    def fetch(url: str) -> BinaryIO:
        return Slow(functions.packages[url.rpartition("/")[2]])

    def call(*, now: datetime = NOW, s3: Any = None, **more: Any) -> Mapping[str, Any]:
        settings = CodeSnapshotSettings(
            environment=environment,
            snapshot_functions=FUNCTIONS,
            snapshot_bucket=BUCKET,
            snapshot_key_arn=stage.key_arn,
        )
        clients = {"lambda": functions, "s3": s3 or stage.clients("")("s3")}
        run = stage.run(
            settings,
            now=now,
            **{"fetch": fetch, "aws": lambda service, **_: clients[service], **more},
        )
        return snapshot_code(run)

    return call


def read(stage: Stage, key: str) -> Any:
    body = stage.clients("")("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return json.loads(body)


def packages(stage: Stage, environment: str) -> dict[str, int]:
    """Count the versions of each package that is kept."""
    found: dict[str, int] = {}
    s3 = stage.clients("")("s3")
    prefix = f"{environment}/code/packages/"
    for each in s3.list_object_versions(Bucket=BUCKET, Prefix=prefix).get("Versions", []):
        name = each["Key"].removeprefix(prefix)
        found[name] = found.get(name, 0) + 1
    return found


def test_code_and_configuration_are_kept_and_secrets_are_not(
    stage: Stage, snapshot: Snapshot, environment: str
) -> None:
    summary = snapshot()
    assert summary["packages_stored"] == 2
    pointer = read(stage, f"{environment}/code/latest.json")
    assert pointer["completed_at"].startswith("2026-02-01T05:00:0")
    manifest = read(stage, pointer["manifest"])
    curator, agent = manifest["functions"]
    assert (curator["name"], agent["name"]) == FUNCTIONS
    assert curator["configuration"]["Layers"] == [{"Arn": LAYER, "CodeSize": 12}]
    assert "RevisionId" not in curator["configuration"]
    assert list(curator["variables"]) == ["API_KEY", "PATHS"]
    assert curator["variables"]["PATHS"] != agent["variables"]["PATHS"]
    assert CANARY not in json.dumps(manifest)
    body = stage.clients("")("s3").get_object(
        Bucket=BUCKET, Key=curator["package"]["key"], VersionId=curator["package"]["version_id"]
    )
    assert body["Body"].read() == b"one"


def test_unchanged_code_is_not_stored_again_and_its_manifest_is(
    stage: Stage, snapshot: Snapshot, functions: FakeLambda, environment: str
) -> None:
    first = snapshot()
    functions.packages["agent"] = b"three"
    second = snapshot(now=NOW + WEEK)
    assert (first["packages_stored"], second["packages_stored"]) == (2, 1)
    assert sorted(packages(stage, environment).values()) == [1, 1, 1]
    assert first["manifest"] != second["manifest"]
    assert read(stage, f"{environment}/code/latest.json")["manifest"] == second["manifest"]
    kept = [read(stage, each["manifest"])["functions"][0]["package"] for each in (first, second)]
    assert kept[0] == kept[1]


def test_code_the_bucket_would_soon_let_go_is_stored_anew(
    stage: Stage, snapshot: Snapshot, environment: str
) -> None:
    snapshot()
    assert snapshot(now=datetime.now(NOW.tzinfo) + timedelta(days=329))["packages_stored"] == 0
    assert snapshot(now=datetime.now(NOW.tzinfo) + timedelta(days=331))["packages_stored"] == 2
    assert sorted(packages(stage, environment).values()) == [2, 2]


def test_a_large_package_goes_in_parts(
    stage: Stage,
    snapshot: Snapshot,
    functions: FakeLambda,
    environment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(package_store, "PART_BYTES", 5 * 1024 * 1024)
    functions.packages["curator"] = bytes(11 * 1024 * 1024)
    functions.packages["agent"] = bytes(10 * 1024 * 1024)
    assert snapshot(fetch=lambda url: io.BytesIO(functions.packages[url[17:]]))["functions"] == 2
    manifest = read(stage, read(stage, f"{environment}/code/latest.json")["manifest"])
    sizes = [each["package"]["size_bytes"] for each in manifest["functions"]]
    assert sizes == [11 * 1024 * 1024, 10 * 1024 * 1024]


def test_a_package_beyond_the_limit_is_refused(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_store, "MAX_PACKAGE_BYTES", 2)
    with pytest.raises(WatchkeeperError, match="curator: a package is larger than 2 bytes"):
        snapshot()


@pytest.mark.parametrize("size", [3, 11 * 1024 * 1024])
def test_other_code_than_lambda_announced_is_refused(
    stage: Stage,
    snapshot: Snapshot,
    environment: str,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(package_store, "PART_BYTES", 5 * 1024 * 1024)
    with pytest.raises(WatchkeeperError, match=r"curator: a package has the hash .* as Lambda ann"):
        snapshot(fetch=lambda _url: io.BytesIO(bytes(size)))
    assert packages(stage, environment) == {}
    s3 = stage.clients("")("s3")
    assert not s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads")


def test_a_container_image_is_named_by_its_digest(
    stage: Stage, snapshot: Snapshot, functions: FakeLambda, environment: str
) -> None:
    functions.changes = {"PackageType": "Image"}
    snapshot()
    manifest = read(stage, read(stage, f"{environment}/code/latest.json")["manifest"])
    assert [each["package"] for each in manifest["functions"]] == [None, None]


@pytest.mark.parametrize(
    ("operation", "error", "sentence"),
    [
        ("HeadObject", refused("403"), r"curator: .*refused \(403\)"),
        ("PutObject", refused("AccessDenied"), r"curator: put_object was refused"),
        ("PutObject", refused("SlowDown"), r"curator: put_object failed to the last try"),
        ("GetObject", UNREACHABLE, "curator: get_object got no answer"),
    ],
)
def test_a_bucket_that_fails_is_loud_and_repaired_by_the_next_run(
    stage: Stage,
    snapshot: Snapshot,
    environment: str,
    operation: str,
    error: Exception,
    sentence: str,
) -> None:
    with pytest.raises(WatchkeeperError, match=sentence):
        snapshot(s3=stage.broken_client("s3", operation, error))
    listed = stage.clients("")("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{environment}/code/l")
    assert not listed.get("Contents")
    assert snapshot()["functions"] == 2
    assert sorted(packages(stage, environment).values()) == [1, 1]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refused("AccessDeniedException"), r"curator: get_function was refused \(AccessDenied"),
        (refused("TooManyRequestsException"), "curator: get_function failed to the last try"),
        (refused("ResourceNotFoundException"), r"curator: .*ResourceNotFoundException"),
    ],
)
def test_a_function_that_cannot_be_read_is_named(
    snapshot: Snapshot, functions: FakeLambda, error: Exception, sentence: str
) -> None:
    functions.error = error
    with pytest.raises(WatchkeeperError, match=sentence):
        snapshot()


class Breaking(io.BytesIO):
    """Break off in the middle."""

    def read(self, _size: int | None = -1) -> bytes:
        raise TimeoutError("the read operation timed out")


def unreachable(_url: str) -> BinaryIO:
    raise DownloadError("the address did not answer (TimeoutError)")


@pytest.mark.parametrize(
    ("fetch", "sentence"),
    [
        (unreachable, "curator: the address did not answer"),
        (lambda _url: Breaking(), r"curator: a package broke off while it was read \(TimeoutErr"),
    ],
)
def test_a_package_that_does_not_come_is_loud(
    snapshot: Snapshot, fetch: Callable[[str], BinaryIO], sentence: str
) -> None:
    with pytest.raises(WatchkeeperError, match=sentence):
        snapshot(fetch=fetch)


def test_variables_that_cannot_be_read_are_an_error(
    snapshot: Snapshot, functions: FakeLambda
) -> None:
    functions.changes = {"Environment": {"Error": {"ErrorCode": "AccessDeniedException"}}}
    with pytest.raises(WatchkeeperError, match=r"curator: its environment variables .*Denied"):
        snapshot()
