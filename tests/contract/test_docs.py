"""The generated pages say what the definitions say, and every alarm leads to its runbook."""

from pathlib import Path

import pytest

from infra import check, docs
from infra.places import ROOT
from tests.contract.markdown import find_sections
from watchkeeper.environment.loader import load_environment
from watchkeeper.workloads.registry import workloads

RUNBOOKS = ROOT / "docs" / "runbooks"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pages be written to a folder of this test, beside the real environments."""
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(check, "ROOT", tmp_path)
    (tmp_path / "environments").symlink_to(ROOT / "environments")
    return tmp_path / "docs"


def test_the_pages_in_the_repository_are_up_to_date() -> None:
    assert [page.name for page in docs.stale_pages()] == []


def test_pages_are_stale_until_written_and_again_when_edited(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert docs.main(["--check"]) == 1
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0
    page = elsewhere / "alarms.md"
    page.write_text(page.read_text(encoding="utf-8").replace("> 10", "> 11"), encoding="utf-8")
    capsys.readouterr()
    assert docs.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/alarms.md is stale; write it anew with: make docs\n"


def test_a_stale_page_fails_the_check(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "known_environments", lambda _: ())
    assert check.main() == 1
    assert capsys.readouterr().err.splitlines() == [
        "docs/alarms.md is stale; write it anew with: make docs",
        "docs/metrics.md is stale; write it anew with: make docs",
        "2 findings",
    ]
    docs.main([])
    assert check.main() == 0


def test_every_alarm_and_every_metric_is_on_its_page() -> None:
    alarms = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
    metrics = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    for workload in workloads(load_environment("production", ROOT / "environments")):
        assert all(f"`{alarm.name}`" in alarms for alarm in workload.alarms)
        assert all(f"| `{metric.name}` |" in metrics for metric in workload.metrics)
        assert all(f"| `{series.metric.name}` |" in metrics for series in workload.read_series)
        assert all(f"| `{key}` |" in alarms for key in workload.thresholds)


def test_every_alarm_leads_to_a_section_of_its_runbook() -> None:
    for workload in workloads(load_environment("production", ROOT / "environments")):
        page = RUNBOOKS / f"{workload.name}.md"
        anchors = {each.anchor for each in find_sections(page.read_text(encoding="utf-8"))}
        missing = sorted({alarm.runbook for alarm in workload.alarms} - anchors)
        assert not missing, f"{page.relative_to(ROOT)} lacks the sections {', '.join(missing)}"
