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
    ours, theirs = [], []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(rounds):
                seconds, firing = run_engine(ratios)
                ours.append(seconds)
                hourly = {minute: firing[minute] for minute in range(59, MINUTES, 60)}
                theirs.append(run_promtool(Path(folder), ratios, hourly))
    except PromtoolError as error:
        print(error, file=sys.stderr)
        return 1
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(describe_machine())
    print(f"{ALARMS} alarms on ratios of one-hour sums, {HOURS} h, evaluated each minute:\n")
    rows = [
        ["this engine", f"{mine:.3f}", f"{min(ours):.3f}", f"{max(ours):.3f}"],
        ["promtool test rules", f"{other:.3f}", f"{min(theirs):.3f}", f"{max(theirs):.3f}"],
    ]
    print(format_table(["contender", "median s", "least", "most"], rows))
    verdict = "met" if other / mine >= GOAL else "missed"
    print(f"\n{other / mine:.1f} times as fast; the goal of {GOAL:.0f} times is {verdict}.")
    print("Both agree at every full hour.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
