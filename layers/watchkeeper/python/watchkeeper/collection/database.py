"""Read PostgreSQL without ever hurting it, and without ever waiting past a deadline.

One connection, TLS verified to the host name, read-only transactions that see one snapshot each,
and for each query the limits of its definition. A server that takes a query and never answers is
given up at the deadline: libpq has no limit for reading, so `DeadlineConnection` puts one on every
wait. Nothing here needs a session of its own: the pooler may be in transaction mode.
"""

import math
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow

from watchkeeper.collection.database_secret import DatabaseSecret
from watchkeeper.definitions.errors import CollectionError
from watchkeeper.definitions.query import QueryDefinition

CONNECT_TIMEOUT_SECONDS = 10.0
# libpq takes whole seconds, and nothing below two.
MIN_CONNECT_TIMEOUT_SECONDS = 2
MAX_ADDRESSES = 3
KEEPALIVE_SECONDS = 5
# SQLSTATE classes that waiting does not mend: feature, data, state, login, name, syntax or right.
LASTING_CLASSES = frozenset({"0A", "22", "25", "28", "3D", "3F", "42"})
# A login that fails has no SQLSTATE, only the words of the server or of libpq.
LASTING_WORDS = (
    "authentication failed",
    "certificate",
    "does not exist",
    "does not support SSL",
    "no pg_hba.conf entry",
    "permission denied",
)

RV = TypeVar("RV")

SET_LIMITS = """
SELECT set_config('statement_timeout', %(statement)s, true),
       set_config('lock_timeout', %(lock)s, true),
       set_config('idle_in_transaction_session_timeout', %(idle)s, true),
       set_config('TimeZone', 'UTC', true)
"""


class DeadlineConnection(psycopg.Connection[TupleRow]):
    """Be a connection whose every wait for the server ends at `deadline` (`time.monotonic()`)."""

    deadline = math.inf

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for the server as psycopg does, but never past the deadline."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise psycopg.OperationalError("the time for it has run out")
        return super().wait(gen, interval, left if timeout is None else min(timeout, left))


class Snapshot:
    """Be one read-only transaction: all its queries see the database at the same moment."""

    def __init__(self, connection: DeadlineConnection, secret: DatabaseSecret) -> None:
        self._connection = connection
        self._secret = secret

    def rows(
        self, query: QueryDefinition, parameters: Mapping[str, object]
    ) -> Iterator[tuple[Any, ...]]:
        """Run a query and give its rows; refuse any other columns than its definition names."""
        with translated(self._secret, f"run {query.file}"):
            self._connection.execute(SET_LIMITS, self._limits(query))
            cursor = self._connection.execute(query.sql, parameters)
            found = tuple(column.name for column in cursor.description or ())
        if found != query.columns:
            raise CollectionError(
                f"query {query.file} gave columns {list(found)}, expected {list(query.columns)}",
                retryable=False,
            )
        return iter(cursor)

    def _limits(self, query: QueryDefinition) -> dict[str, str]:
        left = max(1, int((self._connection.deadline - time.monotonic()) * 1000))
        return {
            "statement": str(min(query.statement_timeout_milliseconds, left)),
            "lock": str(min(query.lock_timeout_milliseconds, left)),
            "idle": str(left),
        }


class Database:
    """Own one connection to a database, made when it is first needed, until `deadline`.

    `application_name` is what the database's administrators see in pg_stat_activity.
    """

    def __init__(self, secret: DatabaseSecret, *, deadline: float, application_name: str) -> None:
        self._secret = secret
        self._deadline = deadline
        self._application_name = application_name
        self._connection: DeadlineConnection | None = None

    def __enter__(self) -> Self:
        """Promise a connection; none is made yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection, if there is one; the next query makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def connect(self) -> DeadlineConnection:
        """Return the connection; make it, unless it is there already."""
        if self._connection is None:
            with translated(self._secret, "connect"):
                self._connection = _connect(self._secret, self._deadline, self._application_name)
                self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                self._connection.read_only = True
        return self._connection

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Give a transaction that sees the database as it is at its first query."""
        connection = self.connect()
        yield Snapshot(connection, self._secret)
        # Ended politely, so that the pooler keeps its connection. After an error closing does it.
        with translated(self._secret, "end the transaction"):
            connection.rollback()


def _connect(secret: DatabaseSecret, deadline: float, application_name: str) -> DeadlineConnection:
    addresses = _addresses(secret)
    with secret.authority_file() as authorities:
        for position, address in enumerate(addresses, start=1):
            timeout = _connect_timeout_seconds(deadline, len(addresses) - position + 1)
            try:
                connection = DeadlineConnection.connect(
                    **_parameters(secret, authorities, address),
                    connect_timeout=timeout,
                    application_name=application_name,
                    prepare_threshold=None,
                )
            except psycopg.OperationalError:
                if position == len(addresses):
                    raise
            else:
                connection.deadline = deadline
                return connection
    raise psycopg.OperationalError("its host has no address")


def _addresses(secret: DatabaseSecret) -> list[str]:
    # Resolved here, because each address is tried for the whole connect timeout.
    found = socket.getaddrinfo(secret.host, secret.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))[:MAX_ADDRESSES]


def _connect_timeout_seconds(deadline: float, addresses_left: int) -> int:
    left = deadline - time.monotonic()
    if left < MIN_CONNECT_TIMEOUT_SECONDS:
        raise psycopg.OperationalError("the time for it has run out")
    return int(
        max(MIN_CONNECT_TIMEOUT_SECONDS, min(CONNECT_TIMEOUT_SECONDS, left / addresses_left))
    )


def _parameters(secret: DatabaseSecret, authorities: str, address: str) -> dict[str, Any]:
    return {
        "host": secret.host,
        "hostaddr": address,
        "port": secret.port,
        "dbname": secret.dbname,
        "user": secret.username,
        "password": secret.password,
        "sslmode": "verify-full",
        "sslrootcert": authorities,
        "sslcertmode": "disable",
        "gssencmode": "disable",
        "keepalives_idle": KEEPALIVE_SECONDS,
        "keepalives_interval": KEEPALIVE_SECONDS,
        "keepalives_count": 2,
        "tcp_user_timeout": int(CONNECT_TIMEOUT_SECONDS * 1000),
    }


@contextmanager
def translated(secret: DatabaseSecret, task: str) -> Iterator[None]:
    """Turn what goes wrong during a task into our error, without a value of the secret in it."""
    try:
        yield
    except (psycopg.Error, OSError) as error:
        reason = secret.redacted(" ".join(str(error).split())) or type(error).__name__
        raise CollectionError(
            f"the database of {secret.name} could not {task}: {reason}",
            retryable=_is_retryable(error),
        ) from error


def _is_retryable(error: Exception) -> bool:
    code = error.sqlstate if isinstance(error, psycopg.Error) else None
    if code is not None:
        return code[:2] not in LASTING_CLASSES
    if isinstance(error, psycopg.Error) and not isinstance(error, psycopg.OperationalError):
        return False
    return not any(word in str(error) for word in LASTING_WORDS)
