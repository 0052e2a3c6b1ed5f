"""What is deployed to the emulator: what was just checked, or what is synthesised for it."""

from pathlib import Path
from typing import Any

import pytest

from infra.places import assembly_folder
from rehearsal.local.certificate import RunCertificate
from rehearsal.local.deployment import ENVIRONMENT, Deployment
from rehearsal.local.emulator import AwsEmulator


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note each command of the CDK instead of running it."""
    given: list[list[str]] = []

    def note(_deployment: Deployment, arguments: list[str], **_: Any) -> None:
        given.append(arguments)

    monkeypatch.setattr(Deployment, "_cdk", note)
    return given


def test_what_was_just_checked_is_deployed_as_it_is(
    certificate: RunCertificate,
    commands: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHECKED", "1")
    deployment = Deployment(AwsEmulator(tmp_path / "aws", certificate), tmp_path)
    stacks = deployment.deploy()
    ((command, *arguments),) = commands
    assert command == "deploy"
    assert arguments[: len(stacks)] == list(stacks)
    assert arguments[arguments.index("--app") + 1] == str(assembly_folder(ENVIRONMENT))
    assert "--output" not in arguments
    assert deployment.assembly == assembly_folder(ENVIRONMENT)


def test_otherwise_it_is_synthesised_into_the_run_s_own_folder(
    certificate: RunCertificate,
    commands: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CHECKED", raising=False)
    deployment = Deployment(AwsEmulator(tmp_path / "aws", certificate), tmp_path)
    deployment.deploy()
    ((_, *arguments),) = commands
    assert "--app" not in arguments
    assert arguments[arguments.index("--output") + 1] == str(deployment.assembly)
    assert deployment.assembly.is_relative_to(tmp_path)
