"""The README's incident: from rows to the deployed topic to a page in the inbox, and its end."""

import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.local.test_readme_commands import ROOT, with_checked_templates

COMMAND = ("make", "up", "INCIDENT=unsubscribe-storm", "ONCE=1")
TIMEOUT_SECONDS = 400


@pytest.mark.timeout(TIMEOUT_SECONDS + 60)
def test_an_unsubscribe_storm_pages_and_its_end_resolves_the_page(tmp_path: Path) -> None:
    output = tmp_path / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            COMMAND,
            cwd=ROOT,
            env=with_checked_templates(),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            code = process.wait(TIMEOUT_SECONDS)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait()
    told = output.read_text(encoding="utf-8")
    assert code == 0, told[-3000:]
    assert re.search(r"PAGE P2 storytailor-unsubscribe-spike-local\s+ALARM", told)
    assert "/docs/runbooks/storytailor.md#storytailor-unsubscribe-spike" in told
    assert re.search(r"storytailor-unsubscribe-spike-local: paged \S+, resolved \S+", told)
    assert "every page and every recovery has arrived in the inbox" in told
