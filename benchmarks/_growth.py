"""Runs on ever larger tables: what is asked of them, how it is measured and what is said of it."""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks._options import positive_number, positive_numbers
from benchmarks._table import format_number, format_table
from benchmarks.pipelines.costs import Series
from benchmarks.pipelines.history import MINUTES_A_RUN, TableDefinition
from benchmarks.pipelines.stage import MeasuredTable
from rehearsal.local.workspace import REPOSITORY

ROWS = (100_000, 1_000_000, 10_000_000)
WARM_UP_RUNS = 2
# A row with its part of the indexes, and as much again for sorting them.
BYTES_A_ROW = 550

Costs = dict[tuple[TableDefinition, str], Series]


@dataclass(frozen=True, kw_only=True)
class Question:
    """Hold tables from smallest to largest that differ in one way."""

    title: str
    tables: tuple[TableDefinition, ...]
    has_goal: bool


def table_options(
    program: str, description: str | None, *, new_rows: int, runs: int
) -> argparse.ArgumentParser:
    """Make the command line of a benchmark; `description` is all that its module says."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{program}", description=(description or "").partition("\n")[0]
    )
    parser.add_argument(
        "--rows", type=positive_numbers, default=ROWS, help="sizes of tables, such as 1e4,1e5"
    )
    parser.add_argument(
        "--new-rows", type=positive_number, default=new_rows, help="rows between two runs"
    )
    parser.add_argument("--runs", type=positive_number, default=runs, help="measured runs of each")
    return parser


def read_table_options(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None
) -> argparse.Namespace:
    """Read a command line; refuse more new rows than a table holds."""
    options = parser.parse_args(arguments)
    if options.new_rows > min(options.rows):
        parser.error(f"{options.new_rows} new rows are more than the smallest table holds")
    return options


def refuse_full_disk(row_count: int) -> None:
    """Raise when the tables would not fit on the disk of the checkout."""
    needed, free = row_count * BYTES_A_ROW, shutil.disk_usage(REPOSITORY).free
    if free < needed:
        raise OSError(f"{free / 1e9:.1f} GB of disk are free, expected {needed / 1e9:.1f} or more")


def end_of_history(runs: int) -> datetime:
    """Return when the rows that are there before the runs end.

    The last run is then at the present minute: the 24-hour queries end at the clock.
    """
    steps = WARM_UP_RUNS + runs + 1
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return now - timedelta(minutes=steps * MINUTES_A_RUN)


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
