"""A rehearsal is taken from the last run only while nothing that decides it has changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsals import remembered
from tests.rehearsals.remembered import fingerprint


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a scenario's file, with nothing remembered of it."""
    monkeypatch.delenv("THOROUGH", raising=False)
    monkeypatch.setattr(remembered, "REMEMBERED", tmp_path / "remembered")
    scenario = tmp_path / "storytailor" / "outage.toml"
    scenario.parent.mkdir()
    scenario.write_text("first", encoding="utf-8")
    return scenario


def recall(file: Path, decided_by: str, record: Callable[[], Any]) -> Any:
    return remembered.recall(file.stem, (decided_by.encode(), file.read_bytes()), record)


def recordings(*given: str) -> Callable[[], Any]:
    """Record one thing after the other; the tests only ask which it was."""
    ahead = iter(given)
    return lambda: next(ahead)


def test_nothing_is_recorded_again_while_nothing_changes(file: Path) -> None:
    record = recordings("once")
    assert [recall(file, "code", record) for _ in range(3)] == ["once"] * 3


def test_a_changed_scenario_or_changed_code_is_recorded_anew_and_the_old_forgotten(
    file: Path,
) -> None:
    record = recordings("first", "changed scenario", "changed code")
    assert recall(file, "code", record) == "first"
    file.write_text("second", encoding="utf-8")
    assert recall(file, "code", record) == "changed scenario"
    assert recall(file, "other code", record) == "changed code"
    assert len(list(remembered.REMEMBERED.iterdir())) == 1


def test_a_thorough_run_records_everything_anew(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = recordings("before", "thorough")
    recall(file, "code", record)
    monkeypatch.setenv("THOROUGH", "1")
    assert recall(file, "code", record) == "thorough"


def test_a_recording_that_fails_is_not_remembered(file: Path) -> None:
    with pytest.raises(StopIteration):
        recall(file, "code", recordings())
    assert recall(file, "code", recordings("after all")) == "after all"


def test_a_changed_template_function_or_library_changes_the_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("functions/counter/handler.py", "requirements/runtime.txt", "template.json"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("1", encoding="utf-8")
    monkeypatch.setattr(remembered, "ROOT", tmp_path)
    template = tmp_path / "template.json"
    seen = {fingerprint([template])}
    for place in ("functions/counter/handler.py", "requirements/runtime.txt", "template.json"):
        (tmp_path / place).write_text("2", encoding="utf-8")
        seen.add(fingerprint([template]))
    assert len(seen) == 4
