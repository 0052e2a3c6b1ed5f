import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from rehearsal.local.certificate import RunCertificate
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.errors import LocalStageError
from rehearsal.local.listening import listening_sockets, process_tree
from rehearsal.local.storytailor import Storytailor

ROLE = "watchkeeper-reader"


@pytest.fixture
def role_arn(emulator: AwsEmulator) -> Iterator[str]:
    """Give a role that may read one parameter and nothing else."""
    iam = emulator.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{emulator.account}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    created = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    allowed = f"arn:aws:ssm:{emulator.region}:{emulator.account}:parameter/allowed"
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": allowed}],
    }
    iam.put_role_policy(RoleName=ROLE, PolicyName="read", PolicyDocument=json.dumps(policy))
    ssm = emulator.client("ssm")
    for name in ("/allowed", "/forbidden"):
        ssm.put_parameter(Name=name, Value="v", Type="String", Overwrite=True)
    yield created["Role"]["Arn"]
    iam.delete_role_policy(RoleName=ROLE, PolicyName="read")
    iam.delete_role(RoleName=ROLE)


def read(client: Any, name: str) -> str:
    return str(client.get_parameter(Name=name)["Parameter"]["Value"])


def test_the_caller_is_the_account_that_was_asked_for(emulator: AwsEmulator) -> None:
    assert emulator.client("sts").get_caller_identity()["Account"] == emulator.account


def test_a_role_may_do_what_its_policy_allows_and_nothing_else(
    emulator: AwsEmulator, role_arn: str
) -> None:
    ssm = emulator.client("ssm", role_arn=role_arn)
    assert read(ssm, "/allowed") == "v"
    with pytest.raises(ClientError, match="AccessDenied"):
        read(ssm, "/forbidden")
    with pytest.raises(ClientError, match="AccessDenied"):
        ssm.put_parameter(Name="/allowed", Value="w", Type="String", Overwrite=True)


def test_cost_explorer_tells_each_day_to_those_who_may_ask(
    emulator: AwsEmulator, role_arn: str
) -> None:
    asked: dict[str, Any] = {
        "TimePeriod": {"Start": "2026-02-27", "End": "2026-03-01"},
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost"],
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
    }
    days = emulator.client("ce").get_cost_and_usage(**asked)["ResultsByTime"]
    assert [day["TimePeriod"]["Start"] for day in days] == ["2026-02-27", "2026-02-28"]
    assert all(day["Groups"] for day in days)
    with pytest.raises(ClientError, match="AccessDenied"):
        emulator.client("ce", role_arn=role_arn).get_cost_and_usage(**asked)


def test_a_role_is_refused_everything_while_a_test_wants_it_so(
    emulator: AwsEmulator, role_arn: str
) -> None:
    ssm = emulator.client("ssm", role_arn=role_arn)
    with emulator.refusing(ROLE), pytest.raises(ClientError, match="explicit deny"):
        read(ssm, "/allowed")
    assert read(ssm, "/allowed") == "v"


def test_everything_the_emulator_and_its_functions_listen_on_is_loopback(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    storytailor.run_job("health")
    found = listening_sockets(process_tree(emulator.process.pid))
    assert [(one.address, one.port) for one in found] == [("127.0.0.1", emulator.port)]
    assert all(one.is_loopback for one in found)


def test_a_paused_emulator_accepts_calls_and_answers_none_until_it_resumes(
    emulator: AwsEmulator,
) -> None:
    hasty, patient = (emulator.client("sts", read_timeout_seconds=seconds) for seconds in (0.2, 30))
    emulator.pause()
    try:
        with pytest.raises(ReadTimeoutError):
            hasty.get_caller_identity()
        timer = threading.Timer(0.1, emulator.resume)
        timer.start()
        assert patient.get_caller_identity()["Account"] == emulator.account
        timer.join()
    finally:
        emulator.resume()


def test_two_emulators_side_by_side_do_not_meet_and_leave_nothing(
    emulator: AwsEmulator, certificate: RunCertificate, tmp_path: Path
) -> None:
    before = set(Path("/tmp").iterdir()) | set(Path("/dev/shm").iterdir())
    with AwsEmulator(tmp_path, certificate, account="111122223333", region="eu-west-1") as other:
        other.client("ssm").put_parameter(Name="/only-here", Value="v", Type="String")
        identity = other.client("sts").get_caller_identity()
        tree = process_tree(other.process.pid)
        assert (identity["Account"], other.port != emulator.port) == ("111122223333", True)
    with pytest.raises(ClientError, match="ParameterNotFound"):
        read(emulator.client("ssm"), "/only-here")
    assert [pid for pid in tree if Path(f"/proc/{pid}").exists()] == []
    with pytest.raises(EndpointConnectionError):
        other.client("sts").get_caller_identity()
    after = set(Path("/tmp").iterdir()) | set(Path("/dev/shm").iterdir())
    assert [
        path for path in after - before if "ministack" in path.name or "sem." in path.name
    ] == []


def test_killing_the_emulator_in_the_middle_of_a_call_leaves_no_function_running(
    certificate: RunCertificate, tmp_path: Path
) -> None:
    with AwsEmulator(tmp_path, certificate) as emulator:
        application = Storytailor(emulator)
        application.deploy()
        application.make_curator("hanging")
        ended: list[Exception] = []

        def call() -> None:
            try:
                application.run_job("health")
            except (ConnectionClosedError, EndpointConnectionError) as error:
                ended.append(error)

        caller = threading.Thread(target=call)
        caller.start()
        emulator.process.wait_until(
            lambda: len(process_tree(emulator.process.pid)) > 1, timeout_seconds=20
        )
        tree = process_tree(emulator.process.pid)
        emulator.kill()
        caller.join(20)
    assert len(ended) == 1
    assert [pid for pid in tree if Path(f"/proc/{pid}").exists()] == []


def test_an_emulator_that_dies_early_shows_its_log(
    certificate: RunCertificate, tmp_path: Path
) -> None:
    broken = RunCertificate(
        authority=certificate.authority,
        certificate=certificate.certificate,
        key=certificate.authority,
    )
    with pytest.raises(LocalStageError, match=r"(?s)emulator ended with code 1.*SSL"):
        AwsEmulator(tmp_path, broken).__enter__()


def test_clients_see_no_trace_of_a_real_account(
    emulator: AwsEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    inherited = {"PATH": "/bin", "AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "real"}
    environment = emulator.environment_over(inherited)
    assert environment["PATH"] == "/bin"
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(environment) == set()
    assert environment["AWS_ENDPOINT_URL"] == emulator.endpoint
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    for name in ("AWS_ENDPOINT_URL", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "https://192.0.2.1")
    assert emulator.client("sts").get_caller_identity()["Account"] == emulator.account


@pytest.mark.parametrize("account", ["", "12345", "12345678901x", "1234567890123"])
def test_an_account_that_is_not_twelve_digits_is_refused(
    certificate: RunCertificate, tmp_path: Path, account: str
) -> None:
    with pytest.raises(LocalStageError, match="expected 12 digits"):
        AwsEmulator(tmp_path, certificate, account=account)


def test_a_missing_emulator_is_named(certificate: RunCertificate, tmp_path: Path) -> None:
    with pytest.raises(LocalStageError, match="no emulator found at"):
        AwsEmulator(tmp_path, certificate, python=tmp_path / "python")
