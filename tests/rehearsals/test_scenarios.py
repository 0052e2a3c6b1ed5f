"""Each scenario file is a test: what it expects happens, and nothing else fires."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import pytest

from rehearsal.local.postgres import PostgresServer
from rehearsal.mutation.mutate import mutate
from rehearsal.runner.deployment import Assembly
from rehearsal.runner.evaluation import evaluate
from rehearsal.runner.library import SCENARIOS, find_scenarios, read_scenarios
from rehearsal.runner.rehearse import record
from rehearsal.runner.result import Rehearsal
from rehearsal.scenario.surroundings import Surroundings
from tests.contract.markdown import find_sections
from tests.rehearsals.conftest import Play
from tests.rehearsals.remembered import fingerprint, recall

FILES = find_scenarios()
MIN_MUTATION_SCORE = 0.9
RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"


def _clock(at: int | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%d %H:%M}"


@pytest.fixture(scope="module")
def rehearsed(
    assembly: Assembly,
    templates: Collection[Path],
    surroundings: Surroundings,
    postgres: PostgresServer,
) -> Callable[[Path], Rehearsal]:
    """Give the rehearsal of a file, which is lived through once."""
    decided_by = fingerprint(templates)

    @cache
    def rehearsed(file: Path) -> Rehearsal:
        scenario = read_scenarios([file], surroundings)[file]
        live = partial(record, scenario, assembly, surroundings, postgres)
        return evaluate(recall(file, decided_by, live), assembly.deployment)

    return rehearsed


@pytest.mark.timeout(300)
@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SCENARIOS)))
def test_what_a_scenario_expects_happens(
    file: Path, rehearsed: Callable[[Path], Rehearsal]
) -> None:
    told = [
        f"{_clock(each.at)} {each.alarm}: expected that it {each.expected}, but {each.got}"
        for each in rehearsed(file).failures
    ]
    assert not told, "\n".join(told)


@pytest.mark.timeout(900)
def test_nine_of_ten_variations_of_alarms_are_noticed(
    assembly: Assembly, rehearsed: Callable[[Path], Rehearsal]
) -> None:
    report = mutate(assembly.deployment, [rehearsed(file).recorded for file in FILES])
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
    play: Play, rehearsed: Callable[[Path], Rehearsal]
) -> None:
    first = rehearsed(SCENARIOS / "storytailor" / "database-outage.toml")
    second = play(first.scenario)
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
