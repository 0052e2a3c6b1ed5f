"""How a session of rehearsals is told: on the terminal as it goes, then as files."""

import functools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from rehearsal.engine.template.deployment import Deployment
from rehearsal.report.timeline import TimelinePrinter
from rehearsal.runner.result import Rehearsal
from rehearsal.scenario.model import Scenario

WRITTEN = click.Path(dir_okay=False, path_type=Path)
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Presentation:
    """Say what is told beside the outcome: every timeline, a page, JUnit."""

    shows_all: bool = False
    report: Path | None = None
    junit: Path | None = None

    def tell(
        self,
        scenarios: Iterable[Scenario],
        rehearse: Callable[[Scenario], Rehearsal],
        deployment: Deployment,
    ) -> tuple[Rehearsal, ...]:
        """Rehearse scenarios one after another and tell each as it ends; return them all."""
        printer = TimelinePrinter(shows_all=self.shows_all)
        timed: list[tuple[Rehearsal, float]] = []
        chosen = tuple(scenarios)
        began = time.perf_counter()
        for place, scenario in enumerate(chosen, start=1):
            printer.begin(place, len(chosen), scenario.title)
            start = time.perf_counter()
            rehearsal = rehearse(scenario)
            timed.append((rehearsal, time.perf_counter() - start))
            printer.tell(*timed[-1])
        seconds = time.perf_counter() - began
        self._write(timed, deployment, seconds)
        failed = sum(not rehearsal.has_passed for rehearsal, _ in timed)
        printer.conclude(len(timed) - failed, failed, seconds)
        return tuple(rehearsal for rehearsal, _ in timed)

    def _write(
        self, timed: list[tuple[Rehearsal, float]], deployment: Deployment, seconds: float
    ) -> None:
        """Write the files; what draws them is imported only when it is asked for."""
        if self.report:
            from rehearsal.report.page import write_report  # noqa: PLC0415

            rehearsals = [rehearsal for rehearsal, _ in timed]
            write_report(rehearsals, deployment, self.report, seconds=seconds)
            click.echo(f"report: {self.report}")
        if self.junit:
            from rehearsal.report.junit import write_junit  # noqa: PLC0415

            write_junit(timed, self.junit)


def presentation_options(command: Command) -> Command:
    """Add the options that say what is told, and hand them over as one Presentation."""

    @functools.wraps(command)
    def run(*, report: Path | None, junit: Path | None, timeline: bool, **others: Any) -> Any:
        if report and find_spec("matplotlib") is None:
            message = "--report draws with matplotlib: install watchkeeper with its extra, [report]"
            raise click.UsageError(message)
        chosen = Presentation(shows_all=timeline, report=report, junit=junit)
        return command(presentation=chosen, **others)

    for option in (
        click.option("--timeline", is_flag=True, help="Show every timeline, not only failures'."),
        click.option("--report", type=WRITTEN, help="Write a page with plots there."),
        click.option("--junit", type=WRITTEN, help="Write JUnit XML there."),
    ):
        run = option(run)
    return cast("Command", run)
