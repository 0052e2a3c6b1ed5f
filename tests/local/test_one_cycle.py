"""One whole cycle of `make up`: every function started, under its own role, its metrics seen."""

import subprocess

import pytest

from tests.local.test_readme_commands import ROOT, with_checked_templates

TIMEOUT_SECONDS = 300


@pytest.mark.timeout(TIMEOUT_SECONDS + 60)
def test_one_cycle_of_the_deployed_suite_finds_nothing_wrong() -> None:
    done = subprocess.run(
        ["make", "up", "ONCE=1"],
        cwd=ROOT,
        env=with_checked_templates(),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert "every function did its job under its own role" in done.stdout
