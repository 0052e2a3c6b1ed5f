"""A scenario placed on the stage: its names as they are deployed here, its times on this clock."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from rehearsal.engine.template.deployment import Deployment
from rehearsal.local.deployment import ENVIRONMENT, SUFFIX
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.errors import LocalStageError
from rehearsal.runner.library import SCHEMA
from rehearsal.scenario.errors import ScenarioError
from rehearsal.scenario.model import Expectation, Scenario
from rehearsal.scenario.reading import read_scenario
from rehearsal.scenario.surroundings import Surroundings, read_surroundings
from rehearsal.world.profile import PROFILES

WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Script:
    """Be a scenario with the stage's names and times; `suffix` ends every name deployed here."""

    name: str
    scenario: Scenario
    surroundings: Surroundings
    suffix: str

    @property
    def start(self) -> int:
        """Give the moment from which the scenario's offsets count, in seconds since 1970."""
        return self.scenario.start

    @property
    def alarms(self) -> tuple[tuple[str, Expectation], ...]:
        """List the alarms, as they are called here, that fire and recover."""
        return tuple(
            (f"{each.alarm}{self.suffix}", each)
            for each in self.scenario.expect
            if each.recovers is not None
        )


def glance(file: Path) -> Scenario:
    """Read a scenario before there is a stage whose names it could be checked against."""
    try:
        return Scenario.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise LocalStageError(f"{file}: {error}") from error


def latest_start(scenario: Scenario, now: datetime) -> datetime:
    """Return the last moment of the scenario's weekday and time from which it is over by now."""
    weeks = (now - timedelta(seconds=scenario.lasts) - scenario.starts) // WEEK
    return scenario.starts + weeks * WEEK


def read_script(
    file: Path, deployment: Deployment, emulator: AwsEmulator, *, starts: datetime
) -> Script:
    """Read a scenario for the stage, on which it starts at a moment (UTC)."""
    surroundings = _surroundings(deployment, account=emulator.account, region=emulator.region)
    try:
        scenario = read_scenario(file, surroundings, PROFILES)
    except ScenarioError as error:
        raise LocalStageError(str(error)) from error
    return Script(
        name=file.stem,
        scenario=scenario.model_copy(
            update={"starts": starts.astimezone(UTC), "environment": ENVIRONMENT}
        ),
        surroundings=surroundings,
        suffix=SUFFIX,
    )


def _surroundings(deployment: Deployment, *, account: str, region: str) -> Surroundings:
    """Read the names of this deployment, which a scenario uses without their suffix."""
    found = read_surroundings(
        deployment,
        schema=SCHEMA.read_text(encoding="utf-8"),
        placeholders={"environment": ENVIRONMENT, "account": account, "region": region},
    )
    return replace(
        found,
        alarms=_without(SUFFIX, found.alarms),
        topics=_without(SUFFIX, found.topics),
        queues=_without(SUFFIX, found.queues),
    )


def _without(suffix: str, names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.removesuffix(suffix) for name in names)
