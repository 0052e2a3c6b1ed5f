"""A source whose rows take steps that only their newest state shows.

A reward is pending, issued, then applied: one column, overwritten in place, and perhaps nothing
says when. So the ledger remembers, by the day a row was created, which steps each row has been seen
to have taken; a step seen for the first time has just been taken. A step once counted stays
counted, whatever becomes of the row.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from watchkeeper.collection.counting import Change
from watchkeeper.collection.database import Snapshot
from watchkeeper.collection.first_seen import digest, first_watched, place
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import MetricSeries
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.ledger.minute import MINUTES_A_DAY, day_bucket, to_datetime
from watchkeeper.ledger.progress import OLDEST_MINUTES, Plan, Window
from watchkeeper.ledger.tally import Key, Tally

# A row that moves on later than this after it was created is not seen to.
WATCHED_DAYS = 400
KEPT_DAYS = WATCHED_DAYS + 5
OWED = "owed"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Name a series that a step counts in: one for each row, or its worth in dollars."""

    series: MetricSeries
    in_dollars: bool = False


StepSeries = Callable[[str, str], tuple[Counted, ...]]


@dataclass(frozen=True, kw_only=True)
class Mover:
    """Hold one row that has moved on; `created` and `updated` are minutes since 1970."""

    id: str
    created: int
    type: str
    steps: tuple[str, ...]
    cents: int | None
    updated: int | None
    is_owed: bool
    example: str | None

    @property
    def digest(self) -> str:
        """Name the row in the ledger, in few bytes."""
        return digest(self.id)

    @property
    def bucket(self) -> str:
        """Name the bucket of the day the row was created."""
        return day_bucket(self.created)


@dataclass(frozen=True, kw_only=True)
class _Progress:
    """Say what is new about a row."""

    mover: Mover
    steps: tuple[str, ...]
    tally: Tally


@dataclass(kw_only=True)
class StepSource:
    """Count each step of each row once; the first run ever only remembers what it finds.

    `steps` gives each step its bit in the ledger. `owed` is, after a count, how many rows have
    been owed something for `owed_after_minutes` or longer since that was first seen.
    """

    query: QueryDefinition
    parameters: Mapping[str, object]
    steps: tuple[str, ...]
    series: StepSeries
    owed_after_minutes: int = 0
    owed: int = 0

    def plan(self, through: int | None, now: int) -> Plan:
        """Return the one step of a run: from the last run to the minute `now`.

        An event older than the last run finds the table as it is now, and counts as of that run.
        """
        until = now if through is None else max(now, through)
        since = until if through is None else max(through, until - OLDEST_MINUTES)
        return Plan(windows=(Window(since=since, until=until, is_first=through is None),))

    def buckets(self, window: Window) -> tuple[str, str]:
        """Return the first and the last day whose rows are watched."""
        return day_bucket(first_watched(window, WATCHED_DAYS)), day_bucket(window.until)

    def recount(
        self, snapshot: Snapshot, window: Window, emitted: Mapping[str, Tally]
    ) -> Iterator[Change]:
        """Look at every row again; yield what has changed, by the day rows were created."""
        self.owed = 0
        moved: defaultdict[str, list[_Progress]] = defaultdict(list)
        for mover in self._read(snapshot, window):
            known = emitted.get(mover.bucket, {})
            progress = self._progress(mover, known, window)
            if progress.tally != {key: known[key] for key in _keys(mover) if key in known}:
                moved[mover.bucket].append(progress)
        fresh = [one.mover for day in moved.values() for one in day if one.steps]
        updated = {mover.digest: mover.updated for mover in sorted(fresh, key=_by_digest)}
        minutes = place(updated, window)
        for bucket, progresses in sorted(moved.items()):
            yield Change(
                bucket=bucket,
                tally=_settled(emitted.get(bucket, {}), progresses),
                datapoints=() if window.is_first else tuple(self._datapoints(progresses, minutes)),
                remarks=tuple(_remarks(progresses)),
            )

    def _read(self, snapshot: Snapshot, window: Window) -> Iterator[Mover]:
        limits = {
            "since": to_datetime(first_watched(window, WATCHED_DAYS)),
            # To the end of the last bucket: the application's clock may be a little ahead.
            "until": to_datetime((window.until // MINUTES_A_DAY + 1) * MINUTES_A_DAY),
        }
        for row in snapshot.rows(self.query, {**self.parameters, **limits}):
            mover = dict(zip(self.query.columns, row, strict=True))
            yield Mover(**{**mover, "steps": tuple(mover["steps"])})

    def _progress(self, mover: Mover, known: Tally, window: Window) -> _Progress:
        taken, owed = _keys(mover)
        before = known.get(taken, 0)
        after = before
        for step in mover.steps:
            after |= 1 << self.steps.index(step)
        tally = {taken: after} if after else {}
        if mover.is_owed:
            # The earliest, in case a run came with a clock that was ahead.
            tally[owed] = min(known.get(owed, window.until), window.until)
            self.owed += tally[owed] <= window.until - self.owed_after_minutes
        fresh = after & ~before
        return _Progress(
            mover=mover,
            steps=tuple(step for bit, step in enumerate(self.steps) if fresh >> bit & 1),
            tally=tally,
        )

    def _datapoints(
        self, progresses: Iterable[_Progress], minutes: Mapping[str, int]
    ) -> Iterator[Datapoint]:
        sums: defaultdict[tuple[Counted, int], int] = defaultdict(int)
        for one in progresses:
            for step in one.steps:
                for counted in self.series(step, one.mover.type):
                    worth = one.mover.cents or 0 if counted.in_dollars else 1
                    sums[counted, minutes[one.mover.digest]] += worth
        for (counted, minute), found in sums.items():
            value = found / 100 if counted.in_dollars else float(found)
            if value:
                yield Datapoint(
                    series=counted.series, values=(value,), timestamp=to_datetime(minute)
                )


def _by_digest(mover: Mover) -> str:
    return mover.digest


def _keys(mover: Mover) -> tuple[Key, Key]:
    return (mover.digest,), (mover.digest, OWED)


def _settled(known: Tally, progresses: Iterable[_Progress]) -> Tally:
    settled = dict(known)
    for one in progresses:
        for key in _keys(one.mover):
            settled.pop(key, None)
        settled |= one.tally
    return settled


def _remarks(progresses: Iterable[_Progress]) -> Iterator[str]:
    for one in progresses:
        if one.steps and one.mover.example is not None:
            yield one.mover.example
