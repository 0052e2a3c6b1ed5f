"""What a job remembers from run to run: small numbers, in a ledger of its own.

A run takes the lease before it measures, so that no other run measures in between, and commits
what it remembers together with how far it came (steps and guarantees: `watchkeeper.ledger.lease`).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import LedgerError
from watchkeeper.ledger.lease import Lease
from watchkeeper.ledger.minute import to_datetime, to_minute
from watchkeeper.ledger.table import CALL_SECONDS, CLIENT_LIMITS, Ledger, pack
from watchkeeper.ledger.tally import Tally
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import CostMetricsSettings, DatabaseMetricsSettings

S = TypeVar("S", DatabaseMetricsSettings, CostMetricsSettings)

# A database that does not answer is given up while there is time for a call to the ledger.
LEDGER_RESERVE_SECONDS = CALL_SECONDS + 1.0
# By how much a lease outlasts its run: the run's own reserve, and clocks that differ.
LEASE_MARGIN_SECONDS = 5.0


class Memory:
    """Hold the ledger of one run that has taken its lease."""

    def __init__(self, run: Run[S], ledger: Ledger, lease: Lease) -> None:
        self._emit = run.emit
        self._ledger = ledger
        self._lease = lease

    @property
    def through(self) -> datetime | None:
        """Give how far the runs before have come, None when there was none."""
        minute = self._lease.through
        return None if minute is None else to_datetime(minute)

    def read(self, first: str, last: str) -> Mapping[str, Tally]:
        """Read what is remembered under every name from `first` to `last`."""
        return self._ledger.read(first, last)

    def settle(
        self, datapoints: Iterable[Datapoint], tallies: Mapping[str, Tally], through: datetime
    ) -> None:
        """Emit datapoints and remember what they rest on; at most once for each memory."""
        payloads = {bucket: pack(bucket, tally) for bucket, tally in tallies.items()}
        with self._lease.emission():
            self._emit(datapoints)
            self._lease.commit(payloads, to_minute(through), gives_back=True)


@contextmanager
def remembered(run: Run[S], source: str, *, kept_days: int) -> Iterator[Memory]:
    """Give the memory of a job; raise `LedgerBusyError` when another run has it."""
    ledger = Ledger(
        run.aws("dynamodb", **CLIENT_LIMITS),
        table=run.settings.ledger_table,
        source=source,
        owner=f"{run.request_id}/{uuid4()}",
        kept_days=kept_days,
        seconds_left=lambda: run.remaining_seconds,
        clock=run.clock,
    )
    lease = Lease.take(ledger, seconds=run.remaining_seconds + LEASE_MARGIN_SECONDS)
    if lease.has_recovered:
        run.log.warning("the run before died; its last figures may have been emitted twice")
    try:
        yield Memory(run, ledger, lease)
        lease.give_back()
    except BaseException:
        # What cannot be given back now runs out; the error at hand says more.
        with suppress(LedgerError):
            lease.give_back()
        raise
