"""The commands `watchkeeper archive list` and `watchkeeper archive restore`."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import click

from watchkeeper.archive.manifest import PartPlace
from watchkeeper.archive.restore import RestoreResult, operators_database, restore_month
from watchkeeper.archive.store import ArchiveStore
from watchkeeper.backup.calls import keep_bodies_out_of_logs
from watchkeeper.operations.account import find_names, operator_clients
from watchkeeper.operations.options import AccountGroup, add_place_options
from watchkeeper.workloads.storytailor.archived_tables import ARCHIVED_TABLES

TABLES = tuple(table.name for table in ARCHIVED_TABLES)


def _read_month(_context: click.Context, _option: click.Parameter, text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise click.BadParameter(f"found {text!r}, expected a month such as 2026-03") from error


def _archive_options(command: Callable[..., Any]) -> Callable[..., Any]:
    table = click.option(
        "--table",
        required=True,
        type=click.Choice(TABLES),
        help="The table that the rows were in.",
    )
    return table(add_place_options(command, "Archive"))


def _open_store(environment: str, bucket: str, profile: str, region: str) -> ArchiveStore:
    own = bucket or find_names(environment).archive_bucket
    s3 = operator_clients(profile, region)("s3")
    return ArchiveStore(s3=s3, bucket=own, environment=environment)


@click.group(cls=AccountGroup)
def archive() -> None:
    """Look into the archive of old rows, and bring a month of them back."""
    keep_bodies_out_of_logs()


@archive.command("list")
@_archive_options
def list_months(*, environment: str, bucket: str, profile: str, region: str, table: str) -> None:
    """Print the months that have been archived, and how many rows of each."""
    store = _open_store(environment, bucket, profile, region)
    rows: Counter[str] = Counter()
    for place in store.inventory(table).manifested:
        manifest = store.read_manifest(place)
        rows[manifest.month] += manifest.row_count
    for month, count in sorted(rows.items()):
        click.echo(f"{month}  {count:>12,} rows")


@archive.command()
@_archive_options
@click.option("--month", required=True, callback=_read_month, help="Such as 2026-03, in UTC.")
@click.option("--into", default="", help="Another table with the same columns.")
def restore(
    *,
    environment: str,
    bucket: str,
    profile: str,
    region: str,
    table: str,
    month: date,
    into: str,
) -> None:
    """Insert the archived rows of a month; those that are there already are left alone.

    The database and the login are what libpq's variables say: PGHOST, PGDATABASE, PGUSER, …
    """
    store = _open_store(environment, bucket, profile, region)
    with operators_database() as database:
        result = restore_month(
            database, store, table=table, month=month, into=into or None, progress=_tell
        )
    click.echo(
        f"{result.rows:,} rows in {result.parts} parts: {result.restored:,} restored into "
        f"{into or table}, {result.there_already:,} there already"
    )


def _tell(place: PartPlace, result: RestoreResult) -> None:
    click.echo(f"{place.rows}: {result.rows:,} rows so far", err=True)
