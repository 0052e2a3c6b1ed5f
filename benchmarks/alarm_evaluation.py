"""Measures a day of sixty alarms in our engine beside `promtool test rules`, in one run.

    python -m benchmarks.alarm_evaluation [--rounds 5]

promtool comes with Debian's package prometheus. It is told to expect at every full hour exactly
the alarms that fire in our engine, so a run that ends is also a proof that both agree.
docs/benchmarks.md explains the numbers.
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
from benchmarks.rules.engine import run_engine
from benchmarks.rules.promtool import PromtoolError, run_promtool
from benchmarks.rules.ratios import ALARMS, HOURS, MINUTES, list_ratios

ROUNDS = 5
GOAL = 10.0


def main() -> int:
    """Take turns and print the medians, their ratio and whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=positive_number, default=ROUNDS)
    rounds = parser.parse_args().rounds
    ratios = list_ratios()
    ours: list[Stopwatch] = []
    theirs: list[Stopwatch] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(rounds):
                watch, firing = run_engine(ratios)
                ours.append(watch)
                hourly = {minute: firing[minute] for minute in range(59, MINUTES, 60)}
                theirs.append(run_promtool(Path(folder), ratios, hourly))
    except PromtoolError as error:
        print(error, file=sys.stderr)
        return 1
    print(describe_machine())
    print(f"{ALARMS} alarms on ratios of one-hour sums, {HOURS} h, evaluated each minute:\n")
    header = ["contender", "median s", "least", "most", "processor s", "least", "most"]
    rows = [
        [name, *_describe([each.seconds for each in taken]), *_describe(_processor(taken))]
        for name, taken in (("this engine", ours), ("promtool test rules", theirs))
    ]
    print(format_table(header, rows))
    by_clock = _compare([each.seconds for each in ours], [each.seconds for each in theirs])
    by_processor = _compare(_processor(ours), _processor(theirs))
    verdict = "met" if min(by_clock, by_processor) >= GOAL else "missed"
    print(
        f"\n{by_clock:.1f} times as fast by the clock, {by_processor:.1f} times in processor time;"
    )
    print(f"the goal of {GOAL:.0f} times is {verdict}. Both agree at every full hour.")
    return 0


def _processor(taken: list[Stopwatch]) -> list[float]:
    return [each.processor_seconds for each in taken]


def _compare(ours: list[float], theirs: list[float]) -> float:
    """Return how many times as long theirs took, by the medians."""
    return statistics.median(theirs) / statistics.median(ours)


def _describe(seconds: list[float]) -> list[str]:
    figures = (statistics.median(seconds), min(seconds), max(seconds))
    return [f"{figure:.2f}" for figure in figures]


if __name__ == "__main__":
    sys.exit(main())
