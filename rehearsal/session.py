"""What every rehearsal of one environment needs, and a database server to rehearse over."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rehearsal.local.postgres import PostgresServer
from rehearsal.local.workspace import RunDirectory
from rehearsal.runner.deployment import Assembly, read_assembly
from rehearsal.runner.library import SCENARIOS, find_scenarios, read_scenarios, surroundings_of
from rehearsal.runner.rehearse import rehearse
from rehearsal.runner.result import Rehearsal
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.surroundings import Surroundings
from rehearsal.world.errors import RehearsalError


@dataclass(frozen=True, kw_only=True)
class Session:
    """Hold the templates of an environment and all that its scenarios may name."""

    assembly: Assembly
    surroundings: Surroundings

    @classmethod
    def open(cls, folder: Path, environment: str, *, account: str, region: str) -> "Session":
        """Read the synthesised assembly of an environment."""
        assembly = read_assembly(folder, account=account, region=region)
        return cls(assembly=assembly, surroundings=surroundings_of(assembly, environment))

    def read(self, names: Iterable[str]) -> tuple[Scenario, ...]:
        """Read scenarios by file or name; without any, all of the project's."""
        files = [find_scenario(name) for name in names] or find_scenarios()
        return tuple(read_scenarios(files, self.surroundings).values())

    @contextmanager
    def rehearsing(self) -> Iterator[Callable[[Scenario], Rehearsal]]:
        """Give a way to rehearse scenarios; its database server is gone afterwards."""
        with RunDirectory() as run, PostgresServer(run.path / "postgres") as server:
            yield partial(
                rehearse, assembly=self.assembly, surroundings=self.surroundings, server=server
            )


def find_scenario(name: str) -> Path:
    """Find a scenario by its file, or by its name among the project's own."""
    if Path(name).is_file():
        return Path(name)
    known = {file.stem: file for file in find_scenarios()}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3)
        hint = f"the nearest are {', '.join(near)}" if near else f"they are in {SCENARIOS}"
        message = f"found the scenario {name!r}, expected a file or the name of one: {hint}"
        raise RehearsalError(message)
    return known[name]
