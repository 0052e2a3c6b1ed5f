"""The Makefile's words to a person: which commands there are, and what is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {"up", "test", "check", "synth", "deploy", "docs", "bench", "lock", "layers", "clean"}


def make(*arguments: str, folder: Path = ROOT, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run make as a person would, outside of any other make."""
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON", "ENV", "ONCE", "NAME")
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env={**environment, "PATH": path or environment["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def bare_checkout(tmp_path: Path) -> Path:
    """Give a checkout's Makefile and locks with nothing installed."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


@pytest.fixture
def tools_without_python(tmp_path: Path) -> Path:
    """Give a folder to use as PATH with the shell's tools and interpreters that do not run."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("make", "bash", "sh", "cat", "mkdir", "env", "rm", "touch"):
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        shim = folder / name
        shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
        shim.chmod(0o755)
    return folder


def write_interpreter(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_help_lists_every_command() -> None:
    listed = set(re.findall(r"^  make ([a-z-]+) ", make("help").stdout, flags=re.MULTILINE))
    assert listed >= COMMANDS


def test_help_is_what_make_alone_says() -> None:
    assert make().stdout == make("help").stdout


@pytest.mark.parametrize("command", ["synth", "deploy"])
@pytest.mark.parametrize("given", [[], ["ENV=nowhere"]], ids=["missing", "unknown"])
def test_an_environment_that_is_missing_or_unknown_is_answered_with_those_known(
    command: str, given: list[str]
) -> None:
    answer = make(command, *given)
    assert answer.returncode != 0
    for name in ("local", "production", "staging"):
        assert name in answer.stderr
    assert f"make {command} ENV=" in answer.stderr


def test_a_python_that_does_not_run_is_passed_over_and_the_remedy_named(
    bare_checkout: Path, tools_without_python: Path
) -> None:
    answer = make(".tools/python", folder=bare_checkout, path=str(tools_without_python))
    assert answer.returncode != 0
    assert "No Python 3.11 or newer runs here" in answer.stderr
    assert "make PYTHON=" in answer.stderr


def test_a_python_that_is_too_old_is_refused_and_the_remedy_named(
    bare_checkout: Path, tools_without_python: Path
) -> None:
    old = tools_without_python / "old-python"
    write_interpreter(old, "echo")
    answer = make(
        ".tools/python", f"PYTHON={old}", folder=bare_checkout, path=str(tools_without_python)
    )
    assert answer.returncode != 0
    assert "No Python 3.11 or newer runs here" in answer.stderr


def test_a_python_that_cannot_make_environments_is_named_with_the_remedy(
    bare_checkout: Path, tools_without_python: Path
) -> None:
    partial = tools_without_python / "python3"
    write_interpreter(partial, f'case "$1" in -c) echo {partial};; *) exit 1;; esac')
    answer = make(".tools/.stamp", folder=bare_checkout, path=str(tools_without_python))
    assert answer.returncode != 0
    assert "apt install python3-venv" in answer.stderr


def test_the_chosen_interpreter_is_remembered_and_another_one_replaces_it(
    bare_checkout: Path, tools_without_python: Path
) -> None:
    for name in ("first", "second"):
        python = tools_without_python / name
        write_interpreter(python, f"echo {python}")
        answer = make(
            ".tools/python", f"PYTHON={name}", folder=bare_checkout, path=str(tools_without_python)
        )
        assert answer.returncode == 0, answer.stderr
        make(".tools/python", folder=bare_checkout, path=str(tools_without_python))
        assert (bare_checkout / ".tools" / "python").read_text().strip() == str(python)


def test_a_second_set_up_does_no_work() -> None:
    assert make("setup").returncode == 0
    again = make("setup")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
