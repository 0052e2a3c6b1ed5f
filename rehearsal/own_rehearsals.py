"""Rehearse Watchkeeper's own alarms: python -m rehearsal.own_rehearsals [NAME...]."""

import sys
from pathlib import Path

import click

from rehearsal.mutation.mutate import mutate as mutate_alarms
from rehearsal.presentation import Presentation, presentation_options
from rehearsal.session import Session
from rehearsal.world.errors import RehearsalError
from watchkeeper.environment.loader import load_environment

ROOT = Path(__file__).parents[1]
ENVIRONMENT = "production"
MIN_MUTATION_SCORE = 0.9


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME or FILE]...")
@click.option("--mutate", is_flag=True, help="Then vary every alarm and see who notices.")
@presentation_options
def main(names: tuple[str, ...], *, mutate: bool, presentation: Presentation) -> None:
    """Rehearse the project's incidents against the synthesised templates of production.

    Ends with 1 when a rehearsal failed, or too few of the varied alarms were noticed.
    """
    environment = load_environment(ENVIRONMENT, ROOT / "environments")
    folder = ROOT / "build" / f"cdk.out.{ENVIRONMENT}"
    try:
        session = Session.open(
            folder, ENVIRONMENT, account=environment.account, region=environment.region
        )
        scenarios = session.read(names)
        deployment = session.assembly.deployment
        with session.rehearsing() as rehearse:
            told = presentation.tell(scenarios, rehearse, deployment)
    except RehearsalError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    is_good = all(each.has_passed for each in told)
    if mutate and is_good:
        report = mutate_alarms(deployment, [each.recorded for each in told])
        click.echo(str(report))
        is_good = report.score >= MIN_MUTATION_SCORE
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
