"""The command `watchkeeper rehearse`: incidents, as metrics, against anybody's alarms."""

import sys
from pathlib import Path

import click

from rehearsal.engine.template.deployment import Deployment
from rehearsal.options import read_deployment, template_options
from rehearsal.presentation import Presentation, presentation_options
from rehearsal.runner.evaluation import rehearse_metrics
from rehearsal.scenario.errors import ScenarioError
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.reading import read_scenario
from rehearsal.scenario.surroundings import read_surroundings

# A stranger's world is not simulated: its metrics are what the scenario says.
BACKGROUNDS = ("none", "ordinary")


@click.command("rehearse")
@click.argument(
    "scenarios",
    nargs=-1,
    required=True,
    metavar="SCENARIO...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@template_options
@click.option("--environment", default="production", help="What {environment} stands for.")
@presentation_options
def rehearse(
    scenarios: tuple[Path, ...],
    templates: tuple[Path, ...],
    account: str,
    region: str,
    parameters: dict[str, str],
    environment: str,
    presentation: Presentation,
) -> None:
    """Rehearse incidents, TOML files of metrics and expectations, against templates' alarms."""
    deployment = read_deployment(templates, account, region, parameters)
    places = {"environment": environment, "account": account, "region": region}
    chosen = _read(scenarios, deployment, places)
    told = presentation.tell(
        chosen, lambda scenario: rehearse_metrics(scenario, deployment), deployment
    )
    sys.exit(0 if all(each.has_passed for each in told) else 1)


def read_incident(file: Path, deployment: Deployment, **placeholders: str) -> Scenario:
    """Read a scenario of metrics alone; raise `ScenarioError` with every mistake in it."""
    surroundings = read_surroundings(deployment, placeholders=placeholders, is_simulated=False)
    return read_scenario(file, surroundings, BACKGROUNDS)


def _read(
    files: tuple[Path, ...], deployment: Deployment, places: dict[str, str]
) -> tuple[Scenario, ...]:
    """Read all scenarios, or say every mistake in them and end."""
    found, mistakes = [], []
    for file in files:
        try:
            found.append(read_incident(file, deployment, **places))
        except ScenarioError as error:
            mistakes.append(str(error))
    if mistakes:
        click.echo("\n".join(mistakes), err=True)
        sys.exit(2)
    return tuple(found)
