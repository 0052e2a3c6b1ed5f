"""docs/rehearsing.md, followed to the letter: every command and every file in it."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from rehearsal.engine.inferred import Inference
from rehearsal.runner.library import find_scenarios
from tests.contract.markdown import find_code_blocks, find_links, find_sections

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GUIDE = (DOCS / "rehearsing.md").read_text(encoding="utf-8")
SERIES = "friday.json"
INCIDENTS = ("bank-is-slow.toml", "quiet-night.toml")
SYNTH = "cdk synth --quiet"
# Each command, and where it is proven.
PROVEN = {
    "python -m pip install '.[report]'": "test_wheel.py builds what it installs",
    "python -m pip install 'watchkeeper[report] @ git+https://git.example.com/platform/"
    "watchkeeper.git'": "the same wheel",
    SYNTH: "by test_alarms.py, which is run here",
    "watchkeeper states --template cdk.out --series friday.json": "here",
    "watchkeeper rehearse --template cdk.out bank-is-slow.toml quiet-night.toml --timeline": "here",
    "watchkeeper rehearse --template cdk.out *.toml"
    " --report alarms.html --junit alarms.xml": "here",
    "watchkeeper lint --template cdk.out": "here",
    "python -m pytest test_alarms.py": "here",
    "make rehearse": "here, as a plan",
    "make rehearse NAME=unsubscribe-storm": "here, as a plan",
    'make rehearse NAME="quiet-night second-wave"': "here, as a plan",
    "make rehearse MUTATE=1": "here, as a plan",
}


def blocks(language: str) -> list[str]:
    return [block.text + "\n" for block in find_code_blocks(GUIDE, language)]


COMMANDS = [line for text in blocks("sh") for line in text.splitlines()]


def environment() -> Mapping[str, str]:
    programs = (Path(sys.executable).parent, ROOT / "node_modules" / ".bin")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "PYTHON", "AWS_", "CDK_"))
    }
    return kept | {"PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]])}


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command as a shell would, in the folder of the app."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> "tuple[Path, str]":
    """Write down every file of the guide and run its tests, which synthesise its app."""
    folder = tmp_path_factory.mktemp("app")
    app, tests = blocks("python")
    (folder / "app.py").write_text(app, encoding="utf-8")
    (folder / "test_alarms.py").write_text(tests, encoding="utf-8")
    (folder / "cdk.json").write_text('{"app": "python app.py"}', encoding="utf-8")
    (series,) = blocks("json")
    (folder / SERIES).write_text(series, encoding="utf-8")
    for name, text in zip(INCIDENTS, blocks("toml"), strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    done = run("python -m pytest test_alarms.py", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


@pytest.fixture
def app(tested: "tuple[Path, str]") -> Path:
    """Give the folder of the app, synthesised."""
    return tested[0]


def show(command: str, app: Path) -> list[str]:
    """Run a command of the guide and hold its output against what the guide shows below it."""
    (shown,) = re.findall(rf"{re.escape(command)}\n```\n\n```text\n(.*?)```", GUIDE, re.DOTALL)
    done = run(command, app)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for line, expected in zip(lines, shown.splitlines(), strict=False):
        assert line.startswith(expected.rstrip("…")), line
    return lines[len(shown.splitlines()) :]


def test_every_command_is_proven_somewhere() -> None:
    assert list(PROVEN) == COMMANDS


def test_the_example_tests_pass_and_synthesise_as_the_guide_does(
    tested: "tuple[Path, str]",
) -> None:
    app, printed = tested
    assert "5 passed" in printed
    assert str(shlex.split(SYNTH)).replace("'", '"') in (app / "test_alarms.py").read_text("utf-8")
    assert (app / "cdk.out" / "Shop.template.json").is_file()


def test_states_prints_what_is_shown(app: Path) -> None:
    assert show("watchkeeper states --template cdk.out --series friday.json", app) == []


def test_rehearse_prints_what_is_shown(app: Path) -> None:
    (command,) = [each for each in COMMANDS if each.endswith("--timeline")]
    (seconds,) = show(command, app)
    assert seconds.startswith("in ")


def test_a_page_and_junit_are_written(app: Path) -> None:
    (command,) = [each for each in COMMANDS if "--report" in each]
    done = run(command, app)
    assert done.returncode == 0, done.stderr
    assert (app / "alarms.html").is_file()
    assert (app / "alarms.xml").is_file()


def test_lint_finds_the_two_that_are_named(app: Path) -> None:
    done = run("watchkeeper lint --template cdk.out", app)
    assert done.returncode == 1, done.stderr
    found = re.findall(r"^(?:error|warning) (\S+):", done.stdout, re.MULTILINE)
    assert found == ["runbook-exists", "severity-is-routed"]


def test_make_rehearse_takes_names_and_varies_alarms() -> None:
    known = {file.stem for file in find_scenarios()}
    for command in COMMANDS:
        if command.startswith("make "):
            program, *arguments = shlex.split(command)
            done = subprocess.run(
                [program, "--dry-run", *arguments],
                cwd=ROOT,
                env=environment(),
                capture_output=True,
                text=True,
                check=True,
            )
            (started,) = re.findall(r"-m rehearsal\.own_rehearsals(.*?)--report", done.stdout, re.S)
            words = [word for word in started.split() if word != "\\"]
            assert ("--mutate" in words) == ("MUTATE=1" in command)
            names = [word for word in words if not word.startswith("-")]
            given = [each.removeprefix("NAME=").split() for each in arguments if "NAME=" in each]
            assert names == (given[0] if given else [])
            assert set(names) <= known
            assert "build/rehearsal/report.html" in done.stdout


def test_every_inferred_rule_is_in_the_table_and_no_other() -> None:
    (section,) = [each for each in find_sections(GUIDE) if each.title.startswith("What is exact")]
    assert re.findall(r"^\| `([\w-]+)` \|", section.text, re.MULTILINE) == list(Inference)


def test_every_link_leads_to_a_page_and_a_section_that_are_there() -> None:
    for link in find_links(GUIDE):
        page, _, anchor = link.partition("#")
        text = (DOCS / page).read_text(encoding="utf-8") if page else GUIDE
        assert not anchor or anchor in {each.anchor for each in find_sections(text)}, link
