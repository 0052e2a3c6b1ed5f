"""Live traffic of the Storytailor stand-in, driven by an explicit clock and a seed."""

import heapq
import random
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

import psycopg

from rehearsal.local.errors import LocalStageError
from rehearsal.local.traffic_plan import Change, MinutePlan
from rehearsal.local.traffic_rates import Rates
from rehearsal.local.traffic_store import Connection, TrafficStore, connect_alike

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
STOP_TIMEOUT_SECONDS = 15.0
FUNCTION_CALLS_EVERY_SECONDS = 60.0

# What the application calls while its users read, so that their times can be seen.
FUNCTION_CALLS = (
    "SELECT track_consumption_event(%(user)s, %(story)s, 'completed', 300, %(at)s)",
    "SELECT calculate_story_effectiveness(%(story)s, %(at)s)",
    "SELECT calculate_user_credits(%(user)s)",
    "SELECT should_send_email(%(user)s, 'daily_digest', %(at)s)",
)


class Traffic:
    """Let time pass in the stand-in's tables.

    The same seed, start and rates give the same rows however the time is cut into intervals.
    `rates` may be exchanged at any time and count from the next minute on. A failed write
    loses nothing: set a new `connection` and advance again.
    """

    def __init__(
        self, connection: Connection, rng: random.Random, rates: Rates | None = None
    ) -> None:
        self.rates = rates or Rates()
        self._seed = rng.getrandbits(63)
        self._store = TrafficStore(connection)
        self._pending: list[tuple[datetime, int, Change]] = []
        self._change_count = 0
        self.advanced_to: datetime | None = None
        self._planned_to: datetime | None = None
        self._may_be_written = False

    @property
    def connection(self) -> Connection:
        """Return the connection that is written through."""
        return self._store.connection

    @connection.setter
    def connection(self, connection: Connection) -> None:
        self._store = TrafficStore(connection)

    def advance(self, from_: datetime, to_: datetime) -> int:
        """Write what happens from `from_` up to and without `to_`; return how many rows it touched.

        Intervals follow one another without overlap.
        """
        self._check_interval(from_, to_)
        self._plan(from_, to_)
        due = []
        while self._pending and self._pending[0][0] < to_:
            due.append(heapq.heappop(self._pending))
        try:
            touched = self._store.write(self._not_yet_written([change for _, _, change in due]))
        except psycopg.Error:
            # Whether the server had committed when the connection broke cannot be known.
            self._may_be_written = True
            for item in due:
                heapq.heappush(self._pending, item)
            raise
        self._may_be_written = False
        self.advanced_to = to_
        return touched

    def backfill(self, until: datetime, *, days: int) -> int:
        """Write the history of some days up to `until`; return how many rows it touched."""
        start = until - days * DAY
        return sum(self.advance(start + day * DAY, start + (day + 1) * DAY) for day in range(days))

    def _check_interval(self, from_: datetime, to_: datetime) -> None:
        for name, moment in (("from_", from_), ("to_", to_)):
            if moment.utcoffset() != timedelta(0):
                raise LocalStageError(f"{name} is {moment!r}, expected a time in UTC")
        if to_ < from_:
            raise LocalStageError(f"to_ is {to_}, expected no earlier than from_, {from_}")
        if self.advanced_to is not None and from_ < self.advanced_to:
            raise LocalStageError(
                f"from_ is {from_}, expected no earlier than {self.advanced_to}, already written"
            )

    def _plan(self, from_: datetime, to_: datetime) -> None:
        first = from_.replace(second=0, microsecond=0)
        minute = first if self._planned_to is None else max(first, self._planned_to)
        while minute < to_:
            # In the first minute, what began before the traffic did never happened.
            never: set[UUID] = set()
            for change in MinutePlan(self._seed, self.rates, minute).changes():
                if change.is_new and change.at < from_ and minute == first:
                    never.add(change.id)
                if change.id not in never:
                    self._change_count += 1
                    heapq.heappush(self._pending, (change.at, self._change_count, change))
            minute += MINUTE
            self._planned_to = minute

    def _not_yet_written(self, due: list[Change]) -> list[Change]:
        if not self._may_be_written:
            return due
        new_ids: dict[str, list[UUID]] = defaultdict(list)
        for change in due:
            if change.is_new:
                new_ids[change.table].append(change.id)
        written = {
            row_id for table, ids in new_ids.items() for row_id in self._store.existing(table, ids)
        }
        return [change for change in due if not (change.is_new and change.id in written)]


def wall_clock() -> datetime:
    """Return the time it is."""
    return datetime.now(UTC)


class LiveTraffic:
    """Advance a traffic once a tick until the `with` block ends.

    It goes on from where the traffic stands, over a connection of its own to the same database.
    While the database is away nothing is lost: what was due is written, late, when it is back.
    """

    def __init__(
        self,
        traffic: Traffic,
        *,
        tick_seconds: float = 1.0,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        if tick_seconds <= 0:
            raise LocalStageError(f"tick_seconds is {tick_seconds}, expected more than 0")
        self.touched_rows = 0
        self.last_error: str | None = None
        self._traffic = traffic
        self._first_connection = traffic.connection
        self._advanced_to = traffic.advanced_to or clock()
        self._tick_seconds = tick_seconds
        self._clock = clock
        self._functions_called_at: datetime | None = None
        self._connection: Connection | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-traffic", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the thread; the traffic writes through its first connection again."""
        self._stopping.set()
        self._thread.join(STOP_TIMEOUT_SECONDS)
        if self._thread.is_alive():
            raise LocalStageError(
                f"live traffic did not stop within {STOP_TIMEOUT_SECONDS} s; "
                f"its last error: {self.last_error}"
            )
        self._traffic.connection = self._first_connection

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._tick()
                self._stopping.wait(self._tick_seconds)
        finally:
            self._disconnect()

    def _tick(self) -> None:
        now = self._clock()
        try:
            if self._connection is None:
                self._connection = connect_alike(self._first_connection)
                self._traffic.connection = self._connection
            # A clock that is set back makes traffic wait, not happen twice.
            if now > self._advanced_to:
                self.touched_rows += self._traffic.advance(self._advanced_to, now)
                self._advanced_to = now
            self._call_functions(self._connection, now)
        except psycopg.Error as error:
            self.last_error = str(error)
            self._disconnect()

    def _call_functions(self, connection: Connection, now: datetime) -> None:
        called_at = self._functions_called_at
        if called_at and (now - called_at).total_seconds() < FUNCTION_CALLS_EVERY_SECONDS:
            return
        self._functions_called_at = now
        chance = random.Random(now.isoformat())  # noqa: S311  whose story, not a secret
        values = {
            "user": UUID(int=chance.getrandbits(128), version=4),
            "story": UUID(int=chance.randrange(500)),
            "at": now,
        }
        for call in FUNCTION_CALLS:
            connection.execute(call, values)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
