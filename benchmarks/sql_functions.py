"""Measures a run of every function that reads the database, on ever larger tables.

    python -m benchmarks.sql_functions [--rows 1e5,1e6,1e7] [--new-rows 694] [--runs 5]

All tables grow, with the same traffic: so many runs of pipelines and as many e-mails come between
two runs of a function, 200,000 a day. docs/benchmarks.md explains the numbers.
"""

import argparse
import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from benchmarks._machine import describe_machine
from benchmarks._options import positive_number, positive_numbers
from benchmarks.pipeline_metrics import (
    ROWS,
    WARM_UP_RUNS,
    Question,
    measure,
    refuse_full_disk,
    report,
)
from benchmarks.pipelines.function import FunctionInstance
from benchmarks.pipelines.history import MINUTES_A_RUN, TableDefinition
from benchmarks.pipelines.stage import (
    MAX_READER_CONNECTIONS,
    MeasuredTable,
    Servers,
    create_ledger_table,
    fill_tables,
    running_servers,
)
from benchmarks.pipelines.suite_history import EMAILS_A_DAY, SuiteHistory, SuiteObserver
from infra.application import ENVIRONMENTS
from rehearsal.local.console import Console
from rehearsal.local.postgres import READER
from rehearsal.local.storytailor import create_secrets
from watchkeeper.environment.loader import load_environment
from watchkeeper.runtime.settings import VARIABLE, Settings, read_settings
from watchkeeper.workloads.registry import workloads

RUNS = 5
NEW_ROWS = round(EMAILS_A_DAY * MINUTES_A_RUN / 1440)
# E-mails, referrals and rewards with their indexes are as large again as the runs.
SIZE_FACTOR = 2
# What these do besides reading the database, a benchmark has no use for: prices, mails.
LEFT_OUT = frozenset({"cost_metrics", "daily_summary", "weekly_review", "monthly_report"})


def sql_functions() -> Mapping[str, Settings]:
    """Return the settings of every deployed function that reads the database, by job."""
    environment = load_environment("local", ENVIRONMENTS)
    found: dict[str, Settings] = {}
    for workload in workloads(environment):
        for job, text in workload.settings.items():
            if "database_secret" in json.loads(text) and job not in LEFT_OUT:
                kind = _settings_type(set(json.loads(text)))
                found[job] = read_settings(kind, {VARIABLE: text})
    return found


def _settings_type(keys: set[str]) -> type[Settings]:
    for kind in Settings.__subclasses__():
        if {field.name for field in fields(kind)} == keys:
            return kind
    raise TypeError(f"no settings have exactly the keys {sorted(keys)}")


@contextlib.contextmanager
def measured_tables(
    definitions: Sequence[TableDefinition], ends_at: datetime, console: Console
) -> Iterator[list[MeasuredTable]]:
    """Fill the tables, side by side in one server, and start every function on each."""
    functions = sql_functions()
    with contextlib.ExitStack() as stack:
        with console.step("Starting PostgreSQL, with TLS in front of it, and the AWS emulator"):
            servers = stack.enter_context(running_servers())
        with console.step(f"Starting {', '.join(functions)}, each for {len(definitions)} sizes"):
            tables = [
                stack.enter_context(contextlib.closing(_set_up(servers, one, functions, ends_at)))
                for one in definitions
            ]
        rows = sum(one.row_count for one in definitions)
        with console.step(f"Writing {rows:,} runs, as many e-mails, and their indexes"):
            fill_tables([table.history for table in tables])
        yield tables


def _set_up(
    servers: Servers,
    definition: TableDefinition,
    functions: Mapping[str, Settings],
    ends_at: datetime,
) -> MeasuredTable:
    database = servers.postgres.create_database(definition.name)
    observer = SuiteObserver(database)
    observer.allow_connections(READER, MAX_READER_CONNECTIONS)
    login = database.reader.through(
        host="localhost", port=servers.gateway.port, ca=servers.certificate.authority
    )
    directory = servers.run.subdirectory(definition.name)
    secret, ledger = f"benchmark/{definition.name}", f"ledger-{definition.name}"
    create_secrets(servers.emulator, database=login, pagerduty_endpoint="", database_name=secret)
    create_ledger_table(servers.emulator, ledger)
    given = {"database_secret": secret, "ledger_table": ledger}
    return MeasuredTable(
        definition=definition,
        history=SuiteHistory(database, definition, ends_at=ends_at),
        observer=observer,
        contenders={
            job: FunctionInstance(
                replace(known, **{key: given[key] for key in given if hasattr(known, key)}),
                servers.emulator.environment_over(os.environ),
                log=directory / f"{job}.log",
                job=job,
            )
            for job, known in functions.items()
        },
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = read_options(arguments)
    tables = tuple(
        TableDefinition(row_count=size, new_rows=options.new_rows) for size in options.rows
    )
    question = Question(
        title=f"Longer history, same traffic: {options.new_rows} new runs and e-mails before each",
        tables=tables,
        has_goal=False,
    )
    refuse_full_disk(SIZE_FACTOR * sum(options.rows))
    steps = WARM_UP_RUNS + options.runs + 1
    ends_at = datetime.now(UTC).replace(second=0, microsecond=0)
    ends_at -= timedelta(minutes=steps * MINUTES_A_RUN)
    console = Console()
    with (
        measured_tables(tables, ends_at, console) as measured,
        console.step(f"Measuring {options.runs} runs of each on each size, in turn"),
    ):
        costs = measure(measured, options.runs)
        version = measured[0].observer.server_version()
    print(f"\nMedians of {options.runs} runs, caches warm.")
    print(f"PostgreSQL {version}, {describe_machine()}.")
    print(f"\n{report(question, costs)}")


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; refuse what cannot be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sql_functions",
        description=(__doc__ or "").partition("\n")[0],
    )
    parser.add_argument(
        "--rows", type=positive_numbers, default=ROWS, help="sizes of tables, such as 1e4,1e5"
    )
    parser.add_argument(
        "--new-rows", type=positive_number, default=NEW_ROWS, help="rows between two runs"
    )
    parser.add_argument("--runs", type=positive_number, default=RUNS, help="measured runs of each")
    options = parser.parse_args(arguments)
    if options.new_rows > min(options.rows):
        parser.error(f"{options.new_rows} new rows are more than the smallest table holds")
    return options


if __name__ == "__main__":
    main()
