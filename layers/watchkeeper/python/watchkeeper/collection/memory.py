"""What a job remembers from run to run: small numbers, in a ledger of its own.

A run takes the lease before it measures, so that no other run measures in between, and commits
what it remembers together with how far it came (steps and guarantees: `watchkeeper.ledger.lease`).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from watchkeeper.collection.ledgers import open_ledger
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.ledger.lease import Lease, leased
from watchkeeper.ledger.minute import to_datetime, to_minute
from watchkeeper.ledger.table import Ledger, pack
from watchkeeper.ledger.tally import Tally
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import LedgerSettings

S = TypeVar("S", bound=LedgerSettings)


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
    ledger = open_ledger(run, source, kept_days=kept_days)
    with leased(ledger) as lease:
        if lease.has_recovered:
            run.log.warning("the run before died; its last figures may have been emitted twice")
        yield Memory(run, ledger, lease)
