"""Measures a run of pipeline_metrics on ever larger tables, beside two usual ways to do its work.

    python -m benchmarks.pipeline_metrics [--rows 1e5,1e6,1e7] [--new-rows 200] [--runs 9]
        [--contenders pipeline_metrics,…]

Two questions are asked. What does a run cost when the table grows because it holds more history?
And what when it grows because there is more traffic? docs/benchmarks.md explains the numbers.
"""

import argparse
from collections.abc import Sequence
from functools import partial

from benchmarks._growth import (
    Costs,
    Question,
    end_of_history,
    measure,
    read_table_options,
    refuse_full_disk,
    report,
    table_options,
)
from benchmarks._machine import describe_machine
from benchmarks.pipelines.history import TableDefinition
from benchmarks.pipelines.stage import CONTENDERS, measured_tables, set_up_contenders
from rehearsal.local.console import Console

OURS = CONTENDERS[0]
NEW_ROWS = 200
RUNS = 9
MAX_GROWTH = 1.5


def questions(sizes: Sequence[int], new_rows: int) -> tuple[Question, Question]:
    """Return what is compared; both have the largest table in common."""
    largest = max(sizes)
    longer = tuple(TableDefinition(row_count=size, new_rows=new_rows) for size in sorted(sizes))
    busier = tuple(
        TableDefinition(row_count=size, new_rows=max(1, round(new_rows * size / largest)))
        for size in sorted(sizes)
    )
    return (
        Question(
            title=f"Longer history, same traffic: {new_rows} new rows before each run",
            tables=longer,
            has_goal=True,
        ),
        Question(
            title=f"Same history of {longer[-1].days:.0f} days, more traffic: "
            f"{', '.join(str(table.new_rows) for table in busier)} new rows before each run",
            tables=busier,
            has_goal=False,
        ),
    )


def verdict(question: Question, costs: Costs) -> str:
    """Say whether the goal is met: time and rows read grow by no more than it allows."""
    first, last = (costs[question.tables[place], OURS] for place in (0, -1))
    growths = {
        "time": last.milliseconds / first.milliseconds,
        "rows read": last.reads.rows / first.reads.rows,
    }
    is_met = all(growth <= MAX_GROWTH for growth in growths.values())
    found = " and ".join(f"{name} {growth:.2f}×" for name, growth in growths.items())
    word = "met" if is_met else "MISSED"
    return f"Goal: at most {MAX_GROWTH}× from smallest to largest. {found}: {word}."


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = read_options(arguments)
    asked = questions(options.rows, options.new_rows)
    definitions = list(dict.fromkeys(table for question in asked for table in question.tables))
    refuse_full_disk(sum(table.row_count for table in definitions))
    set_up = partial(
        set_up_contenders, names=options.contenders, ends_at=end_of_history(options.runs)
    )
    console = Console()
    with (
        measured_tables(definitions, set_up, names=options.contenders, console=console) as tables,
        console.step(f"Measuring {options.runs} runs of each on each table, in turn"),
    ):
        costs = measure(tables, options.runs)
        version = tables[0].observer.server_version()
    print(f"\nMedians of {options.runs} runs, caches warm.")
    print(f"PostgreSQL {version}, {describe_machine()}.")
    for question in asked:
        print(f"\n{report(question, costs)}")
        if question.has_goal and OURS in options.contenders:
            print(verdict(question, costs))


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; refuse what cannot be measured."""
    parser = table_options("pipeline_metrics", __doc__, new_rows=NEW_ROWS, runs=RUNS)
    parser.add_argument(
        "--contenders",
        type=lambda text: tuple(text.split(",")),
        default=CONTENDERS,
        help=f"some of {','.join(CONTENDERS)}",
    )
    options = read_table_options(parser, arguments)
    if unknown := set(options.contenders) - set(CONTENDERS):
        parser.error(f"contenders {sorted(unknown)} are unknown, expected {','.join(CONTENDERS)}")
    return options


if __name__ == "__main__":
    main()
