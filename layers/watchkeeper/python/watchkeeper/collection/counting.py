"""Count a source against its ledger: the loop that every counting job runs.

What is counted, from which rows and into which series, is the source's matter. That nothing is
lost, counted twice or left half done is this loop's (its steps: `watchkeeper.ledger.lease`).
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from watchkeeper.collection.database import Snapshot
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import MetricSeries
from watchkeeper.ledger.lease import Lease, leased
from watchkeeper.ledger.minute import to_minute
from watchkeeper.ledger.progress import Plan, Window, advance
from watchkeeper.ledger.table import (
    CALL_SECONDS,
    MAX_COMMIT_BUCKETS,
    MAX_COMMIT_BYTES,
    Ledger,
    pack,
)
from watchkeeper.ledger.tally import Tally

# No step is begun with less time than this, nor than twice that of the longest one so far.
MIN_STEP_SECONDS = 3.0
SECONDS_A_MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Change:
    """Say what a bucket will hold, and what is owed to CloudWatch for it.

    `remarks` are for the log: labels that are not listed, values that make no sense.
    """

    bucket: str
    tally: Tally
    datapoints: tuple[Datapoint, ...]
    remarks: tuple[str, ...] = ()


class Source(Protocol):
    """Be something that is counted in buckets."""

    def plan(self, through: int | None, now: int) -> Plan:
        """Return the steps of a run at the minute `now`; `through` is how far others came."""
        ...

    def buckets(self, window: Window) -> tuple[str, str]:
        """Return the first and the last bucket of a step."""
        ...

    def recount(
        self, snapshot: Snapshot, window: Window, emitted: Mapping[str, Tally]
    ) -> Iterable[Change]:
        """Count the rows of a step again and return what differs, oldest bucket first."""
        ...


@dataclass(kw_only=True)
class CountResult:
    """Say what a run counted; it fills up while the run goes on.

    `minutes_behind` is what remains to be counted up to the run's own time.
    """

    has_recovered: bool = False
    minutes_behind: int = 0
    skipped_minutes: int = 0
    totals: defaultdict[MetricSeries, float] = field(default_factory=lambda: defaultdict(float))
    remarks: list[str] = field(default_factory=list)

    def add(self, changes: Iterable[Change]) -> None:
        """Add what has been emitted in a step."""
        for change in changes:
            for point in change.datapoints:
                self.totals[point.series] += sum(point.values)
            self.remarks += change.remarks


@dataclass(frozen=True, kw_only=True)
class Counting:
    """Hold what a count needs besides its source and its ledger.

    `now` is the run's time, `seconds_left` what remains of it; `snapshot` opens a transaction
    and `warn_of_recovery` is called when the run before died.
    """

    now: datetime
    snapshot: Callable[[], AbstractContextManager[Snapshot]]
    emit: Callable[[Iterable[Datapoint]], None]
    seconds_left: Callable[[], float]
    warn_of_recovery: Callable[[], None]

    def count(self, source: Source, ledger: Ledger) -> CountResult:
        """Emit what is owed and commit it, as far as time allows, oldest first.

        Raise `LedgerBusyError` when another run is counting this source.
        """
        with leased(ledger) as lease:
            result = CountResult(has_recovered=lease.has_recovered)
            if lease.has_recovered:
                self.warn_of_recovery()
            self._count_steps(source, ledger, lease, result)
        return result

    def _count_steps(
        self, source: Source, ledger: Ledger, lease: Lease, result: CountResult
    ) -> None:
        now = to_minute(self.now)
        plan = source.plan(lease.through, now)
        result.skipped_minutes = plan.skipped_minutes
        reached = min(plan.windows[0].since if lease.through is None else lease.through, now)
        result.minutes_behind = now - reached
        longest_seconds = 0.0
        with self.snapshot() as snapshot:
            for window in plan.windows:
                if not self._has_time_for(longest_seconds):
                    return
                started = time.monotonic()
                emitted = ledger.read(*source.buckets(window))
                changes = list(source.recount(snapshot, window, emitted))
                through = advance(
                    lease.through,
                    counted_until=window.until,
                    wall_minute=int(ledger.clock() // SECONDS_A_MINUTE),
                )
                is_last = window is plan.windows[-1]
                if changes or is_last or through != lease.through:
                    self._settle(lease, changes, through, gives_back=is_last)
                result.add(changes)
                result.minutes_behind = now - max(window.until, reached)
                longest_seconds = max(longest_seconds, time.monotonic() - started)

    def _has_time_for(self, longest_seconds: float) -> bool:
        needed = CALL_SECONDS + max(MIN_STEP_SECONDS, 2 * longest_seconds)
        return self.seconds_left() >= needed

    def _settle(
        self, lease: Lease, changes: Sequence[Change], through: int, *, gives_back: bool
    ) -> None:
        batches = list(_batches(changes))
        for position, batch in enumerate(batches, start=1):
            # How far the count has come is true only once all of the step is committed.
            is_all = position == len(batches)
            with lease.emission():
                self.emit(point for change in batch.changes for point in change.datapoints)
                lease.commit(
                    batch.payloads,
                    through if is_all else lease.through,
                    gives_back=gives_back and is_all,
                )


@dataclass(kw_only=True)
class _Batch:
    changes: list[Change] = field(default_factory=list)
    payloads: dict[str, bytes] = field(default_factory=dict)

    def has_room_for(self, payload: bytes) -> bool:
        payload_bytes = sum(map(len, self.payloads.values())) + len(payload)
        return len(self.payloads) < MAX_COMMIT_BUCKETS and payload_bytes <= MAX_COMMIT_BYTES


def _batches(changes: Sequence[Change]) -> Iterator[_Batch]:
    # At least one, without changes when there are none: how far the count has come is due too.
    batch = _Batch()
    for change in changes:
        payload = pack(change.bucket, change.tally)
        if batch.changes and not batch.has_room_for(payload):
            yield batch
            batch = _Batch()
        batch.changes.append(change)
        batch.payloads[change.bucket] = payload
    yield batch
