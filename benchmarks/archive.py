"""Measures how fast the archive moves old rows out of the database.

    python -m benchmarks.archive [--rows 2e5]

So many runs of pipelines and as many e-mails are all older than 90 days; one run of the function
moves them. docs/benchmarks.md explains the numbers.
"""

import argparse
import contextlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from benchmarks._growth import refuse_full_disk
from benchmarks._machine import describe_machine
from benchmarks._options import positive_number
from benchmarks._table import format_number, format_table
from benchmarks.pipelines.function import FunctionInstance
from benchmarks.pipelines.history import TableDefinition
from benchmarks.pipelines.stage import Servers, running_servers
from benchmarks.pipelines.suite_history import SuiteHistory
from rehearsal.local.console import Console
from rehearsal.local.database import Database
from rehearsal.local.storytailor import create_secrets
from watchkeeper.archive.job import KEPT
from watchkeeper.runtime.settings import ArchiveSettings
from watchkeeper.workloads.storytailor.jobs import ARCHIVE

ROWS = 200_000
BUCKET = "benchmark-archive"
# What 200,000 e-mails a day are in the week between two runs.
WEEKLY_ROWS = 1_400_000
SIZE_FACTOR = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.archive", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--rows", type=positive_number, default=ROWS, help="rows of each table")
    rows = parser.parse_args(arguments).rows
    refuse_full_disk(SIZE_FACTOR * rows)
    console = Console()
    with contextlib.ExitStack() as stack:
        with console.step("Starting PostgreSQL, with TLS in front of it, and the AWS emulator"):
            servers = stack.enter_context(running_servers())
            database = servers.postgres.create_database()
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        definition = TableDefinition(row_count=rows, new_rows=min(rows, 694))
        with (
            console.step(f"Writing {rows:,} runs and as many e-mails"),
            contextlib.closing(
                SuiteHistory(database, definition, ends_at=now - KEPT - timedelta(hours=1))
            ) as history,
        ):
            history.fill()
        function = stack.enter_context(contextlib.closing(_start(servers, database)))
        with console.step("Archiving them"):
            answer = function.ask(now)
        moved = sum(table["deleted"] for table in answer["summary"].values())
        print(f"\n{describe_machine()}.\n\n{report(moved, answer['seconds'], servers, function)}")


def _start(servers: Servers, database: Database) -> FunctionInstance:
    s3 = servers.emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    key = servers.emulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    login = servers.through_gateway(database.archiver)
    secret = f"{BUCKET}/login"
    create_secrets(servers.emulator, database=login, pagerduty_endpoint="", database_name=secret)
    return FunctionInstance(
        ArchiveSettings(
            environment="benchmark",
            archive_secret=secret,
            archive_bucket=BUCKET,
            archive_key_arn=key,
        ),
        servers.emulator.environment_over(os.environ),
        log=servers.run.path / "archive.log",
        job=ARCHIVE.name,
        time_limit_seconds=ARCHIVE.timeout_seconds,
    )


def report(moved: int, seconds: float, servers: Servers, function: FunctionInstance) -> str:
    """Write what was moved, how fast, and whether a week's rows would fit into a run."""
    objects = servers.emulator.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    week = WEEKLY_ROWS / (moved / seconds)
    fits = "fit" if week < ARCHIVE.timeout_seconds else "DO NOT FIT"
    lines = [
        ["rows moved", f"{moved:,}"],
        ["seconds", format_number(seconds)],
        ["rows a second", format_number(moved / seconds)],
        ["bytes a row in S3", format_number(sum(each["Size"] for each in objects) / moved)],
        ["MB of memory, peak", format_number(function.memory_megabytes() or 0)],
    ]
    return (
        f"{format_table(['', 'archive'], lines)}\n"
        f"The {WEEKLY_ROWS:,} e-mails of a week take {week:.0f} s and {fits} into a run of "
        f"{ARCHIVE.timeout_seconds} s."
    )


if __name__ == "__main__":
    main()
