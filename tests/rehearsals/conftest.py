"""What rehearsals are played with: the production templates, their names, a database server."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from infra.assembly import Assembly as Synthesised
from rehearsal.local.postgres import PostgresServer
from rehearsal.runner.deployment import Assembly, read_assembly
from rehearsal.runner.library import SCENARIOS, read_scenarios, surroundings_of
from rehearsal.runner.rehearse import rehearse
from rehearsal.runner.result import Rehearsal
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.surroundings import Surroundings
from tests.rehearsals.remembered import recall, what_decides

ACCOUNT = "111111111111"
REGION = "us-east-1"
ENVIRONMENT = "production"

Live = Callable[[Scenario], Rehearsal]
Play = Callable[..., Rehearsal]


@pytest.fixture(scope="session")
def templates(assemblies: Mapping[str, Synthesised]) -> Collection[Path]:
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
def code(templates: Collection[Path]) -> bytes:
    """Tell apart all that decides a rehearsal but its scenario."""
    (folder,) = {path.parent for path in templates}
    return what_decides(folder, templates)


@pytest.fixture(scope="session")
def live(assembly: Assembly, surroundings: Surroundings, postgres: PostgresServer) -> Live:
    """Give a way to live through a scenario, whatever is remembered of it."""
    return lambda scenario: rehearse(scenario, assembly, surroundings, postgres)


@pytest.fixture(scope="session")
def play(live: Live, code: bytes) -> Play:
    """Give a way to rehearse a scenario, or one made of some of its parts."""

    def play(scenario: Scenario | None = None, **parts: Any) -> Rehearsal:
        played = scenario or make_scenario(**parts)
        text = played.model_dump_json().encode()
        name = f"made.{hashlib.sha256(text).hexdigest()[:16]}"
        return recall(name, (code, text), partial(live, played))

    return play


@pytest.fixture(scope="session")
def rehearsed(surroundings: Surroundings, live: Live, code: bytes) -> Callable[[Path], Rehearsal]:
    """Give the rehearsal of a file, which is lived through once."""

    @cache
    def rehearsed(file: Path) -> Rehearsal:
        scenario = read_scenarios([file], surroundings)[file]
        name = ".".join(file.relative_to(SCENARIOS).with_suffix("").parts)
        return recall(name, (code, file.read_bytes()), partial(live, scenario))

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
