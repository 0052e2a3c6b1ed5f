"""Every command of the README does what it says there.

What needs an account is only read; `aws` commands are held against the services' own models in
tests/contract/test_runbooks.py.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.assembly import Assembly
from rehearsal.local.listening import listening_sockets, process_tree
from rehearsal.local.workspace import quickest_runs
from tests.contract.markdown import find_code_blocks

ROOT = Path(__file__).resolve().parents[2]
# Each command, and where it is run.
PROVEN = {
    "make up": "here, until it is interrupted",
    "make up ONCE=1": "in test_one_cycle.py",
    "make up INCIDENT=unsubscribe-storm ONCE=1": "in test_played_incident.py",
    "make test": "it runs this",
    "make rehearse": "incident by incident in tests/rehearsals; here as a plan",
    "make rehearse MUTATE=1": "tests/rehearsals/test_mutation.py; here as a plan",
    "make rehearse NAME=unsubscribe-storm": "in tests/rehearsals; here as a plan",
    "make synth ENV=production": "here",
    "make deploy ENV=production": "read here: it needs an account",
}
OUTER = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CHECKED", "ENV", "INCIDENT", "ONCE", "NAME", "MUTATE")
START_TIMEOUT_SECONDS = 200.0
STOP_TIMEOUT_SECONDS = 60.0


def environment() -> dict[str, str]:
    """Give what a person's shell has: neither an outer make nor any AWS account."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in OUTER and not name.startswith(("AWS_", "CDK_"))
    }


def with_checked_templates() -> dict[str, str]:
    """Let `make up` deploy the templates that `make test` has just checked, where it has."""
    return environment() | {name: os.environ[name] for name in ("CHECKED",) if name in os.environ}


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_make_command_of_the_readme_is_proven_somewhere() -> None:
    document = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [
        line
        for block in find_code_blocks(document, "sh")
        for line in block.text.splitlines()
        if line.startswith("make ")
    ]
    assert sorted(commands) == sorted(PROVEN)


def test_templates_are_written_without_credentials_and_always_the_same(
    assemblies: Mapping[str, Assembly], tmp_path: Path
) -> None:
    done = make("synth", "ENV=production", f"OUT={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"templates of production: {tmp_path}\n")
    templates = assemblies["production"].templates
    assert {path.name for path in tmp_path.glob("*.template.json")} == {
        path.name for path in templates.values()
    }
    for path in templates.values():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_deployment_takes_every_stack_of_the_templates_just_written() -> None:
    plan = make("--dry-run", "deploy", "ENV=production").stdout
    assert plan.index("cdk synth") < plan.index("cdk deploy")
    assert "--app build/cdk.out.production --all --require-approval broadening" in plan


def test_the_tests_begin_with_the_checks() -> None:
    plan = make("--dry-run", "test").stdout
    steps = ("ruff check", "mypy", "infra.check", "rehearsal.own_lint", "-m pytest")
    positions = [plan.index(step) for step in steps]
    assert positions == sorted(positions)


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        ([], ""),
        (["MUTATE=1"], "--mutate"),
        (["NAME=unsubscribe-storm"], "unsubscribe-storm"),
    ],
)
def test_rehearsing_takes_the_templates_just_written(arguments: list[str], given: str) -> None:
    plan = make("--dry-run", "rehearse", *arguments).stdout
    begin = plan.index("rehearsal.own_rehearsals")
    assert plan.index("cdk synth") < begin
    words = plan[begin : plan.index("--report")].replace("\\", "").split()
    assert words[1:] == given.split()
    assert "--report build/rehearsal/report.html --junit build/rehearsal/junit.xml" in plan


@pytest.fixture
def up(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(
            ["make", "up"],
            cwd=ROOT,
            env=with_checked_templates(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(text: str, output: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while text not in output.read_text(encoding="utf-8"):
        said = output.read_text(encoding="utf-8")[-2000:]
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.5)


def test_up_listens_on_this_machine_only_and_an_interrupt_leaves_nothing_behind(
    up: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    # In the middle of the first cycle, when most is going on.
    wait_for("watchkeeper-unsubscribe-spike", tmp_path / "output", up)
    started = process_tree(up.pid)
    # A run's directory begins with its process's id.
    (run,) = [
        path for path in quickest_runs().glob("*") if int(path.name.partition("-")[0]) in started
    ]
    sockets = listening_sockets(started)
    assert sockets
    assert [socket for socket in sockets if not socket.is_loopback] == []

    os.killpg(up.pid, signal.SIGINT)
    up.wait(STOP_TIMEOUT_SECONDS)
    assert "nothing is left running" in (tmp_path / "output").read_text(encoding="utf-8")
    # A process id can be taken by another program at once; a socket of ours cannot stay.
    assert listening_sockets(started) == set()
    assert not run.exists()
