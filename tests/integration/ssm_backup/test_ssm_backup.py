"""The whole backup against the AWS API as moto knows it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from functions.ssm_backup.handler import handler
from tests.integration.ssm_backup.stage import (
    ACCOUNT,
    BUCKET,
    FOLDER,
    LONG_SECRET,
    NOW,
    PLAIN,
    REGION,
    Stage,
)
from tests.unit.backup_samples import CANARY, UNPACED
from watchkeeper.backup.export import decompress, manifest_from_bytes, sha256
from watchkeeper.backup.job import back_up_parameters
from watchkeeper.backup.record import SECURE_TYPE, SealedValue
from watchkeeper.definitions.errors import BackupError
from watchkeeper.runtime.clients import aws_client
from watchkeeper.runtime.settings import VARIABLE


def test_export_manifest_and_pointer_lead_to_every_parameter(stage: Stage, ssm: Any) -> None:
    summary = stage.back_up()
    objects = stage.objects()
    pointer = json.loads(objects["staging/latest.json"][0])
    assert pointer["manifest"] == f"{FOLDER}/manifest.json"
    assert pointer["count"] == 4
    assert pointer["sha256"] == sha256(objects[pointer["manifest"]][0])
    manifest = manifest_from_bytes(objects[pointer["manifest"]][0])
    assert manifest.by_type == {"SecureString": 1, "String": 3}
    assert manifest.by_tier == {"Standard": 4}
    assert manifest.versions == dict.fromkeys([*PLAIN, "/app/secret"], 1)
    assert (manifest.path, manifest.environment) == ("/app", "staging")
    assert manifest.started_at == NOW <= manifest.completed_at
    assert pointer["completed_at"] == json.loads(objects[pointer["manifest"]][0])["completed_at"]
    export = objects[manifest.export.key][0]
    assert manifest.export.sha256 == sha256(export)
    assert manifest.export.size_bytes == len(export)
    assert summary["parameters"] == 4
    assert {name: each.current.value for name, each in stage.records().items()} == PLAIN | {
        "/app/secret": CANARY
    }


def test_every_kind_of_parameter_comes_back_whole(stage: Stage, ssm: Any) -> None:
    odd = "línea\r\nzwei\u2028drei\n"
    ssm.put_parameter(Name="/app/list", Value="a,b,,c", Type="StringList", Tier="Standard")
    ssm.put_parameter(Name="/app/odd", Value=odd, Type="String", Tier="Intelligent-Tiering")
    ssm.put_parameter(
        Name="/app/long", Value=LONG_SECRET, Type=SECURE_TYPE, Tier="Advanced", KeyId="alias/app",
        Description="why, in words", AllowedPattern=".*", DataType="text",
        Tags=[{"Key": "team", "Value": "ops"}],
    )  # fmt: skip
    stage.back_up()
    records = stage.records()
    assert records["/app/list"].current.type == "StringList"
    assert records["/app/odd"].current.value == odd
    assert records["/app/odd"].current.tier == "Intelligent-Tiering"
    long = records["/app/long"]
    assert long.tags == {"team": "ops"}
    assert long.current.value == LONG_SECRET
    assert (long.current.key_id, long.current.tier) == ("alias/app", "Advanced")
    assert (long.current.description, long.current.allowed_pattern) == ("why, in words", ".*")
    stored = decompress(stage.objects()[f"{FOLDER}/parameters.ndjson.gz"][0])
    [sealed] = [each.current.value for each in stored if each.name == "/app/long"]
    assert isinstance(sealed, SealedValue)
    assert len(LONG_SECRET.encode()) == 8192
    assert len(sealed.parts) == 2


def test_labels_and_the_values_they_point_to_come_back(stage: Stage, ssm: Any) -> None:
    for number in range(2, 5):
        ssm.put_parameter(
            Name="/app/secret", Value=f"{CANARY}-{number}", Type=SECURE_TYPE, Overwrite=True
        )
    ssm.label_parameter_version(Name="/app/secret", ParameterVersion=2, Labels=["rollback"])
    ssm.label_parameter_version(Name="/app/secret", ParameterVersion=4, Labels=["live"])
    stage.back_up()
    record = stage.records()["/app/secret"]
    assert record.current.labels == ("live",)
    assert [(each.version, each.labels, each.value) for each in record.labelled] == [
        (2, ("rollback",), f"{CANARY}-2")
    ]


def test_thousands_of_parameters_are_paged_through(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Here and not above: moto's SSM imports its EC2, which takes a second of every test process.
    from moto.ssm.models import ssm_backends

    backend = ssm_backends[ACCOUNT][REGION]
    for number in range(2010):
        secret = number % 20 == 0
        backend.put_parameter(
            name=f"/app/{number % 13}/p{number:04}", description="", value=f"{CANARY}-{number}",
            parameter_type=SECURE_TYPE if secret else "String", allowed_pattern="",
            keyid="alias/app" if secret else "", overwrite=False, tags=[], data_type="text",
            tier="Standard", policies=None,
        )  # fmt: skip
    # Answered here, for moto takes its time with each: a tag that tells whose it is.
    stage.on("before-call", "ssm", "ListTagsForResource", lambda _, asked: tagged(asked))
    with monkeypatch.context() as patched:
        # Moto looks at all parameters for each page of some; here they stay the same.
        for searched, search in (
            (backend, "describe_parameters"),
            (backend, "get_parameter"),
            (backend._parameters, "get_keys_beginning_with"),
        ):
            patched.setattr(searched, search, remembering(getattr(searched, search)))
        assert stage.back_up()["parameters"] == 2010
    assert json.loads(stage.objects()["staging/latest.json"][0])["count"] == 2010
    records = stage.records()
    assert {each.current.value for each in records.values()} == {
        f"{CANARY}-{number}" for number in range(2010)
    }
    assert all(each.tags == {"of": name} for name, each in records.items())


def remembering(search: Callable[..., Any]) -> Callable[..., Any]:
    """Make a search that is done once for each question."""
    found: dict[str, Any] = {}

    def answer(*question: Any, **more: Any) -> Any:
        key = repr((question, more))
        if key not in found:
            result = search(*question, **more)
            found[key] = list(result) if isinstance(result, Iterator) else result
        return found[key]

    return answer


def tagged(asked: dict[str, Any]) -> tuple[SimpleNamespace, dict[str, Any]]:
    """Make the answer that a parameter has one tag: its name."""
    return SimpleNamespace(status_code=200), {
        "TagList": [{"Key": "of", "Value": asked["ResourceId"]}]
    }


def test_repeated_event_writes_the_same_keys_as_new_versions(stage: Stage, ssm: Any) -> None:
    stage.back_up()
    first = stage.objects()
    stage.back_up()
    second = stage.objects()
    assert second.keys() == first.keys()
    assert {len(versions) for versions in second.values()} == {2}
    assert {key: versions[1:] for key, versions in second.items()} == first
    assert set(stage.records()) == {*PLAIN, "/app/secret"}


def test_objects_are_encrypted_under_the_backup_key_and_checked(stage: Stage, ssm: Any) -> None:
    stage.back_up()
    s3 = stage.aws("s3")
    for key in stage.objects():
        head = s3.head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
        assert head["ServerSideEncryption"] == "aws:kms"
        assert head["SSEKMSKeyId"] == stage.key_arn
        assert head["ChecksumSHA256"]


def test_calls_are_retried_adaptively(stage: Stage, ssm: Any) -> None:
    stage.back_up()
    assert stage.options["ssm"] == {"retry_mode": "adaptive", "max_attempts": 8}


def test_empty_path_is_an_error(stage: Stage) -> None:
    with pytest.raises(BackupError, match="no parameter was found below /app: the path is wrong"):
        stage.back_up()
    assert stage.objects() == {}


@pytest.mark.parametrize("path", ["/", "", "app"])
def test_path_that_is_no_path_is_an_error(stage: Stage, ssm: Any, path: str) -> None:
    run = stage.run()
    wrong = replace(run, settings=replace(run.settings, parameter_path=path))
    with pytest.raises(BackupError, match="expected one such as /storytailor-production"):
        back_up_parameters(wrong, UNPACED)


def test_closing_slash_of_the_path_makes_no_difference(stage: Stage, ssm: Any) -> None:
    run = stage.run()
    slashed = replace(run, settings=replace(run.settings, parameter_path="/app/"))
    assert back_up_parameters(slashed, UNPACED)["parameters"] == 4


def test_handler_runs_the_backup_and_reports_its_success(
    stage: Stage, ssm: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws_client.cache_clear()
    monkeypatch.setenv(VARIABLE, stage.run().settings.to_json())
    summary = handler({"time": "2026-02-01T03:05:00Z"}, SimpleNamespace(aws_request_id="r"))
    aws_client.cache_clear()
    assert summary["parameters"] == 4
    assert set(stage.records()) == {*PLAIN, "/app/secret"}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [metrics] = [line for line in lines if "RunSucceeded" in line]
    assert metrics["RunSucceeded"] == [1.0]
