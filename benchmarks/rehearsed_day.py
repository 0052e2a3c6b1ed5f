"""Measures an ordinary day of Storytailor, rehearsed through the real functions.

    python -m benchmarks.rehearsed_day [--rounds 3]

Synthesising the templates is not measured. docs/benchmarks.md explains
the numbers.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks._machine import describe_machine
from benchmarks._options import positive_number
from benchmarks._stopwatch import Stopwatch
from benchmarks._table import format_table
from infra.places import ENVIRONMENTS
from infra.synthesis import synthesise
from rehearsal.runner.result import Rehearsal
from rehearsal.scenario.model import Scenario
from rehearsal.session import Session
from watchkeeper.environment.loader import load_environment

ENVIRONMENT = "production"
SCENARIO = "ordinary-day"
ROUNDS = 3
GOAL_SECONDS = 20.0


def main() -> int:
    """Rehearse the day a few times; print what it took and whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=positive_number, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        session = open_session(Path(folder))
        (scenario,) = session.read([SCENARIO])
        with Stopwatch() as whole:
            days = rehearse_days(session, scenario, rounds)
    rehearsal, _ = days[-1]
    seconds = [watch.seconds for _, watch in days]
    processor = [watch.processor_seconds for _, watch in days]
    # PostgreSQL's time counts once it has ended, and is then that of all rounds.
    others = (whole.processor_seconds - sum(processor)) / rounds
    print(describe_machine())
    print(
        f"{len(rehearsal.recorded.runs)} runs of functions, "
        f"{len(rehearsal.recorded.store.metrics)} metrics, "
        f"{len(session.assembly.deployment.alarms)} alarms evaluated each minute of 24 h:\n"
    )
    rows = [["by the clock", *_describe(seconds)], ["processor", *_describe(processor)]]
    print(format_table(["a day", "median s", "least", "most"], rows))
    print(f"\nPostgreSQL, its start included, takes another {others:.1f} s of processor a day.")
    verdict = "met" if statistics.median(seconds) < GOAL_SECONDS else "missed"
    print(f"The goal of under {GOAL_SECONDS:.0f} s by the clock is {verdict}.")
    return 0 if rehearsal.has_passed else 1


def open_session(folder: Path) -> Session:
    """Synthesise production and read what it deploys."""
    synthesise(ENVIRONMENT, folder / "assembly")
    environment = load_environment(ENVIRONMENT, ENVIRONMENTS)
    place = {"account": environment.account, "region": environment.region}
    return Session.open(folder / "assembly", ENVIRONMENT, **place)


def rehearse_days(
    session: Session, scenario: Scenario, rounds: int
) -> list[tuple[Rehearsal, Stopwatch]]:
    """Rehearse a scenario so many times over one server; return each with what it took."""
    days = []
    with session.rehearsing() as rehearse:
        for _ in range(rounds):
            with Stopwatch() as watch:
                rehearsal = rehearse(scenario)
            days.append((rehearsal, watch))
    return days


def _describe(seconds: list[float]) -> list[str]:
    figures = (statistics.median(seconds), min(seconds), max(seconds))
    return [f"{figure:.1f}" for figure in figures]


if __name__ == "__main__":
    sys.exit(main())
