"""Measure the database itself: connections, sizes, slow statements and functions, indexes.

Each figure is read in a short transaction of its own, so that one that cannot be had, for a lock
or for want of a right, costs none of the others. What the database does not offer is named in log
and summary; what fails though it is offered fails the run, once all else is emitted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from watchkeeper.collection.counters import Counter, mean_milliseconds, since_before, to_tally
from watchkeeper.collection.database import Database
from watchkeeper.collection.index_review import FoundIndex, missing_indexes, unused_indexes
from watchkeeper.collection.ledgers import BUSY, open_database
from watchkeeper.collection.memory import Memory, remembered
from watchkeeper.collection.table_growth import (
    bucket_of,
    fastest_growth,
    first_bucket,
    to_sizes,
)
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import CollectionError, LedgerBusyError, LedgerError
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.ledger.tally import Tally
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import DatabaseMetricsSettings
from watchkeeper.workloads.storytailor.indexes import RECOMMENDED_INDEXES
from watchkeeper.workloads.storytailor.metrics_database import (
    CONNECTIONS_USED,
    DATABASE_AVAILABLE,
    DEADLOCKS,
    FUNCTION_MEAN_TIME,
    LONGEST_TRANSACTION,
    MISSING_INDEXES,
    SLOW_QUERY_MEAN_TIME,
    TABLE_GROWTH,
    TABLE_SIZE,
    UNUSED_INDEXES,
)
from watchkeeper.workloads.storytailor.sources_database import (
    FUNCTION_TARGETS,
    QUERY_DATABASE_STATE,
    QUERY_FUNCTION_CALLS,
    QUERY_FUNCTION_STATEMENTS,
    QUERY_SLOWEST_STATEMENTS,
    QUERY_TABLE_INDEXES,
    QUERY_TABLE_SIZES,
    WATCHED_TABLES,
)

LEDGER = "database_metrics"
KEPT_DAYS = 10
COUNTERS = "counters"
DATABASE_COUNTERS = "database"
MICROSECONDS_A_DAY = 86_400_000_000
# So long an index may wait for the query that is run once a week.
MIN_STATISTICS_DAYS = 7
NO_RIGHT = "the role lacks pg_read_all_stats"
NOT_INSTALLED = "pg_stat_statements is not there"
NOT_COUNTED = "neither track_functions nor pg_stat_statements is on"
TOO_YOUNG = f"statistics began less than {MIN_STATISTICS_DAYS} days ago"

DatabaseRun = Run[DatabaseMetricsSettings]


@dataclass(frozen=True, kw_only=True)
class State:
    """Hold the one row of `database_state.sql`."""

    connections: int
    longest_transaction_seconds: float | None
    deadlocks: int
    statistics_reset: int
    sees_everybody: bool
    counts_functions: bool
    counts_statements: bool


@dataclass(kw_only=True)
class Measurement:
    """Gather what one run finds; `sizes` and `counters` are what is compared with runs before.

    `unavailable` says of each figure that the database does not offer why; `failures` are queries
    that should have worked. `names` are for the summary.
    """

    run: DatabaseRun
    database: Database
    points: list[Datapoint] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    counters: list[Counter] = field(default_factory=list)
    unavailable: dict[str, str] = field(default_factory=dict)
    failures: list[CollectionError] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=dict)

    def add(self, metric: MetricDefinition, value: float, **labels: str) -> None:
        """Add a datapoint of this moment."""
        series = metric.series(Environment=self.run.settings.environment, **labels)
        self.points.append(Datapoint(series=series, values=(value,), timestamp=self.run.now))

    def rows(self, query: QueryDefinition, **parameters: object) -> Sequence[tuple[Any, ...]]:
        """Read a figure; a failure is kept for the end, and gives no rows."""
        try:
            with self.database.snapshot() as snapshot:
                return list(snapshot.rows(query, parameters))
        except CollectionError as error:
            self.failures.append(error)
            # What is left of the transaction goes with its connection.
            self.database.close()
            return []

    def measure(self, state: State) -> None:
        """Read every figure that the database offers."""
        self.add(CONNECTIONS_USED, float(state.connections))
        self.counters.append(
            Counter(
                source=DATABASE_COUNTERS,
                name=DEADLOCKS.name,
                count=state.deadlocks,
                reset=state.statistics_reset,
            )
        )
        if state.longest_transaction_seconds is None:
            self.unavailable[LONGEST_TRANSACTION.name] = NO_RIGHT
        else:
            self.add(LONGEST_TRANSACTION, state.longest_transaction_seconds)
        self._measure_tables()
        self._review_indexes(state)
        self._measure_statements(state)
        self._measure_functions(state)

    def _measure_tables(self) -> None:
        for table, size in self.rows(QUERY_TABLE_SIZES, tables=list(WATCHED_TABLES)):
            self.sizes[table] = size
            self.add(TABLE_SIZE, float(size), Table=table)

    def _review_indexes(self, state: State) -> None:
        rows = self.rows(QUERY_TABLE_INDEXES, tables=list(WATCHED_TABLES))
        if not rows:
            return
        found = [FoundIndex.of(row) for row in rows]
        missing = missing_indexes(RECOMMENDED_INDEXES, found)
        self.add(MISSING_INDEXES, float(len(missing)))
        self.names["missing_indexes"] = missing
        age = self.run.now.timestamp() * 1_000_000 - state.statistics_reset
        if state.statistics_reset and age < MIN_STATISTICS_DAYS * MICROSECONDS_A_DAY:
            self.unavailable[UNUSED_INDEXES.name] = TOO_YOUNG
            return
        unused = unused_indexes(found)
        self.add(UNUSED_INDEXES, float(len(unused)))
        self.names["unused_indexes"] = unused

    def _measure_statements(self, state: State) -> None:
        if reason := _why_no_statements(state):
            self.unavailable[SLOW_QUERY_MEAN_TIME.name] = reason
            return
        touching = rf"\m({'|'.join(WATCHED_TABLES)})\M"
        rows = self.rows(QUERY_SLOWEST_STATEMENTS, touching=touching)
        if rows:
            statement, calls, mean = rows[0]
            self.add(SLOW_QUERY_MEAN_TIME, mean)
            self.names["slowest_statement"] = {"queryid": statement, "calls": calls}

    def _measure_functions(self, state: State) -> None:
        if state.counts_functions:
            query = QUERY_FUNCTION_CALLS
        elif not _why_no_statements(state):
            query = QUERY_FUNCTION_STATEMENTS
        else:
            self.unavailable[FUNCTION_MEAN_TIME.name] = (
                NO_RIGHT if state.counts_statements else NOT_COUNTED
            )
            return
        for name, calls, microseconds, reset in self.rows(query, functions=list(FUNCTION_TARGETS)):
            self.counters.append(
                Counter(
                    source=query.file,
                    name=name,
                    count=calls,
                    microseconds=microseconds,
                    reset=reset,
                )
            )

    def compare(self, before: Tally, history: Mapping[str, Tally]) -> None:
        """Add what can be said only beside the runs before."""
        deadlocks = since_before(self.counters[0], before)
        self.add(DEADLOCKS, float(deadlocks[0] if deadlocks else 0))
        for name, mean in mean_milliseconds(self.counters[1:], before).items():
            self.add(FUNCTION_MEAN_TIME, mean, Function=name)
        growth = fastest_growth(self.sizes, history)
        if growth is not None:
            self.add(TABLE_GROWTH, growth[1])
            self.names["fastest_growing_table"] = growth[0]

    def emit(self) -> None:
        """Emit what has been found so far."""
        self.run.emit(self.points)
        self.points = []


def measure_database(run: DatabaseRun) -> Mapping[str, object]:
    """Measure the database; raise when it cannot be reached or a figure could not be had."""
    with open_database(run) as database:
        measurement = Measurement(run=run, database=database)
        try:
            with remembered(run, LEDGER, kept_days=KEPT_DAYS) as memory:
                _measure(measurement)
                _settle(measurement, memory)
        except LedgerBusyError:
            return BUSY
        except LedgerError:
            # How the database is can be told without knowing how it was.
            if not measurement.counters:
                _measure(measurement)
            raise
    if measurement.failures:
        raise measurement.failures[0]
    return _summary(measurement)


def _measure(measurement: Measurement) -> None:
    """Measure and emit what needs no memory; raise when the database cannot be reached."""
    rows = measurement.rows(QUERY_DATABASE_STATE)
    measurement.add(DATABASE_AVAILABLE, float(bool(rows)))
    if not rows:
        measurement.emit()
        raise measurement.failures[0]
    names = QUERY_DATABASE_STATE.columns
    measurement.measure(State(**dict(zip(names, rows[0], strict=True))))
    measurement.emit()
    for figure, reason in measurement.unavailable.items():
        measurement.run.log.warning("not available", extra={"figure": figure, "reason": reason})


def _settle(measurement: Measurement, memory: Memory) -> None:
    """Emit what changed since the runs before, and remember what the next one compares with."""
    today = measurement.run.now.date()
    before = memory.read(COUNTERS, COUNTERS).get(COUNTERS, {})
    history = memory.read(first_bucket(today), bucket_of(today))
    measurement.compare(before, history)
    tallies = dict(_to_remember(measurement, before))
    known = history.get(bucket_of(today), {})
    sizes = {**to_sizes(measurement.sizes), **known}
    if sizes != known:
        tallies[bucket_of(today)] = sizes
    memory.settle(measurement.points, tallies, measurement.run.now)


def _to_remember(measurement: Measurement, before: Tally) -> Iterator[tuple[str, Tally]]:
    # A counter that could not be read today is compared with what it was before.
    yield COUNTERS, {**before, **to_tally(measurement.counters)}


def _why_no_statements(state: State) -> str:
    if not state.counts_statements:
        return NOT_INSTALLED
    return "" if state.sees_everybody else NO_RIGHT


def _summary(measurement: Measurement) -> dict[str, object]:
    return {**measurement.names, "not_available": measurement.unavailable}
