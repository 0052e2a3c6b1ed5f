"""Reading PostgreSQL through its TLS front: what is verified, limited, refused and given up."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from traceback import format_exception
from typing import Any

import psycopg
import pytest

from rehearsal.local.certificate import RunCertificate, create_certificate
from rehearsal.local.database import Database as LocalDatabase
from rehearsal.local.gateway import Gateway
from rehearsal.local.postgres import PostgresServer
from watchkeeper.collection.database import Database
from watchkeeper.collection.database_secret import DatabaseSecret
from watchkeeper.definitions.errors import CollectionError
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.workloads.storytailor.sources import QUERY_LAST_EXECUTIONS

SECRET_NAME = "watchkeeper/test/database"
# Long enough for whatever ought to work, and for what ought not: until it is given up.
LONG_SECONDS, SHORT_SECONDS = 30.0, 3.0


@dataclass(frozen=True, kw_only=True)
class TextQuery(QueryDefinition):
    """Be a query whose text stands in the test."""

    package: str = QUERY_LAST_EXECUTIONS.package
    file: str = QUERY_LAST_EXECUTIONS.file
    columns: tuple[str, ...] = ("answer",)
    description: str = "For a test."
    text: str

    @property
    def sql(self) -> str:
        """Return the text."""
        return self.text


@dataclass
class Front:
    """Hold a database behind its TLS front, and how to log in to it as Watchkeeper does."""

    database: LocalDatabase
    gateway: Gateway
    certificate: RunCertificate
    secret: DatabaseSecret

    def ask(
        self,
        text: str,
        *,
        secret: DatabaseSecret | None = None,
        seconds: float = LONG_SECONDS,
        before_query: Callable[[], object] = lambda: None,
        application_name: str = "watchkeeper-test",
        **limits: int,
    ) -> list[tuple[Any, ...]]:
        """Log in, ask one question and log out."""
        query = TextQuery(text=text, **limits)  # type: ignore[arg-type]
        deadline = time.monotonic() + seconds
        with (
            Database(
                secret or self.secret, deadline=deadline, application_name=application_name
            ) as database,
            database.snapshot() as snapshot,
        ):
            before_query()
            return list(snapshot.rows(query, {}))


@pytest.fixture(scope="module")
def lasting_front(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    certificate = create_certificate(tmp_path_factory.mktemp("tls"))
    database = postgres.create_database()
    with Gateway(certificate, target_port=postgres.port) as gateway:
        secret = DatabaseSecret(
            name=SECRET_NAME,
            host="localhost",
            port=gateway.port,
            dbname=database.reader.name,
            username=database.reader.user,
            password=database.reader.password,
            ca=certificate.authority_text,
        )
        yield Front(database=database, gateway=gateway, certificate=certificate, secret=secret)
    postgres.drop_database(database)


@pytest.fixture
def front(lasting_front: Front) -> Front:
    lasting_front.gateway.normal()
    return lasting_front


SETTINGS = [
    ("transaction_read_only", "on"),
    ("transaction_isolation", "repeatable read"),
    ("application_name", "watchkeeper-test"),
    ("lock_timeout", "250ms"),
    ("statement_timeout", "1500ms"),
    ("TimeZone", "UTC"),
]


@pytest.mark.parametrize(("name", "expected"), SETTINGS)
def test_a_transaction_is_limited_and_cannot_write(front: Front, name: str, expected: str) -> None:
    with front.database.superuser.connect() as administrator:
        administrator.execute(
            f"ALTER ROLE watchkeeper_ro IN DATABASE {front.secret.dbname}"
            " SET TimeZone = 'Asia/Tokyo'"
        )
    found = front.ask(
        f"SELECT current_setting('{name}') AS answer",
        statement_timeout_milliseconds=1500,
        lock_timeout_milliseconds=250,
    )
    assert found == [(expected,)]


def test_no_limit_lasts_longer_than_the_run(front: Front) -> None:
    text = """SELECT current_setting(name)::interval AS answer FROM unnest(ARRAY[
        'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) AS name"""
    limits = front.ask(text, seconds=9.0, statement_timeout_milliseconds=60_000)
    assert all(limit.total_seconds() <= 9.0 for (limit,) in limits)


def test_the_connection_is_encrypted_and_the_host_verified_by_name(front: Front) -> None:
    assert front.ask("SELECT 1 AS answer") == [(1,)]
    assert front.ask("SELECT 1 AS answer", secret=replace(front.secret, host="127.0.0.1")) == [(1,)]


def test_all_queries_of_a_snapshot_see_the_same_moment(front: Front) -> None:
    query = TextQuery(text="SELECT count(*) AS answer FROM pipeline_executions")
    with (
        front.database.owner.connect() as application,
        Database(
            front.secret, deadline=time.monotonic() + LONG_SECONDS, application_name="test"
        ) as database,
    ):
        with database.snapshot() as snapshot:
            assert list(snapshot.rows(query, {})) == [(0,)]
            application.execute(
                "INSERT INTO pipeline_executions (pipeline_type, pipeline_name) VALUES ('a', 'b')"
            )
            assert list(snapshot.rows(query, {})) == [(0,)]
        with database.snapshot() as snapshot:
            assert list(snapshot.rows(query, {})) == [(1,)]


def test_other_columns_than_expected_are_refused_naming_both(front: Front) -> None:
    with pytest.raises(CollectionError) as told:
        front.ask("SELECT 1 AS one, 2 AS two")
    assert "gave columns ['one', 'two'], expected ['answer']" in str(told.value)
    assert not told.value.retryable


REFUSED = [
    # what is wrong, the query, can waiting help, what is said
    ("writing", "DELETE FROM pipeline_executions", False, "permission denied|read-only"),
    ("a table that is not there", "SELECT 1 AS answer FROM nowhere", False, "does not exist"),
    ("a syntax error", "SELEKT 1", False, "syntax error"),
    ("division by zero", "SELECT 1 / 0 AS answer", False, "division by zero"),
    ("a query that takes too long", "SELECT pg_sleep(20) AS answer", True, "statement timeout"),
]


@pytest.mark.parametrize(
    ("text", "retryable", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_refused_query_says_why_and_whether_waiting_helps(
    front: Front, text: str, said: str, *, retryable: bool
) -> None:
    with pytest.raises(CollectionError, match=said) as told:
        front.ask(text, statement_timeout_milliseconds=500, lock_timeout_milliseconds=100)
    assert told.value.retryable is retryable
    assert "run last_executions.sql" in str(told.value)


def test_a_locked_table_is_not_waited_for(front: Front) -> None:
    with front.database.owner.connect(autocommit=False) as migration:
        migration.execute("LOCK TABLE pipeline_executions IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(CollectionError, match="lock timeout") as told:
            front.ask(
                "SELECT count(*) AS answer FROM pipeline_executions", lock_timeout_milliseconds=100
            )
    assert told.value.retryable


def other_authority(front: Front) -> DatabaseSecret:
    directory = front.certificate.authority.parent / "other"
    return replace(front.secret, ca=create_certificate(directory).authority_text)


LOGINS: list[tuple[str, Callable[[Front], DatabaseSecret], str]] = [
    (
        "a wrong password",
        lambda front: replace(front.secret, password="Tr0ub4dor&3"),
        "password authentication failed",
    ),
    (
        "a user nobody knows",
        lambda front: replace(front.secret, username="nobody_in_particular"),
        "authentication failed",
    ),
    (
        "a database nobody knows",
        lambda front: replace(front.secret, dbname="nowhere"),
        "does not exist",
    ),
    ("an authority that did not sign", other_authority, "certificate verify failed"),
    (
        "none given: the public ones did not sign either",
        lambda front: replace(front.secret, ca=""),
        "certificate verify failed",
    ),
    (
        "a name that is not in the certificate",
        lambda front: replace(front.secret, host="database.example.com"),
        'does not match host name "<host>"',
    ),
    (
        "a server without TLS",
        lambda front: replace(front.secret, port=front.database.reader.port),
        "does not support SSL",
    ),
]


@pytest.mark.parametrize(
    ("change", "said"), [case[1:] for case in LOGINS], ids=[case[0] for case in LOGINS]
)
def test_a_refused_login_is_told_without_its_secrets(
    front: Front,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Front], DatabaseSecret],
    said: str,
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda _host, *arguments, **named: real("127.0.0.1", *arguments, **named),
    )
    secret = change(front)
    with pytest.raises(CollectionError, match=said) as told:
        front.ask("SELECT 1 AS answer", secret=secret)
    assert not told.value.retryable
    assert SECRET_NAME in str(told.value)
    for value in (secret.password, secret.username, secret.host):
        assert value not in str(told.value)
    assert secret.password not in "".join(format_exception(told.value))
    assert secret.password not in repr(secret)


def test_a_host_that_cannot_be_resolved_may_be_tried_again(front: Front) -> None:
    secret = replace(front.secret, host="database.invalid")
    with pytest.raises(CollectionError, match="could not connect") as told:
        front.ask("SELECT 1 AS answer", secret=secret)
    assert told.value.retryable


FAULTS: list[tuple[str, Callable[[Gateway], object], str]] = [
    ("refused", Gateway.refuse, "could not connect: .*refused"),
    ("a black hole", Gateway.black_hole, "could not connect: .*timeout expired"),
]


@pytest.mark.parametrize(
    ("fault", "said"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_a_server_that_cannot_be_reached_is_given_up(
    front: Front, fault: Callable[[Gateway], object], said: str
) -> None:
    fault(front.gateway)
    with pytest.raises(CollectionError, match=said) as told:
        front.ask("SELECT 1 AS answer", seconds=SHORT_SECONDS)
    assert told.value.retryable


@pytest.mark.timeout(60)
def test_a_server_that_takes_a_query_and_never_answers_is_given_up(front: Front) -> None:
    with pytest.raises(CollectionError, match=r"could not run last_exec.* timeout expired") as told:
        front.ask(
            "SELECT 1 AS answer", seconds=SHORT_SECONDS, before_query=front.gateway.black_hole
        )
    assert told.value.retryable


@pytest.mark.timeout(60)
def test_a_server_that_falls_silent_in_the_middle_of_an_answer_is_given_up(front: Front) -> None:
    text = "SELECT pg_sleep(0.001), repeat('x', 1000) AS answer FROM generate_series(1, 20000)"
    silence = threading.Timer(0.7, front.gateway.black_hole)
    with pytest.raises(CollectionError, match="timeout") as told:
        front.ask(text, seconds=SHORT_SECONDS, before_query=silence.start)
    silence.cancel()
    assert told.value.retryable


def test_a_connection_that_breaks_in_the_middle_of_a_query_may_be_tried_again(front: Front) -> None:
    break_ = threading.Timer(0.3, front.gateway.cut)
    with pytest.raises(CollectionError, match="could not run last_executions") as told:
        front.ask("SELECT pg_sleep(20) AS answer", before_query=break_.start)
    assert told.value.retryable
    assert front.ask("SELECT 1 AS answer") == [(1,)]


def test_a_slow_server_is_waited_for(front: Front) -> None:
    front.gateway.slow(seconds_per_reply=0.1)
    assert front.ask("SELECT 1 AS answer") == [(1,)]


def test_no_connection_is_begun_without_time_for_it(front: Front) -> None:
    with pytest.raises(CollectionError, match="the time for it has run out"):
        front.ask("SELECT 1 AS answer", seconds=1.0)


def test_no_connection_stays_open(front: Front) -> None:
    name = "watchkeeper-passing"
    front.ask("SELECT 1 AS answer", application_name=name)
    with pytest.raises(CollectionError):
        front.ask("SELECT 1 / 0 AS answer", application_name=name)
    with front.database.superuser.connect() as watcher:
        for _ in range(200):
            if not is_connected(watcher, name):
                return
            time.sleep(0.02)
    raise AssertionError("a connection is still open after four seconds")


def is_connected(watcher: "psycopg.Connection[tuple[object, ...]]", name: str) -> bool:
    found = watcher.execute("SELECT 1 FROM pg_stat_activity WHERE application_name = %s", [name])
    return found.fetchone() is not None
