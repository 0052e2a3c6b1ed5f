"""The daily comparison with the approved export, on an emulated account."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from rehearsal.local.emulator import LOCAL_ACCOUNT, LOCAL_REGION
from tests.integration.configuration.stage import (
    BUCKET,
    NOW,
    PATH,
    UNREACHABLE,
    Stage,
    put_parameters,
    refused,
)
from tests.unit.backup_samples import CANARY, UNPACED
from watchkeeper.backup.drift import compare_configuration
from watchkeeper.definitions.errors import BackupError, WatchkeeperError
from watchkeeper.operations import command
from watchkeeper.runtime.settings import ConfigDriftSettings
from watchkeeper.workloads.storytailor.metrics_configuration import CONFIGURATION_DRIFT

RULE = "shop-digest"
SCHEDULE = "cron(0 20 * * ? *)"
CURATOR = "shop-curator"
DAY = timedelta(days=1)
Compare = Callable[..., Mapping[str, Any]]


@pytest.fixture
def shop(stage: Stage, account: str) -> Iterator[Any]:
    """Give the parameters of a fresh account, exported just now, with a rule and a snapshot."""
    ssm = stage.client("ssm", account=account)
    put_parameters(ssm)
    stage.back_up(account)
    events = stage.client("events")
    events.put_rule(Name=RULE, ScheduleExpression=SCHEDULE, State="ENABLED")
    arn = f"arn:aws:lambda:{LOCAL_REGION}:{LOCAL_ACCOUNT}:function:{CURATOR}"
    events.put_targets(Rule=RULE, Targets=[{"Id": "curator", "Arn": arn}])
    s3 = stage.client("s3")
    pointer = json.dumps({"completed_at": NOW.isoformat()}).encode()
    s3.put_object(Bucket=BUCKET, Key="local/code/latest.json", Body=pointer)
    yield ssm
    s3.delete_object(Bucket=BUCKET, Key="local/approved.json")


@pytest.fixture
def compare(
    stage: Stage,
    account: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Compare:
    def call(*, now: datetime = NOW + DAY, aws: Any = None, **changes: Any) -> Mapping[str, Any]:
        settings = {
            "environment": "local",
            "compared_path": PATH,
            "export_bucket": BUCKET,
            "rule_schedules": {RULE: SCHEDULE},
            "rule_target": CURATOR,
            **changes,
        }
        more = {"aws": aws} if aws else {}
        run = stage.run(ConfigDriftSettings(**settings), account=account, now=now, **more)
        caplog.clear()
        capsys.readouterr()
        summary = compare_configuration(run, CONFIGURATION_DRIFT, UNPACED)
        printed = capsys.readouterr().out.splitlines()
        [metric] = [line for line in map(json.loads, printed) if "_aws" in line]
        assert metric["ConfigurationDrift"] in (summary["drifted"], [summary["drifted"]])
        logged = [vars(each) for each in caplog.records]
        lines = [
            {name: each[name] for name in ("kind", "subject", "what", "kept", "live")}
            for each in logged
            if each["msg"] == "configuration drifted"
        ]
        return {**summary, "lines": lines}

    return call


def test_an_account_that_is_as_exported_has_not_drifted(shop: Any, compare: Compare) -> None:
    found = compare()
    assert found["drifted"] == 0
    assert found["subjects"] == found["lines"] == []
    assert not found["approved"]


def overwrite(ssm: Any, name: str, value: str, **more: Any) -> None:
    ssm.put_parameter(Name=f"{PATH}/{name}", Value=value, Overwrite=True, **more)


CHANGES: list[tuple[str, Callable[[Any], Any], str, str]] = [
    # what somebody does, the parameter, what the log says of it
    (
        "adds",
        lambda ssm: ssm.put_parameter(Name=f"{PATH}/new", Value="x", Type="String"),
        "new",
        "added",
    ),
    ("removes", lambda ssm: ssm.delete_parameter(Name=f"{PATH}/flag"), "flag", "removed"),
    (
        "changes a value",
        lambda ssm: overwrite(ssm, "flag", "false", Type="String"),
        "flag",
        "changed: value",
    ),
    (
        "changes a secret",
        lambda ssm: overwrite(
            ssm, "secret", f"{CANARY}-4", Type="SecureString", KeyId="alias/shop"
        ),
        "secret",
        "changed: value",
    ),
    (
        "changes a key",
        lambda ssm: overwrite(
            ssm, "secret", f"{CANARY}-3", Type="SecureString", KeyId="alias/aws/ssm"
        ),
        "secret",
        "changed: value, key_id",
    ),
    (
        "moves a label",
        lambda ssm: ssm.label_parameter_version(
            Name=f"{PATH}/secret", ParameterVersion=1, Labels=["live"]
        ),
        "secret",
        "changed: labels",
    ),
    (
        "tags",
        lambda ssm: ssm.add_tags_to_resource(
            ResourceType="Parameter",
            ResourceId=f"{PATH}/flag",
            Tags=[{"Key": "owner", "Value": "nobody"}],
        ),
        "flag",
        "changed: tags",
    ),
    (
        "drops a policy and a pattern",
        lambda ssm: overwrite(ssm, "limits", "a,b", Type="StringList", Tier="Advanced"),
        "limits",
        "changed: allowed_pattern, policies",
    ),
]


@pytest.mark.parametrize(
    ("change", "name", "what"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES]
)
def test_a_change_is_named_and_never_shown(
    shop: Any, compare: Compare, change: Callable[[Any], Any], name: str, what: str
) -> None:
    change(shop)
    found = compare()
    assert found["drifted"] == 1
    assert found["subjects"] == [f"{PATH}/{name}"]
    [line] = found["lines"]
    assert (line["kind"], line["subject"], line["what"]) == ("parameter", f"{PATH}/{name}", what)
    assert CANARY not in json.dumps(found)
    assert '"false"' not in json.dumps(found)


def test_a_secret_that_was_deleted_and_made_anew_has_drifted(
    shop: Any, compare: Compare, stage: Stage, account: str
) -> None:
    shop.delete_parameter(Name=f"{PATH}/secret")
    shop.put_parameter(Name=f"{PATH}/secret", Value="x", Type="SecureString", KeyId="alias/shop")
    assert compare()["lines"][0]["what"] == "changed: value, tags, labels"


def test_the_same_value_written_again_is_no_drift(shop: Any, compare: Compare) -> None:
    overwrite(shop, "flag", "true", Type="String")
    assert compare()["drifted"] == 0


def test_a_restored_switch_is_no_drift_any_more(shop: Any, compare: Compare) -> None:
    overwrite(shop, "flag", "false", Type="String")
    first = compare()["lines"][0]
    assert compare()["lines"][0]["live"] == first["live"]
    overwrite(shop, "flag", "true", Type="String")
    assert compare()["drifted"] == 0


def test_an_approved_export_counts_until_another_is_approved(
    shop: Any, compare: Compare, stage: Stage, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = stage.clients(account)
    monkeypatch.setattr(command, "operator_clients", lambda *_: clients)

    def approve() -> None:
        arguments = ["approve", "--environment", "local", "--bucket", BUCKET]
        done = CliRunner().invoke(command.ssm, arguments)
        assert done.exit_code == 0, done.output
        assert "approved by arn:aws:iam::" in done.output

    approve()
    overwrite(shop, "flag", "false", Type="String")
    stage.back_up(account, now=NOW + DAY)
    found = compare(now=NOW + 2 * DAY)
    assert (found["drifted"], found["approved"]) == (1, True)
    approve()
    assert compare(now=NOW + 2 * DAY)["drifted"] == 0


def disable(events: Any) -> None:
    events.disable_rule(Name=RULE)


def reschedule(events: Any) -> None:
    events.put_rule(Name=RULE, ScheduleExpression="cron(0 21 * * ? *)")


def retarget(events: Any) -> None:
    arn = f"arn:aws:lambda:{LOCAL_REGION}:{LOCAL_ACCOUNT}:function:another"
    events.put_targets(Rule=RULE, Targets=[{"Id": "curator", "Arn": arn}])


def remove(events: Any) -> None:
    events.remove_targets(Rule=RULE, Ids=["curator"])
    events.delete_rule(Name=RULE)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (disable, "disabled"),
        (reschedule, f"scheduled cron(0 21 * * ? *), expected {SCHEDULE}"),
        (retarget, f"does not start {CURATOR}"),
        (remove, "missing"),
    ],
)
def test_a_changed_rule_is_drift(
    shop: Any, compare: Compare, stage: Stage, change: Callable[[Any], None], what: str
) -> None:
    change(stage.client("events"))
    found = compare()
    assert [(x["kind"], x["subject"], x["what"]) for x in found["lines"]] == [("rule", RULE, what)]


def test_a_target_with_an_alias_is_the_function(shop: Any, compare: Compare, stage: Stage) -> None:
    arn = f"arn:aws:lambda:{LOCAL_REGION}:{LOCAL_ACCOUNT}:function:{CURATOR}:live"
    stage.client("events").put_targets(Rule=RULE, Targets=[{"Id": "curator", "Arn": arn}])
    assert compare()["drifted"] == 0


def test_a_stale_copy_of_the_code_is_told(shop: Any, compare: Compare, stage: Stage) -> None:
    assert compare(now=NOW + 8 * DAY)["drifted"] == 0
    assert compare(now=NOW + 9 * DAY)["lines"][0]["what"] == "9 days old"
    stage.client("s3").delete_object(Bucket=BUCKET, Key="local/code/latest.json")
    assert compare()["lines"][0]["what"] == "there is none"


def failing(stage: Stage, account: str, service: str, operation: str, error: Exception) -> Any:
    """Give clients of which one has an operation that fails."""
    clients = stage.clients(account)
    own = account if service == "ssm" else LOCAL_ACCOUNT
    broken = stage.broken_client(service, operation, error, account=own)
    return lambda name, **_options: broken if name == service else clients(name)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (("s3", "GetObject", refused("AccessDenied")), r"refused \(AccessDenied\)"),
        (("s3", "GetObject", UNREACHABLE), "got no answer"),
        (("s3", "GetObject", refused("SlowDown")), r"last try \(SlowDown\)"),
        (("ssm", "GetParametersByPath", refused("AccessDenied")), r"refused \(AccessDenied\)"),
        (("ssm", "DescribeParameters", refused("ThrottlingException")), "last try"),
        (("events", "DescribeRule", refused("AccessDenied")), f"rule {RULE}: .*AccessDenied"),
        (("events", "ListTargetsByRule", refused("ThrottlingException")), "last try"),
    ],
)
def test_what_cannot_be_compared_is_loud_and_repaired_by_the_next_run(
    shop: Any,
    compare: Compare,
    stage: Stage,
    account: str,
    fault: tuple[str, str, Exception],
    sentence: str,
) -> None:
    with pytest.raises(WatchkeeperError, match=sentence):
        compare(aws=failing(stage, account, *fault))
    assert compare()["drifted"] == 0


def test_an_export_of_another_path_is_refused(shop: Any, compare: Compare) -> None:
    with pytest.raises(BackupError, match="is of /shop, expected /storytailor-local"):
        compare(compared_path="/storytailor-local")


def test_without_any_export_nothing_can_be_compared(shop: Any, compare: Compare) -> None:
    with pytest.raises(BackupError, match=r"no verified export of staging .* start ssm_backup"):
        compare(environment="staging")


def test_an_export_that_was_changed_is_refused(shop: Any, compare: Compare, stage: Stage) -> None:
    s3 = stage.client("s3")
    pointer = json.loads(s3.get_object(Bucket=BUCKET, Key="local/latest.json")["Body"].read())
    broken = json.dumps({**pointer, "sha256": "0" * 64}).encode()
    s3.put_object(Bucket=BUCKET, Key="local/approved.json", Body=broken)
    with pytest.raises(BackupError, match="reads back as"):
        compare()
    s3.put_object(Bucket=BUCKET, Key="local/approved.json", Body=b"[]")
    with pytest.raises(BackupError, match=r"local/approved\.json is no pointer to an export"):
        compare()
