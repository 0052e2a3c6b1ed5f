"""Measures a run of pipeline_metrics on ever larger tables, beside two usual ways to do its work.

    python -m benchmarks.pipeline_metrics [--rows 1e5,1e6,1e7] [--new-rows 200] [--runs 9]
        [--contenders pipeline_metrics,…]

Two questions are asked. What does a run cost when the table grows because it holds more history?
And what when it grows because there is more traffic? docs/benchmarks.md explains the numbers.
"""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks._machine import describe_machine
from benchmarks._options import positive_number, positive_numbers
from benchmarks._table import format_number, format_table
from benchmarks.pipelines.costs import Series
from benchmarks.pipelines.history import MINUTES_A_RUN, TableDefinition
from benchmarks.pipelines.stage import CONTENDERS, MeasuredTable, measured_tables
from rehearsal.local.console import Console
from rehearsal.local.workspace import REPOSITORY

OURS = CONTENDERS[0]
ROWS = (100_000, 1_000_000, 10_000_000)
NEW_ROWS = 200
RUNS = 9
WARM_UP_RUNS = 2
MAX_GROWTH = 1.5
# A row with its part of the indexes, and as much again for sorting them.
BYTES_A_ROW = 550

Costs = dict[tuple[TableDefinition, str], Series]


@dataclass(frozen=True, kw_only=True)
class Question:
    """Hold tables from smallest to largest that differ in one way."""

    title: str
    tables: tuple[TableDefinition, ...]
    has_goal: bool


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


def measure(tables: Sequence[MeasuredTable], runs: int) -> Costs:
    """Run every contender on every table, in turn, and then once more to count what it reads."""
    costs: Costs = {
        (table.definition, name): Series() for table in tables for name in table.contenders
    }
    for number in range(WARM_UP_RUNS + runs):
        for table in tables:
            new_rows = table.history.advance()
            for name in _rotated(list(table.contenders), number):
                series = costs[table.definition, name] if number >= WARM_UP_RUNS else Series()
                _time(table, name, new_rows, series)
    for table in tables:
        _count(table, costs)
    return costs


def _rotated(names: Sequence[str], by: int) -> list[str]:
    # Whoever reads new rows first does a little work for the others: it is not always the same.
    start = by % len(names)
    return [*names[start:], *names[:start]]


def _time(table: MeasuredTable, name: str, new_rows: int, series: Series) -> None:
    before = table.observer.statement_seconds()
    series.seconds.append(table.contenders[name].run(table.history.now, new_rows=new_rows))
    series.database_seconds.append(table.observer.statement_seconds() - before)


def _count(table: MeasuredTable, costs: Costs) -> None:
    # A connection tells what it has read only when it ends, so all end but that of one contender.
    new_rows = table.history.advance()
    for name, contender in table.contenders.items():
        costs[table.definition, name].memory_megabytes = contender.memory_megabytes()
        contender.disconnect()
    table.observer.wait_until_readers_left()
    for name, contender in table.contenders.items():
        before = table.observer.reads()
        contender.connect()
        contender.run(table.history.now, new_rows=new_rows)
        contender.disconnect()
        table.observer.wait_until_readers_left()
        costs[table.definition, name].reads = table.observer.reads() - before


def report(question: Question, costs: Costs) -> str:
    """Write one table: a line for each cost of each contender, a column for each size."""
    sizes = [f"{table.row_count:,} rows" for table in question.tables]
    history = ["days of history", *(format_number(table.days) for table in question.tables), ""]
    lines = [history]
    for name in dict.fromkeys(name for _, name in costs):
        series = [costs[table, name] for table in question.tables]
        rows: dict[str, list[float | None]] = {
            "ms a run": [one.milliseconds for one in series],
            "  of it in PostgreSQL": [one.database_milliseconds for one in series],
            "rows read a run": [one.reads.rows for one in series],
            "blocks read a run": [one.reads.blocks for one in series],
            "MB of memory, peak": [one.memory_megabytes for one in series],
        }
        lines += [[f"{name}:"] + [""] * (len(sizes) + 1)]
        lines += [_line(f"  {label}", values) for label, values in rows.items()]
    return "\n".join([question.title, format_table(["", *sizes, "growth"], lines)])


def _line(label: str, values: Sequence[float | None]) -> list[str]:
    cells = ["–" if value is None else format_number(value) for value in values]
    return [label, *cells, _growth(values)]


def _growth(values: Sequence[float | None]) -> str:
    first, last = values[0], values[-1]
    return f"{last / first:,.2f}×" if first and last else "–"


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
    # The last run is at the present minute: the 24-hour queries end at the clock.
    steps = WARM_UP_RUNS + options.runs + 1
    ends_at = datetime.now(UTC).replace(second=0, microsecond=0)
    ends_at -= timedelta(minutes=steps * MINUTES_A_RUN)
    console = Console()
    with (
        measured_tables(
            definitions, names=options.contenders, ends_at=ends_at, console=console
        ) as tables,
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
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pipeline_metrics",
        description=(__doc__ or "").partition("\n")[0],
    )
    parser.add_argument(
        "--rows", type=positive_numbers, default=ROWS, help="sizes of tables, such as 1e4,1e5"
    )
    parser.add_argument(
        "--new-rows", type=positive_number, default=NEW_ROWS, help="rows between two runs"
    )
    parser.add_argument("--runs", type=positive_number, default=RUNS, help="measured runs of each")
    parser.add_argument(
        "--contenders",
        type=lambda text: tuple(text.split(",")),
        default=CONTENDERS,
        help=f"some of {','.join(CONTENDERS)}",
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.contenders) - set(CONTENDERS):
        parser.error(f"contenders {sorted(unknown)} are unknown, expected {','.join(CONTENDERS)}")
    if options.new_rows > min(options.rows):
        parser.error(f"{options.new_rows} new rows are more than the smallest table holds")
    return options


def refuse_full_disk(row_count: int) -> None:
    """Raise when the tables would not fit on the disk of the checkout."""
    needed, free = row_count * BYTES_A_ROW, shutil.disk_usage(REPOSITORY).free
    if free < needed:
        raise OSError(f"{free / 1e9:.1f} GB of disk are free, expected {needed / 1e9:.1f} or more")


if __name__ == "__main__":
    main()
