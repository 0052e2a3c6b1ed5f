"""What rehearsals are played with: the production templates, their names, a database server."""

from collections.abc import Callable, Collection, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.local.postgres import PostgresServer
from rehearsal.runner.deployment import Assembly, read_assembly
from rehearsal.runner.evaluation import evaluate
from rehearsal.runner.library import read_scenarios, surroundings_of
from rehearsal.runner.rehearse import record, rehearse
from rehearsal.runner.result import Recorded, Rehearsal
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.surroundings import Surroundings
from tests.rehearsals.remembered import fingerprint, recall

if TYPE_CHECKING:
    from infra.synthesis import Assembly as Synthesised

ACCOUNT = "111111111111"
REGION = "us-east-1"
ENVIRONMENT = "production"

Play = Callable[..., Rehearsal]


@pytest.fixture(scope="session")
def templates(assemblies: "Mapping[str, Synthesised]") -> Collection[Path]:
    """Give the files of production's templates."""
    return assemblies[ENVIRONMENT].templates.values()


@pytest.fixture(scope="session")
def assembly(templates: Collection[Path]) -> Assembly:
    """Give what production is deployed as."""
    (folder,) = {path.parent for path in templates}
    return read_assembly(folder, account=ACCOUNT, region=REGION)


@pytest.fixture(scope="session")
def surroundings(assembly: Assembly) -> Surroundings:
    """Give every name that a scenario of production may use."""
    return surroundings_of(assembly, ENVIRONMENT)


@pytest.fixture(scope="session")
def play(assembly: Assembly, surroundings: Surroundings, postgres: PostgresServer) -> Play:
    """Give a way to rehearse a scenario, or one made of some of its parts."""

    def play(scenario: Scenario | None = None, **parts: Any) -> Rehearsal:
        return rehearse(scenario or make_scenario(**parts), assembly, surroundings, postgres)

    return play


@pytest.fixture(scope="session")
def recorded(
    assembly: Assembly,
    templates: Collection[Path],
    surroundings: Surroundings,
    postgres: PostgresServer,
) -> Callable[[Path], Recorded]:
    """Give what was emitted in the rehearsal of a file, which is lived through once."""
    decided_by = fingerprint(templates)

    @cache
    def recorded(file: Path) -> Recorded:
        scenario = read_scenarios([file], surroundings)[file]
        live = partial(record, scenario, assembly, surroundings, postgres)
        return recall(file, decided_by, live)

    return recorded


@pytest.fixture(scope="session")
def rehearsed(
    assembly: Assembly, recorded: Callable[[Path], Recorded]
) -> Callable[[Path], Rehearsal]:
    """Give the rehearsal of a file: what its recording makes of the alarms."""

    @cache
    def rehearsed(file: Path) -> Rehearsal:
        return evaluate(recorded(file), assembly.deployment)

    return rehearsed


def make_scenario(**parts: Any) -> Scenario:
    """Make a short scenario without traffic, in which nothing is expected but quiet."""
    return Scenario.model_validate(
        {
            "title": "A test",
            "story": "It is only a test.",
            "runbook": "storytailor-health-check",
            "workload": "storytailor",
            "starts": "2026-03-10T14:00:00Z",
            "lasts": "40m",
            "warm_up": "30m",
            "background": "none",
            "quiet": [{"alarm": "storytailor-database-down", "because": "it is only a test"}],
            **parts,
        }
    )
