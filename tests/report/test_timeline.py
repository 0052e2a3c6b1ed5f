"""What a terminal shows of rehearsals."""

import io

from rich.console import Console

from rehearsal.report.timeline import TimelinePrinter, list_timeline, write_failure
from rehearsal.runner.result import Failure, Rehearsal
from tests.command.shop import TITLE


def tell(rehearsal: Rehearsal, *, shows_all: bool = False, is_watched: bool = False) -> str:
    written = io.StringIO()
    terminal = Console(file=written, width=100, force_terminal=is_watched, color_system=None)
    printer = TimelinePrinter(shows_all=shows_all, terminal=terminal)
    printer.begin(1, 3, rehearsal.scenario.title)
    printer.tell(rehearsal, 1.26)
    printer.conclude(2, 1, 3.0)
    return written.getvalue()


def test_a_timeline_is_shown_for_a_failure_only(passed: Rehearsal, failed: Rehearsal) -> None:
    assert tell(passed).splitlines() == [
        f"✓ {TITLE}  1 fired, 0 runs, 1.3 s",
        "2 passed, 1 failed",
        "in 3.0 s",
    ]
    told = tell(failed)
    assert "14m  ALARM  orders-low" in told
    assert "✗ at 14m: orders-low: expected: fires between 10m and 12m" in told


def test_a_timeline_is_shown_for_everything_if_asked(passed: Rehearsal) -> None:
    assert "14m  ALARM  orders-low" in tell(passed, shows_all=True)


def test_what_begins_is_said_where_somebody_watches(passed: Rehearsal) -> None:
    assert tell(passed, is_watched=True).startswith(f"1/3 {TITLE} …\r")


def test_a_timeline_is_in_order_and_names_the_topics(passed: Rehearsal) -> None:
    fired, recovered = list_timeline(passed)
    assert "14m" in fired
    assert fired.endswith("orders-low[dim]  → shop-high-alerts, shop-warning-alerts[/]")
    assert "18m" in recovered
    assert recovered.endswith("orders-low[dim][/]")


def test_a_failure_without_a_moment_says_none(passed: Rehearsal) -> None:
    failure = Failure(scenario=TITLE, alarm="a", at=None, expected="fires", got="it stayed quiet")
    assert write_failure(passed, failure) == "a: expected: fires; got: it stayed quiet"


def test_names_in_brackets_are_no_markup() -> None:
    written = io.StringIO()
    printer = TimelinePrinter(
        shows_all=True, terminal=Console(file=written, force_terminal=True, color_system=None)
    )
    printer.begin(1, 1, "[red]Orders[/]")
    assert "[red]Orders[/]" in written.getvalue()
