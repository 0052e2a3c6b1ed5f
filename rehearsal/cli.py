"""The command `watchkeeper`: what your alarms did, rehearse them, hold them against design rules.

Ends with 0 when all is well, 1 when alarms do not do what is expected, 2 when something cannot be
read; what cannot be evaluated is always said on the error stream.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from rehearsal.engine.errors import EngineError, SampleError
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.metrics.samples import Points, Sample
from rehearsal.engine.metrics.series_file import read_series
from rehearsal.lint.__main__ import lint
from rehearsal.options import read_deployment, template_options
from rehearsal.rehearse_command import rehearse
from rehearsal.states import Span, find_span, list_transitions

# They work on a live account, and in a checkout of the suite only.
ACCOUNT_COMMANDS = ("archive", "ssm")


class _Group(click.Group):
    """Turn the engine's errors into one sentence and exit code 2; load account commands late."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in order."""
        return sorted({*super().list_commands(ctx), *ACCOUNT_COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command; one on an account brings AWS's clients with it, and is not everywhere."""
        if cmd_name not in ACCOUNT_COMMANDS:
            return super().get_command(ctx, cmd_name)
        from rehearsal.account_commands import find_command  # noqa: PLC0415

        return find_command(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except EngineError as error:
            click.echo(f"watchkeeper: {error}", err=True)
            sys.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Rehearse CloudWatch alarms offline, from the template they are deployed from."""


def _read_moment(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"found {text!r}, expected a time such as 2026-03-02T08:00:00Z"
        raise click.BadParameter(message) from error
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())


@main.command()
@template_options
@click.option(
    "--series",
    "series_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="Datapoints as CSV or JSON (docs/series-format.md); repeatable.",
)
@click.option("--from", "start", callback=_read_moment, help="When the alarms are created.")
@click.option("--until", callback=_read_moment, help="When to stop looking.")
def states(
    templates: tuple[Path, ...],
    account: str,
    region: str,
    parameters: dict[str, str],
    series_files: tuple[Path, ...],
    start: int | None,
    until: int | None,
) -> None:
    """Print every transition of the templates' alarms over given series, as JSON lines."""
    deployment = read_deployment(templates, account, region, parameters)
    samples = [sample for file in series_files for sample in _read_series_file(file)]
    span = find_span(deployment.alarms, samples)
    given = Span(
        start=span.start if start is None else start, until=span.until if until is None else until
    )
    if given.until < given.start:
        raise click.UsageError("--until lies before the alarms are created (--from)")
    for change in list_transitions(deployment.alarms, samples, given):
        click.echo(_to_json(change))


def _read_series_file(file: Path) -> list[Sample | Points]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{file}: expected CSV or JSON in UTF-8 ({error.reason})"
        raise SampleError(message) from error
    return read_series(text, str(file))


def _to_json(change: Transition) -> str:
    document = {
        "time": datetime.fromtimestamp(change.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "alarm": change.alarm,
        "from": change.old,
        "to": change.new,
        "reason": change.reason,
    }
    if change.inferred:
        document["inferred"] = sorted(change.inferred)  # type: ignore[assignment]
    return json.dumps(document, ensure_ascii=False)


main.add_command(rehearse)
main.add_command(lint)
