import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.local.child_process import ChildDefinition, ChildProcess
from rehearsal.local.errors import LocalStageError
from rehearsal.local.listening import process_tree

# A server that leaves a process in a session of its own, as daemons do, and says when it is up.
LEAVES_ORPHAN = """
import os, subprocess, sys, time
orphan = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(orphan.pid, flush=True)
time.sleep(600)
"""
IGNORES_SIGNALS = """
import signal, time
for name in (signal.SIGTERM, signal.SIGINT):
    signal.signal(name, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""


def is_running(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    # A zombie has ended; whoever adopted it has yet to notice.
    return state != "Z"


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def definition(directory: Path, *arguments: str, grace_seconds: float = 5.0) -> ChildDefinition:
    return ChildDefinition(
        name="the server",
        arguments=arguments,
        environment={"PATH": os.defpath, "WORD": "inside"},
        directory=directory,
        log=directory / "server.log",
        grace_seconds=grace_seconds,
    )


def start_python(directory: Path, program: str, *, grace_seconds: float = 5.0) -> ChildProcess:
    child = ChildProcess(
        definition(directory, sys.executable, "-c", program, grace_seconds=grace_seconds)
    )
    child.start()
    child.wait_until(lambda: bool(child.log_tail()), timeout_seconds=20)
    return child


@pytest.mark.parametrize("end", [ChildProcess.stop, ChildProcess.kill])
def test_every_end_takes_orphans_and_guardian_along(
    tmp_path: Path, end: Callable[[ChildProcess], None]
) -> None:
    child = start_python(tmp_path, LEAVES_ORPHAN)
    processes = [child.pid, child.guardian_pid, int(child.log_tail())]
    end(child)
    assert [one for one in processes if is_running(one)] == []
    assert not child.is_alive


def test_a_server_that_ignores_its_stop_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    child = start_python(tmp_path, IGNORES_SIGNALS, grace_seconds=0.1)
    child.stop()
    assert child.exit_code == 128 + signal.SIGKILL


def test_a_paused_server_can_be_stopped(tmp_path: Path) -> None:
    child = start_python(tmp_path, "import time; print('up', flush=True); time.sleep(600)")
    child.pause()
    child.stop()
    assert child.exit_code == 128 + signal.SIGTERM


def test_a_killed_guardian_takes_the_server_along(tmp_path: Path) -> None:
    child = start_python(tmp_path, IGNORES_SIGNALS)
    server = child.pid
    os.kill(child.guardian_pid, signal.SIGKILL)
    assert wait_for(lambda: not is_running(server))
    child.stop()


def test_the_server_is_in_a_group_of_its_own_so_that_ctrl_c_does_not_reach_it(
    tmp_path: Path,
) -> None:
    child = start_python(tmp_path, LEAVES_ORPHAN)
    assert os.getpgid(child.pid) == child.pid
    assert os.getpgid(child.guardian_pid) not in {os.getpgid(0), child.pid}
    child.stop()


def test_the_server_gets_exactly_the_environment_it_is_given(tmp_path: Path) -> None:
    child = ChildProcess(definition(tmp_path, "/usr/bin/env"))
    child.start()
    assert wait_for(lambda: not child.is_alive)
    child.stop()
    assert sorted(child.log_tail().splitlines()) == [f"PATH={os.defpath}", "WORD=inside"]
    assert child.exit_code == 0


def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    child = ChildProcess(definition(tmp_path, "/no/such/program"))
    with pytest.raises(LocalStageError, match=r"could not be started.*No such file.*program"):
        child.start()
    assert not child.is_alive


def test_waiting_for_a_server_that_dies_shows_its_last_words(tmp_path: Path) -> None:
    child = ChildProcess(
        definition(tmp_path, sys.executable, "-c", "print('oh no'); raise SystemExit(3)")
    )
    child.start()
    with pytest.raises(LocalStageError, match=r"(?s)ended with code 3.*oh no"):
        child.wait_until(lambda: False, timeout_seconds=20)


def test_waiting_for_a_server_that_is_late_gives_up(tmp_path: Path) -> None:
    child = start_python(tmp_path, IGNORES_SIGNALS, grace_seconds=0)
    with pytest.raises(LocalStageError, match=r"(?s)not ready after 0.05 s.*up"):
        child.wait_until(lambda: False, timeout_seconds=0.05)
    child.stop()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"arguments": ()}, "no program given"),
        ({"user_id": 1}, "both user_id and group_id"),
        ({"grace_seconds": -1.0}, "expected 0 or more"),
    ],
)
def test_impossible_definitions_are_refused(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    values: dict[str, object] = {
        "name": "x",
        "arguments": ("true",),
        "environment": {},
        "directory": tmp_path,
        "log": tmp_path / "log",
    }
    with pytest.raises(LocalStageError, match=sentence):
        ChildDefinition(**{**values, **changes})  # type: ignore[arg-type]


WHOLE_STAGE = """
import sys, time
from pathlib import Path
from rehearsal.local.certificate import create_certificate
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import PostgresServer
from rehearsal.local.workspace import RunDirectory

with RunDirectory(Path(sys.argv[1]), keep=False) as run:
    certificate = create_certificate(run.path / "tls")
    with (
        PostgresServer(run.path / "postgres") as postgres,
        Gateway(certificate, target_port=postgres.port) as gateway,
        AwsEmulator(run.path / "aws", certificate) as emulator,
    ):
        print("up", flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stage_that_is_interrupted_or_killed_leaves_no_process(
    run_path: Path, number: signal.Signals
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WHOLE_STAGE, str(run_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    ) as stage:
        assert stage.stdout is not None
        assert stage.stdout.readline() == b"up\n"
        processes = process_tree(stage.pid)
        stage.send_signal(number)
        stage.wait(30)
    assert len(processes) > 8
    assert wait_for(lambda: not any(is_running(one) for one in processes))
    left = [directory.name for directory in run_path.iterdir()]
    # Only a killed run cannot remove its directory; the next run does.
    assert len(left) == (1 if number == signal.SIGKILL else 0)
