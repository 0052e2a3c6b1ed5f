"""The locks pin every package by hash, name no host, and agree with one another."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
LOCKS = sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))
BROUGHT_BY_LAMBDA = {"boto3", "botocore", "s3transfer", "urllib3", "python-dateutil", "six"}


def read_lock(name: str) -> dict[str, list[str]]:
    """Return each pinned requirement of a lock with the hashes that belong to it."""
    text = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    pinned: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith(" "):
            pinned[list(pinned)[-1]].append(line.strip(" \\"))
        else:
            pinned[line.split(" ;", maxsplit=1)[0].rstrip(" \\")] = []
    return pinned


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_has_its_hashes(lock: str) -> None:
    for requirement, hashes in read_lock(lock).items():
        assert re.fullmatch(r"[a-z0-9.-]+==[^=\s]+", requirement)
        assert hashes, requirement
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", value) for value in hashes)


@pytest.mark.parametrize("path", [*REQUIREMENTS.iterdir(), ROOT / "package-lock.json"], ids=str)
def test_no_lock_names_a_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host", text)


def test_every_set_is_compiled_and_none_is_left_over() -> None:
    assert {path.stem for path in REQUIREMENTS.glob("*.in")} == set(LOCKS)


@pytest.mark.parametrize("part", ["runtime", "deploy"])
def test_the_development_set_holds_what_is_deployed_in_the_same_versions(part: str) -> None:
    assert read_lock(part).items() <= read_lock("dev").items()


def test_the_runtime_set_leaves_out_what_lambda_brings() -> None:
    names = {requirement.split("==")[0] for requirement in read_lock("runtime")}
    assert names.isdisjoint(BROUGHT_BY_LAMBDA)


@pytest.mark.parametrize("name", ["psycopg-binary", "wrapt"])
def test_a_lock_has_the_wheels_of_more_than_one_machine(name: str) -> None:
    [hashes] = [h for r, h in read_lock("runtime").items() if r.startswith(f"{name}==")]
    assert len(hashes) > 2


def test_the_cdk_command_line_is_pinned_by_version_and_hash() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert list(wanted) == ["aws-cdk"]
    assert locked["node_modules/aws-cdk"]["version"] == wanted["aws-cdk"]
    assert locked["node_modules/aws-cdk"]["integrity"].startswith("sha512-")
