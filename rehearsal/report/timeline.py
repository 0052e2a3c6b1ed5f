"""Rehearsals for the terminal: one line each when all is well, a timeline and failures when not."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from rehearsal.engine.alarm import State
from rehearsal.engine.messages.transition import Transition
from rehearsal.runner.result import Failure, Rehearsal
from rehearsal.scenario.notation import format_duration

COLOURS = {State.OK: "green", State.ALARM: "red", State.INSUFFICIENT_DATA: "yellow"}
OFFSET_WIDTH = 8


class TimelinePrinter:
    """Print rehearsals as they end; with `shows_all` also the timelines of those that passed."""

    def __init__(self, *, shows_all: bool, terminal: Console | None = None) -> None:
        self._terminal = terminal or Console(highlight=False, soft_wrap=True)
        self._shows_all = shows_all

    def begin(self, place: int, count: int, title: str) -> None:
        """Say which rehearsal begins, where somebody watches."""
        if self._terminal.is_terminal:
            self._terminal.print(f"[dim]{place}/{count} {escape(title)} …[/]", end="\r")

    def tell(self, rehearsal: Rehearsal, seconds: float) -> None:
        """Tell one rehearsal that took so many seconds."""
        mark = "[bold green]✓[/]" if rehearsal.has_passed else "[bold red]✗[/]"
        fired = sum(change.new is State.ALARM for change in rehearsal.transitions)
        runs = len(rehearsal.recorded.runs)
        self._terminal.print(
            f"{mark} [bold]{escape(rehearsal.scenario.title)}[/]  "
            f"[dim]{fired} fired, {runs} runs, {seconds:.1f} s[/]"
        )
        if self._shows_all or not rehearsal.has_passed:
            for line in list_timeline(rehearsal):
                self._terminal.print(line)
        for failure in rehearsal.failures:
            self._terminal.print(f"  [bold red]✗ {escape(write_failure(rehearsal, failure))}[/]")

    def conclude(self, passed: int, failed: int, seconds: float) -> None:
        """Say how it went, in the words every runner ends with."""
        self._terminal.print(f"{passed} passed, {failed} failed", style="bold")
        self._terminal.print(f"[dim]in {seconds:.1f} s[/]")


def list_timeline(rehearsal: Rehearsal) -> Iterator[str]:
    """Yield what happened, a line each: how long after the start, which alarm, what it tells."""
    for change in sorted(rehearsal.transitions, key=lambda each: each.time):
        offset = format_duration(change.time - rehearsal.scenario.start)
        colour = COLOURS[change.new]
        yield (
            f"  [dim]{offset:>{OFFSET_WIDTH}}[/]  [{colour}]{change.new:<5}[/]  "
            f"{escape(change.alarm)}[dim]{escape(_tell_topics(rehearsal, change))}[/]"
        )


def _tell_topics(rehearsal: Rehearsal, change: Transition) -> str:
    topics = [
        page.topic
        for page in rehearsal.pages
        if (page.alarm, page.at) == (change.alarm, change.time)
    ]
    return f"  → {', '.join(topics)}" if topics else ""


def write_failure(rehearsal: Rehearsal, failure: Failure) -> str:
    """Write one failure: time, alarm, expected, got."""
    at = "" if failure.at is None else format_duration(failure.at - rehearsal.scenario.start)
    when = f"at {at}: " if at else ""
    return f"{when}{failure.alarm}: expected: {failure.expected}; got: {failure.got}"
