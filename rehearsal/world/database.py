"""The database of a rehearsal: real PostgreSQL, reached at once, with the faults of a scenario.

Functions get a connection that is kept from run to run, as the hosted pooler keeps it, and without
TLS, which tests of the connection prove elsewhere: both cost more than all the rest of a run.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, cast
from unittest.mock import patch

import psycopg
from psycopg import sql

from rehearsal.local.database import Database, Login
from rehearsal.local.postgres import PostgresServer
from rehearsal.world.clock import SimulatedClock
from rehearsal.world.errors import RehearsalError
from watchkeeper.collection.database import DeadlineConnection, Snapshot
from watchkeeper.definitions.query import QueryDefinition

CONNECT_SECONDS = 0.03
QUERY_SECONDS = 0.01
# What libpq says, as functions and their log would see it.
REFUSED = (
    "connection failed: Connection refused\n\tIs the server running and accepting connections?"
)
NO_LOGIN = 'connection failed: FATAL:  password authentication failed for user "{user}"'
BROKEN = "server closed the connection unexpectedly"
TOO_SLOW = "canceling statement due to statement timeout"


# What real time decides is the same in every rehearsal, unless the scenario answers otherwise.
STEADY: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "slowest_statements.sql": (
        {"statement": "1", "calls": 1000, "mean_milliseconds": 2.5},
        {"statement": "2", "calls": 1000, "mean_milliseconds": 1.0},
    ),
}
# Gives what a query of this file finds now, by column; None when it finds what is there.
Answers = Callable[[str], tuple[Mapping[str, object], ...] | None]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Say how the database is: `healthy`, `down`, `refusing-logins`, or `slow` by some seconds."""

    kind: str = "healthy"
    seconds: float = 0.0


class PooledConnection(DeadlineConnection):
    """Be a connection that outlives its run: closing it gives it back."""

    condition: Callable[[], Condition]
    clock: SimulatedClock
    give_back: Callable[["PooledConnection"], None]

    @classmethod
    def open(cls, parameters: Mapping[str, Any]) -> Self:
        """Connect as psycopg itself does, whatever has taken the place of `connect`."""
        return super(DeadlineConnection, cls).connect(
            **parameters, sslmode="disable", prepare_threshold=None
        )

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a query as long as the condition of the database lets it."""
        self._suffer()
        return super().execute(query, params, **options)

    def _suffer(self) -> None:
        condition = self.condition()
        if condition.kind == "down":
            raise psycopg.OperationalError(BROKEN)
        if condition.kind != "slow":
            self.clock.spend(QUERY_SECONDS)
            return
        limit = super().execute("SELECT current_setting('statement_timeout')::interval").fetchone()
        allowed = cast("Any", limit)[0].total_seconds() or condition.seconds
        self.clock.spend(min(allowed, condition.seconds))
        if condition.seconds > allowed:
            raise psycopg.errors.QueryCanceled(TOO_SLOW)

    def close(self) -> None:
        """End what is open and go back to the pool."""
        self.give_back(self)

    def really_close(self) -> None:
        """Close the connection."""
        super().close()


class RehearsedDatabase:
    """Own one database for one rehearsal; `condition` and `answer` say how it is now."""

    def __init__(
        self,
        server: PostgresServer,
        clock: SimulatedClock,
        condition: Callable[[], Condition],
        answer: Answers,
    ) -> None:
        self._answer = answer
        self._server = server
        self._clock = clock
        self._condition = condition
        self._free: list[PooledConnection] = []
        self._all: list[PooledConnection] = []
        self.database: Database = server.create_database()
        self.owner = self.database.owner.connect()

    def __enter__(self) -> Self:
        """Give the database."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Drop the database and every connection to it."""
        self.owner.close()
        for connection in self._all:
            connection.really_close()
        self._server.drop_database(self.database)

    @property
    def reader(self) -> Login:
        """Give the login of the functions."""
        return self.database.reader

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Be what every function that connects is connected to."""
        with (
            patch.object(DeadlineConnection, "connect", self._connect),
            patch.object(Snapshot, "rows", self._answering(Snapshot.rows)),
        ):
            yield

    def _answering(self, real: Callable[..., Iterator[tuple[Any, ...]]]) -> Callable[..., Any]:
        def rows(
            snapshot: Snapshot, query: QueryDefinition, parameters: Mapping[str, object]
        ) -> Iterator[tuple[Any, ...]]:
            # Asked all the same: a query of a database that is away finds nothing.
            found = real(snapshot, query, parameters)
            said = self._answer(query.file)
            if said is None:
                said = STEADY.get(query.file)
            return found if said is None else _in_order(query, said)

        return rows

    def _connect(self, **parameters: Any) -> PooledConnection:
        condition = self._condition()
        self._clock.spend(CONNECT_SECONDS)
        if condition.kind == "down":
            raise psycopg.OperationalError(REFUSED)
        if condition.kind == "refusing-logins":
            raise psycopg.OperationalError(NO_LOGIN.format(user=parameters["user"]))
        return self._free.pop() if self._free else self._open(parameters)

    def _open(self, parameters: Mapping[str, Any]) -> PooledConnection:
        plain = {name: parameters[name] for name in ("host", "port", "dbname", "user", "password")}
        connection = PooledConnection.open(plain)
        connection.condition, connection.clock = self._condition, self._clock
        connection.give_back = self._take_back
        self._all.append(connection)
        return connection

    def _take_back(self, connection: PooledConnection) -> None:
        connection.deadline = float("inf")
        if not connection.closed and not connection.broken:
            connection.rollback()
            self._free.append(connection)

    def truncate(self, table: str) -> None:
        """Empty a table."""
        self.owner.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))


def _in_order(
    query: QueryDefinition, rows: tuple[Mapping[str, object], ...]
) -> Iterator[tuple[Any, ...]]:
    """Give rows as the query would; refuse columns that it does not have."""
    for row in rows:
        if unknown := sorted(set(row) - set(query.columns)):
            raise RehearsalError(
                f"answer to {query.file} has the columns {unknown}, "
                f"expected {', '.join(query.columns)}"
            )
        yield tuple(row.get(column) for column in query.columns)
