"""Measures a run of every function that reads the database, on ever larger tables.

    python -m benchmarks.sql_functions [--rows 1e5,1e6,1e7] [--new-rows 694] [--runs 5]

All tables grow, with the same traffic: so many runs of pipelines and as many e-mails come between
two runs of a function, 200,000 a day. docs/benchmarks.md explains the numbers.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from benchmarks._growth import (
    Question,
    end_of_history,
    measure,
    read_table_options,
    refuse_full_disk,
    report,
    table_options,
)
from benchmarks._machine import describe_machine
from benchmarks.pipelines import report_process
from benchmarks.pipelines.function import FunctionInstance
from benchmarks.pipelines.history import MINUTES_A_RUN, TableDefinition
from benchmarks.pipelines.report_process import REPORTS
from benchmarks.pipelines.stage import (
    MAX_READER_CONNECTIONS,
    MeasuredTable,
    Servers,
    give_access,
    measured_tables,
)
from benchmarks.pipelines.suite_history import EMAILS_A_DAY, SuiteHistory, SuiteObserver
from infra.places import ENVIRONMENTS
from rehearsal.local.console import Console
from rehearsal.local.postgres import READER
from watchkeeper.environment.loader import load_environment
from watchkeeper.runtime.settings import VARIABLE, LedgerSettings, Settings, read_settings
from watchkeeper.workloads.registry import workloads

RUNS = 5
NEW_ROWS = round(EMAILS_A_DAY * MINUTES_A_RUN / 1440)
# E-mails, referrals and rewards with their indexes are as large again as the runs.
SIZE_FACTOR = 2
# Its work is elsewhere: it asks Cost Explorer.
LEFT_OUT = frozenset({"cost_metrics"})
# A report has this long, and each of its queries a minute.
REPORT_SECONDS = 240


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
    for kind in (*LedgerSettings.__subclasses__(), *Settings.__subclasses__()):
        if {field.name for field in fields(kind)} == keys:
            return kind
    raise TypeError(f"no settings have exactly the keys {sorted(keys)}")


def _set_up(
    servers: Servers,
    definition: TableDefinition,
    *,
    functions: Mapping[str, Settings],
    ends_at: datetime,
) -> MeasuredTable:
    database = servers.postgres.create_database(definition.name)
    observer = SuiteObserver(database)
    observer.allow_connections(READER, MAX_READER_CONNECTIONS)
    directory = servers.run.subdirectory(definition.name)
    secret, ledger = give_access(servers, definition, servers.through_gateway(database.reader))
    given = {"database_secret": secret, "ledger_table": ledger}
    return MeasuredTable(
        definition=definition,
        history=SuiteHistory(database, definition, ends_at=ends_at),
        observer=observer,
        contenders={
            job: _start(
                job,
                replace(known, **{key: given[key] for key in given if hasattr(known, key)}),
                servers.emulator.environment_over(os.environ),
                log=directory / f"{job}.log",
            )
            for job, known in functions.items()
        },
    )


def _start(
    job: str, settings: Settings, environment: Mapping[str, str], *, log: Path
) -> FunctionInstance:
    """Start a function; of a report only what is made of the database."""
    if job not in REPORTS:
        return FunctionInstance(settings, environment, log=log, job=job)
    return FunctionInstance(
        settings,
        environment,
        log=log,
        job=job,
        module=report_process.__name__,
        time_limit_seconds=REPORT_SECONDS,
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
    functions = sql_functions()
    set_up = partial(_set_up, functions=functions, ends_at=end_of_history(options.runs))
    console = Console()
    with (
        measured_tables(
            tables, set_up, names=functions, console=console, contents="runs, as many e-mails,"
        ) as measured,
        console.step(f"Measuring {options.runs} runs of each on each size, in turn"),
    ):
        costs = measure(measured, options.runs)
        version = measured[0].observer.server_version()
    print(f"\nMedians of {options.runs} runs, caches warm.")
    print(f"PostgreSQL {version}, {describe_machine()}.")
    print(f"\n{report(question, costs)}")


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; refuse what cannot be measured."""
    parser = table_options("sql_functions", __doc__, new_rows=NEW_ROWS, runs=RUNS)
    return read_table_options(parser, arguments)


if __name__ == "__main__":
    main()
