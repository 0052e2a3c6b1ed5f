import os
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from rehearsal.local.errors import LocalStageError
from rehearsal.local.workspace import (
    FIRST_PORT,
    LAST_PORT,
    MEMORY_BYTES,
    RUNS,
    RunDirectory,
    free_port,
    quickest_runs,
)


def fail_with_logs(runs: Path, error: BaseException) -> None:
    with RunDirectory(runs, keep=False) as run:
        lines = "\n".join(f"line {number}" for number in range(100))
        (run.subdirectory("server") / "server.log").write_text(lines)
        raise error


def test_a_run_directory_is_gone_after_its_block(tmp_path: Path) -> None:
    with RunDirectory(tmp_path, keep=False) as run:
        (run.subdirectory("a/b") / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_block_shows_the_end_of_every_log_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RuntimeError):
        fail_with_logs(tmp_path, RuntimeError("the server failed"))
    shown = capsys.readouterr().err
    assert "--- server/server.log" in shown
    assert "line 99" in shown
    assert "line 50" not in shown
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_block_shows_no_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        fail_with_logs(tmp_path, KeyboardInterrupt())
    assert capsys.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []


def test_keep_leaves_the_directory_and_later_runs_leave_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEP", "1")
    with RunDirectory(tmp_path) as kept:
        kept_path = kept.path
    monkeypatch.delenv("KEEP")
    with RunDirectory(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == [kept_path]


def test_a_run_removes_what_a_dead_run_left_but_not_a_living_neighbour(tmp_path: Path) -> None:
    dead = tmp_path / "1-dead"
    dead.mkdir()
    (dead / ".owner").touch()
    with RunDirectory(tmp_path, keep=False) as one, RunDirectory(tmp_path, keep=False) as other:
        assert sorted(tmp_path.iterdir()) == sorted([one.path, other.path])


def test_others_may_pass_through_a_run_directory_but_not_list_it(tmp_path: Path) -> None:
    with RunDirectory(tmp_path, keep=False) as run:
        assert run.path.stat().st_mode & 0o777 == 0o711


def test_a_run_directory_has_no_path_outside_its_block(tmp_path: Path) -> None:
    with pytest.raises(LocalStageError, match="inside its with block"):
        _ = RunDirectory(tmp_path).path


def test_a_free_port_can_be_bound_and_lies_below_the_ports_of_clients() -> None:
    port = free_port()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
    assert FIRST_PORT <= port <= LAST_PORT


def test_the_directory_names_the_process_that_owns_it(tmp_path: Path) -> None:
    with RunDirectory(tmp_path, keep=False) as run:
        assert run.path.name.startswith(f"{os.getpid()}-")


def offer_memory(monkeypatch: pytest.MonkeyPatch, memory: Path, *, free_bytes: int) -> Path:
    """Let a directory be the system's memory file system; return where our runs would live."""
    monkeypatch.delenv("KEEP", raising=False)
    monkeypatch.setattr("rehearsal.local.workspace.MEMORY", memory)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free_bytes))
    return memory / f"watchkeeper-{os.geteuid()}"


def test_runs_live_in_memory_where_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = offer_memory(monkeypatch, tmp_path, free_bytes=MEMORY_BYTES)
    with RunDirectory() as run:
        assert run.path.parent == ours
    assert list(ours.iterdir()) == []


def test_runs_live_on_disk_where_memory_is_short_foreign_or_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = offer_memory(monkeypatch, tmp_path, free_bytes=MEMORY_BYTES - 1)
    assert quickest_runs() == RUNS, "short of room"
    offer_memory(monkeypatch, tmp_path, free_bytes=MEMORY_BYTES)
    (tmp_path / "elsewhere").mkdir()
    ours.symlink_to(tmp_path / "elsewhere")
    assert quickest_runs() == RUNS, "another user may have laid the link"
    ours.unlink()
    ours.mkdir()
    ours.chmod(0o777)
    assert quickest_runs() == RUNS, "anybody may write there"
    monkeypatch.undo()
    monkeypatch.setattr("rehearsal.local.workspace.MEMORY", tmp_path / "none")
    assert quickest_runs() == RUNS, "this system has no such thing"


def test_what_is_kept_is_kept_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    offer_memory(monkeypatch, tmp_path, free_bytes=MEMORY_BYTES)
    monkeypatch.setattr("rehearsal.local.workspace.RUNS", tmp_path / "runs")
    with RunDirectory(keep=True) as run:
        assert run.path.parent == tmp_path / "runs"
