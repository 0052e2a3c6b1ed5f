"""Measures cold starts of every function beside a bare handler that imports boto3 and psycopg.

    python -m benchmarks.cold_start [--rounds 15]

Each start is a fresh interpreter with Lambda's folders on its path: the function's own and the
layers, which `make layers` builds. docs/benchmarks.md explains the numbers.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._machine import describe_machine
from benchmarks._options import positive_number
from benchmarks._table import format_table
from benchmarks.starts.interpreter import (
    BARE,
    StartDefinition,
    StartResult,
    function_starts,
    start_cold,
)
from benchmarks.starts.layers import compile_what_is_brought_along, copy_layers
from rehearsal.local.console import Console

ROUNDS = 15
MAX_RATIO = 1.25
LAYER_STATES = {"layers without bytecode": False, "layers with bytecode in them": True}


@dataclass(frozen=True, kw_only=True)
class Column:
    """Say what a column shows, and whether the goal is about it."""

    title: str
    value: Callable[[StartResult], float]
    is_judged: bool = False


# The goal is about the time until a handler has an AWS client: the bare one makes it while it is
# imported, as is usual, ours when it is first used, so that imports alone are different work.
COLUMNS = (
    Column(title="import ms", value=lambda one: one.import_milliseconds),
    Column(title="CPU", value=lambda one: one.import_processor_milliseconds),
    Column(title="ready ms", value=lambda one: one.ready_milliseconds, is_judged=True),
    Column(title="CPU", value=lambda one: one.ready_processor_milliseconds),
    Column(title="peak MB", value=lambda one: one.memory_megabytes, is_judged=True),
)

Medians = dict[StartDefinition, StartResult]


def measure(rounds: int, layers: Path) -> Medians:
    """Start all in turn, `rounds` times after one that is not counted; return the medians."""
    starts = (BARE, *function_starts())
    results: dict[StartDefinition, list[StartResult]] = {start: [] for start in starts}
    for number in range(rounds + 1):
        for start in starts:
            result = start_cold(start, layers)
            if number > 0:
                results[start].append(result)
    return {
        start: StartResult(
            **{
                name: statistics.median(getattr(one, name) for one in found)
                for name in StartResult.__dataclass_fields__
            }
        )
        for start, found in results.items()
    }


def report(medians: Medians) -> str:
    """Write a line for each start; each number is followed by its ratio to the bare handler."""
    header = ["", *(cell for column in COLUMNS for cell in (column.title, "×"))]
    lines = []
    for start, found in medians.items():
        cells = [start.name]
        for column in COLUMNS:
            cells += [f"{column.value(found):.0f}", f"{_ratio(column, start, medians):.2f}"]
        lines.append(cells)
    return format_table(header, lines)


def _ratio(column: Column, start: StartDefinition, medians: Medians) -> float:
    return column.value(medians[start]) / column.value(medians[BARE])


def verdict(medians: Medians) -> str:
    """Name the functions that need more than the goal allows, and of what."""
    missed = [
        f"{start.name} ({column.title})"
        for start in medians
        for column in COLUMNS
        if column.is_judged and _ratio(column, start, medians) > MAX_RATIO
    ]
    word = f"MISSED by {', '.join(missed)}" if missed else "met"
    judged = " and ".join(column.title for column in COLUMNS if column.is_judged)
    return f"Goal: {judged} at most {MAX_RATIO}× of bare: {word}."


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = read_options(arguments)
    console = Console()
    compile_what_is_brought_along()
    medians = {}
    with tempfile.TemporaryDirectory(prefix="watchkeeper-") as directory:
        for title, with_bytecode in LAYER_STATES.items():
            layers = copy_layers(Path(directory) / title, with_bytecode=with_bytecode)
            with console.step(f"Starting each {options.rounds} times: {title}"):
                medians[title] = measure(options.rounds, layers)
    print(f"\nMedians of {options.rounds} rounds. {describe_machine()}.")
    for title, found in medians.items():
        print(f"\n{title.capitalize()}\n{report(found)}\n{verdict(found)}")


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cold_start", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--rounds", type=positive_number, default=ROUNDS, help="measured starts of each"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
