"""The commands `watchkeeper ssm restore` and `watchkeeper ssm approve`."""

import functools
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from watchkeeper.backup.bucket import JSON
from watchkeeper.backup.calls import keep_bodies_out_of_logs
from watchkeeper.backup.difference import Fingerprints
from watchkeeper.backup.kept_export import APPROVED
from watchkeeper.backup.sealing import Sealing
from watchkeeper.definitions.errors import BackupError
from watchkeeper.operations.account import OperatorAccount, find_names, operator_clients
from watchkeeper.operations.options import AccountGroup, add_place_options
from watchkeeper.operations.plan import Restoration
from watchkeeper.operations.restoring import Restorer
from watchkeeper.operations.selection import Selection
from watchkeeper.operations.telling import approval_lines, difference_lines, headline
from watchkeeper.operations.writing import DAY_SECONDS, WRITES_PER_SECOND, Writer

DIFFERENT = 1


def account_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which export of which account; hand the command the account."""

    @functools.wraps(command)
    def with_account(
        *, environment: str, bucket: str, profile: str, region: str, **others: Any
    ) -> Any:
        account = OperatorAccount(
            clients=operator_clients(profile, region),
            environment=environment,
            bucket=bucket or find_names(environment).backup_bucket,
        )
        return command(account, **others)

    export = click.option(
        "--export",
        "wanted",
        default="latest",
        show_default=True,
        help="latest, approved, a date (the newest of that day or before) or a manifest's key.",
    )
    return export(add_place_options(with_account, "Backup"))


@click.group(cls=AccountGroup)
def ssm() -> None:
    """Restore parameters from an export, and approve one."""
    keep_bodies_out_of_logs()


@ssm.command()
@account_options
@click.option("--name", "names", multiple=True, help="A parameter by its full name; repeatable.")
@click.option("--prefix", "prefixes", multiple=True, help="All whose names begin so; repeatable.")
@click.option("--pattern", "patterns", multiple=True, help="All like a/*/c; repeatable.")
@click.option("--apply", is_flag=True, help="Write; without it nothing is changed.")
@click.option("--overwrite", is_flag=True, help="Write also over parameters that differ.")
@click.option("--key-id", default="", help="KMS key for all secrets, instead of their own.")
@click.option(
    "--writes-per-second",
    type=click.FloatRange(min=0.01, max=40),
    default=WRITES_PER_SECOND,
    show_default=True,
    help="Calls that write, a second.",
)
def restore(  # noqa: PLR0913 (one argument for each option)
    account: OperatorAccount,
    *,
    wanted: str,
    names: tuple[str, ...],
    prefixes: tuple[str, ...],
    patterns: tuple[str, ...],
    apply: bool,
    overwrite: bool,
    key_id: str,
    writes_per_second: float,
) -> None:
    """Show how an export differs from the account; with --apply, write what is missing.

    Ends with 0 when the account holds what was chosen of the export, 1 when something differs
    still, 2 when it failed.
    """
    selection = Selection(names=names, prefixes=prefixes, patterns=patterns)
    exports = account.exports()
    found = exports.find(wanted)
    click.echo(headline(found))
    clients, manifest, now = account.clients, found.manifest, datetime.now(UTC)
    sealing = Sealing(
        kms=clients("kms"),
        key_arn=manifest.key_arn,
        environment=manifest.environment,
        remaining=lambda: DAY_SECONDS,
    )
    restorer = Restorer(clients("ssm"), sealing, key_id=key_id)
    comparison = restorer.compare(exports.records(found), manifest.path, selection, now)
    fingerprints = Fingerprints(secrets.token_bytes(32))
    for line in difference_lines(comparison, fingerprints, overwrite=overwrite):
        click.echo(line)
    different = len(comparison.added) + len(comparison.changed)
    if not apply:
        sys.exit(DIFFERENT if different else 0)
    writable = comparison.writable(overwrite=overwrite)
    _write(restorer, writable, Writer(clients("ssm"), writes_per_second), now)
    left = different - len(writable)
    click.echo(f"{len(writable)} restored and read back, {left} left as they are")
    for line in approval_lines(writable, account.environment):
        click.echo(line)
    sys.exit(DIFFERENT if left else 0)


def _write(restorer: Restorer, writable: list[Restoration], writer: Writer, now: datetime) -> None:
    def progress(place: int, of: int, name: str) -> None:
        click.echo(f"{place}/{of} {name}", err=True)

    restorer.write(writable, writer, progress)
    if writable:
        restorer.verify(writable, now)


@ssm.command()
@account_options
def approve(account: OperatorAccount, *, wanted: str) -> None:
    """Make an export the one that the daily comparison holds the account against."""
    found = account.exports().find(wanted)
    exports = account.exports(found.manifest.key_arn)
    exports.records(found)
    if found.manifest.environment != account.environment:
        raise BackupError(
            f"the export is of {found.manifest.environment}, expected one of {account.environment}"
        )
    click.echo(headline(found))
    by = account.caller()
    approval = found.to_approval(approved_at=datetime.now(UTC), approved_by=by)
    stored = exports.bucket.put(f"{account.environment}/{APPROVED}", approval, JSON)
    exports.bucket.read(stored)
    click.echo(f"approved by {by}: {stored.key} points to it")
