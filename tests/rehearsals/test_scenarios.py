"""All scenarios together: what they prove of the alarms, and where they lead.

That each does what it expects is tested in test_scenarios_even.py and test_scenarios_odd.py.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.mutation.mutate import mutate
from rehearsal.runner.deployment import Assembly
from rehearsal.runner.library import SCENARIOS, find_scenarios, read_scenarios
from rehearsal.runner.result import Rehearsal
from rehearsal.scenario.surroundings import Surroundings
from tests.contract.markdown import find_sections
from tests.rehearsals.conftest import Live
from tests.rehearsals.remembered import recall

FILES = find_scenarios()
MIN_MUTATION_SCORE = 0.9
RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"


@pytest.mark.timeout(900)
def test_nine_of_ten_variations_of_alarms_are_noticed(
    assembly: Assembly, rehearsed: Callable[[Path], Rehearsal], code: bytes
) -> None:
    report = recall(
        "mutation",
        (code, *(file.read_bytes() for file in FILES)),
        lambda: mutate(assembly.deployment, [rehearsed(file).recorded for file in FILES]),
    )
    assert report.score >= MIN_MUTATION_SCORE, str(report)


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
    live: Live, rehearsed: Callable[[Path], Rehearsal]
) -> None:
    first = rehearsed(SCENARIOS / "storytailor" / "database-outage.toml")
    second = live(first.scenario)
    assert first.transitions == second.transitions
    assert first.pages == second.pages
    # But for what PostgreSQL counts of itself, which it writes down when it has time to.
    kept = [
        [
            line.text
            for line in each.recorded.lines
            if line.text.startswith('{"_aws"') and "Storytailor/Database" not in line.text
        ]
        for each in (first, second)
    ]
    assert kept[0] == kept[1]
