"""The scenarios of a folder, read for one environment; all that is wrong with them at once."""

from collections.abc import Iterable
from pathlib import Path

from rehearsal.runner.deployment import Assembly
from rehearsal.scenario.errors import ScenarioError
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.reading import read_scenario
from rehearsal.scenario.surroundings import Surroundings, read_surroundings
from rehearsal.world.errors import RehearsalError
from rehearsal.world.profile import PROFILES

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SCHEMA = Path(__file__).parents[1] / "local" / "schema.sql"


class InvalidScenariosError(RehearsalError):
    """Report all files that cannot be rehearsed, with every mistake on its line."""

    def __init__(self, errors: Iterable[ScenarioError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))


def surroundings_of(assembly: Assembly, environment: str) -> Surroundings:
    """Gather what scenarios of this environment may name."""
    return read_surroundings(
        assembly.deployment,
        schema=SCHEMA.read_text(encoding="utf-8"),
        placeholders={
            "environment": environment,
            "account": assembly.account,
            "region": assembly.region,
        },
    )


def find_scenarios(folder: Path = SCENARIOS) -> tuple[Path, ...]:
    """List the scenario files of a folder and the folders in it."""
    return tuple(sorted(folder.rglob("*.toml")))


def read_scenarios(files: Iterable[Path], surroundings: Surroundings) -> dict[Path, Scenario]:
    """Read scenarios; raise `InvalidScenariosError` with every mistake of every file."""
    read: dict[Path, Scenario] = {}
    errors = []
    for file in files:
        try:
            read[file] = read_scenario(file, surroundings, PROFILES)
        except ScenarioError as error:
            errors.append(error)
    if errors:
        raise InvalidScenariosError(errors)
    return read
