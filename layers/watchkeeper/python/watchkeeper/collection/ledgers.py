"""How a job comes by its database and by its ledgers."""

from collections.abc import Mapping
from typing import TypeVar
from uuid import uuid4

from watchkeeper.collection.database import Database
from watchkeeper.collection.database_secret import read_database_secret
from watchkeeper.ledger.table import CALL_SECONDS, CLIENT_LIMITS, Ledger
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import LedgerSettings

S = TypeVar("S", bound=LedgerSettings)

# What a run says when another one is at it: that one does the work of both.
BUSY: Mapping[str, object] = {"skipped": "busy"}
# A database that does not answer is given up while there is time for a call to the ledger, be it to
# commit or to give the lease back.
LEDGER_RESERVE_SECONDS = CALL_SECONDS + 1.0


def open_database(run: Run[S], *, reserve_seconds: float = 0.0) -> Database:
    """Open the job's database for what time it has, but for this reserve and one for a ledger."""
    secrets = run.aws("secretsmanager", **CLIENT_LIMITS)
    return Database(
        read_database_secret(secrets, run.settings.database_secret),
        deadline=run.deadline - LEDGER_RESERVE_SECONDS - reserve_seconds,
        application_name=f"watchkeeper-{run.job}",
    )


def open_ledger(run: Run[S], source: str, *, kept_days: int) -> Ledger:
    """Open one of the ledgers that the job may touch."""
    return Ledger(
        run.aws("dynamodb", **CLIENT_LIMITS),
        table=run.settings.ledger_table,
        source=source,
        owner=f"{run.request_id}/{uuid4()}",
        kept_days=kept_days,
        seconds_left=lambda: run.remaining_seconds,
        clock=run.clock,
    )
