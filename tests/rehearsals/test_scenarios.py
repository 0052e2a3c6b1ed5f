"""Each scenario file is a test: what it expects happens, and nothing else fires."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rehearsal.runner.library import SCENARIOS, find_scenarios, read_scenarios
from rehearsal.scenario.surroundings import Surroundings
from tests.contract.markdown import find_sections
from tests.rehearsals.conftest import Play

FILES = find_scenarios()
RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"


def _clock(at: int | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%d %H:%M}"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SCENARIOS)))
def test_what_a_scenario_expects_happens(
    file: Path, play: Play, surroundings: Surroundings
) -> None:
    rehearsal = play(read_scenarios([file], surroundings)[file])
    told = [
        f"{_clock(each.at)} {each.alarm}: expected that it {each.expected}, but {each.got}"
        for each in rehearsal.failures
    ]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SCENARIOS)))
def test_a_scenario_leads_to_a_section_of_the_runbook(
    file: Path, surroundings: Surroundings
) -> None:
    scenario = read_scenarios([file], surroundings)[file]
    page = RUNBOOKS / f"{scenario.workload}.md"
    anchors = {each.anchor for each in find_sections(page.read_text(encoding="utf-8"))}
    assert scenario.runbook in anchors
    assert file.parent.name == scenario.workload


def test_the_scenario_of_the_guide_is_one(tmp_path: Path, surroundings: Surroundings) -> None:
    guide = (RUNBOOKS.parent / "scenarios.md").read_text(encoding="utf-8")
    file = tmp_path / "guide.toml"
    file.write_text(guide.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert read_scenarios([file], surroundings)[file].title == "Unsubscribe storm"


def test_a_scenario_gives_the_same_figures_each_time(
    play: Play, surroundings: Surroundings
) -> None:
    file = SCENARIOS / "storytailor" / "unsubscribe-storm.toml"
    scenario = read_scenarios([file], surroundings)[file]
    first, second = play(scenario), play(scenario)
    assert first.transitions == second.transitions
    assert first.pages == second.pages
    kept = [
        [line.text for line in each.recorded.lines if line.text.startswith('{"_aws"')]
        for each in (first, second)
    ]
    assert kept[0] == kept[1]
