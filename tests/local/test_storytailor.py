import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rehearsal.local.certificate import RunCertificate
from rehearsal.local.database import Database
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.errors import LocalStageError
from rehearsal.local.gateway import Gateway
from rehearsal.local.parameters import APPLICATION_PARAMETERS, ParameterDefinition
from rehearsal.local.storytailor import (
    HANDLER,
    KILL_SWITCH_PIPELINES,
    SCHEDULED_PIPELINES,
    TEMPLATE,
    Storytailor,
    build_archive,
    create_secrets,
)
from rehearsal.local.workspace import REPOSITORY
from watchkeeper.canary.curator_log import CuratorLog
from watchkeeper.canary.event import CanaryEvent, canary_mark, read_sent_at, send
from watchkeeper.environment.loader import load_environment

SCHEDULED = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)


def log_lines(emulator: AwsEmulator, function_name: str) -> list[dict[str, Any]]:
    group = f"/aws/lambda/{function_name}"
    pages = emulator.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    messages = [event["message"] for page in pages for event in page["events"]]
    return [json.loads(message) for message in messages if message.startswith("{")]


def test_the_template_has_no_lint_error_or_warning() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([linter, TEMPLATE], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_both_functions_answer_the_health_payload(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    assert storytailor.run_job("health")["status"] == "healthy"
    payload = json.dumps({"detail": {"jobType": "health"}}).encode()
    answer = emulator.client("lambda").invoke(FunctionName=storytailor.agent_name, Payload=payload)
    assert json.loads(answer["Payload"].read())["status"] == "healthy"


def test_a_sick_curator_says_so_and_a_failing_one_fails(storytailor: Storytailor) -> None:
    storytailor.make_curator("degraded")
    assert storytailor.run_job("health")["status"] == "degraded"
    storytailor.make_curator("failing")
    with pytest.raises(LocalStageError, match="health check failed"):
        storytailor.run_job("health")
    storytailor.make_curator("healthy")
    assert storytailor.run_job("health")["status"] == "healthy"


def test_a_job_logs_the_fields_that_the_saved_queries_read(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    answer = storytailor.run_job("crisis_alert")
    assert answer["status"] == "completed"
    lines = [
        line
        for line in log_lines(emulator, storytailor.curator_name)
        if line.get("pipeline_type") == "crisis_alert"
    ]
    assert len(lines) == answer["processed"]
    for line in lines:
        assert {"confidence_score", "signal_count", "user_id", "execute", "vetoed"} <= set(line)
        assert line["vetoed"] == ("veto_reason" in line) == (not line["execute"])


def test_a_pipeline_that_is_switched_off_is_vetoed(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    storytailor.switch("org-health", on=False)
    assert storytailor.run_job("org_health") == {
        "status": "vetoed",
        "jobType": "org_health",
        "processed": 0,
    }
    reasons = {
        line.get("veto_reason")
        for line in log_lines(emulator, storytailor.curator_name)
        if line.get("pipeline_type") == "org_health"
    }
    assert reasons == {"KILL_SWITCH_ACTIVE"}
    storytailor.switch("org-health", on=True)


def test_a_job_that_there_is_not_is_an_error(storytailor: Storytailor) -> None:
    with pytest.raises(LocalStageError, match="no-such-job"):
        storytailor.run_job("no_such_job")


def test_a_switch_that_there_is_not_is_refused(storytailor: Storytailor) -> None:
    with pytest.raises(LocalStageError, match="'no-such-pipeline', expected one of daily-digest"):
        storytailor.switch("no-such-pipeline", on=True)


def test_the_rules_are_those_the_local_environment_watches(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    rules = emulator.client("events").list_rules(NamePrefix="storytailor-")["Rules"]
    scheduled = (rule for rule in rules if "ScheduleExpression" in rule)
    deployed = {rule["Name"]: rule["ScheduleExpression"] for rule in scheduled}
    watched = load_environment("local", REPOSITORY / "environments").storytailor
    assert watched is not None
    assert deployed == {
        storytailor.rule_name(pipeline): schedule for pipeline, schedule in watched.rules.items()
    }
    assert tuple(deployed) == tuple(sorted(storytailor.rule_names))
    assert {rule["State"] for rule in rules} == {"ENABLED"}


def test_a_test_event_comes_out_in_the_curators_log_with_its_mark(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    event = CanaryEvent(mark=canary_mark("local", SCHEDULED), sent_at=round(time.time() * 1000))
    send(emulator.client("events"), event)
    log = CuratorLog(
        client=emulator.client("logs"),
        group=f"/aws/lambda/{storytailor.curator_name}",
        seconds_left=lambda: 30.0,
    )
    line = None
    for _ in range(60):
        line = line or log.find(event.mark, since=event.sent_at - 5000)
        time.sleep(0 if line else 0.5)
    assert line is not None
    assert read_sent_at(line.message) == event.sent_at
    assert log.find(canary_mark("staging", SCHEDULED), since=0) is None


def test_each_rule_starts_its_job_in_the_curator(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    events = emulator.client("events")
    for pipeline in SCHEDULED_PIPELINES:
        rule = storytailor.rule_name(pipeline)
        (target,) = events.list_targets_by_rule(Rule=rule)["Targets"]
        assert target["Arn"].endswith(f":function:{storytailor.curator_name}")
        assert json.loads(target["Input"]) == {"detail": {"jobType": pipeline.replace("-", "_")}}


def test_every_kill_switch_is_on(emulator: AwsEmulator, storytailor: Storytailor) -> None:
    ssm = emulator.client("ssm")
    for pipeline in KILL_SWITCH_PIPELINES:
        name = storytailor.kill_switch_name(pipeline)
        assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "true"


def test_every_log_group_of_the_guides_is_there(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    groups = emulator.client("logs").describe_log_groups()["logGroups"]
    names = {group["logGroupName"] for group in groups}
    expected = {f"/aws/lambda/{storytailor.curator_name}", f"/aws/lambda/{storytailor.agent_name}"}
    expected |= {f"/aws/events/{rule}" for rule in storytailor.rule_names}
    assert expected <= names


def test_the_other_parameters_are_of_every_sort(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    ssm = emulator.client("ssm")
    for definition in APPLICATION_PARAMETERS:
        name = f"{storytailor.parameter_path}/{definition.path}"
        found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        assert (found["Value"], found["Type"]) == (definition.values[-1], definition.type)
        assert found["Version"] == len(definition.values)
        if definition.labels:
            labelled = ssm.get_parameter(Name=f"{name}:{definition.labels[0]}")["Parameter"]
            assert labelled["Version"] == definition.labelled_version
    assert {definition.type for definition in APPLICATION_PARAMETERS} == {
        "String",
        "StringList",
        "SecureString",
    }
    assert {definition.own_key for definition in APPLICATION_PARAMETERS} == {True, False}


def test_a_parameter_without_a_value_is_refused() -> None:
    with pytest.raises(LocalStageError, match="at least one non-empty value"):
        ParameterDefinition(path="empty", values=("",), description="nothing")


def test_equal_code_gives_equal_archives(tmp_path: Path) -> None:
    copy = tmp_path / HANDLER.name
    copy.write_bytes(HANDLER.read_bytes())
    assert build_archive(copy) == build_archive()
    copy.write_text("other code")
    assert build_archive(copy) != build_archive()


def test_the_secrets_lead_to_the_database_over_verified_tls(
    emulator: AwsEmulator,
    database: Database,
    gateway: Gateway,
    certificate: RunCertificate,
    tmp_path: Path,
) -> None:
    login = database.reader.through(host="localhost", port=gateway.port, ca=certificate.authority)
    for endpoint in ("https://localhost:1/first", "https://localhost:1/inbox"):
        create_secrets(emulator, database=login, pagerduty_endpoint=endpoint)
    client = emulator.client("secretsmanager")
    secret, pagerduty = (
        json.loads(client.get_secret_value(SecretId=f"watchkeeper/local/{name}")["SecretString"])
        for name in ("database", "pagerduty")
    )
    assert pagerduty == {"endpoint": "https://localhost:1/inbox"}
    (tmp_path / "ca.pem").write_text(secret.pop("ca"))
    with psycopg.connect(
        host=secret["host"],
        port=secret["port"],
        dbname=secret["dbname"],
        user=secret["username"],
        password=secret["password"],
        sslmode="verify-full",
        sslrootcert=str(tmp_path / "ca.pem"),
    ) as connection:
        assert connection.execute("SELECT current_user::text").fetchone() == ("watchkeeper_ro",)
    assert set(secret) == {"host", "port", "dbname", "username", "password"}
