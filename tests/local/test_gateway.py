import os
import socket
import ssl
import struct
import threading
from collections.abc import Iterator

import psycopg
import pytest

from rehearsal.local.certificate import RunCertificate
from rehearsal.local.database import Database, Login
from rehearsal.local.errors import LocalStageError
from rehearsal.local.gateway import SSL_REQUEST, Gateway
from rehearsal.local.listening import listening_sockets
from rehearsal.local.postgres import PostgresServer

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def login(database: Database, gateway: Gateway, certificate: RunCertificate) -> Login:
    return database.reader.through(host="127.0.0.1", port=gateway.port, ca=certificate.authority)


@pytest.fixture
def connection(login: Login) -> Iterator[Connection]:
    connection = login.connect()
    yield connection
    connection.close()


def answer(connection: Connection) -> object:
    row = connection.execute("SELECT 1").fetchone()
    assert row is not None
    return row[0]


def later(action: object) -> threading.Timer:
    assert callable(action)
    timer = threading.Timer(0.2, action)
    timer.start()
    return timer


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_verified_tls_reaches_the_database(
    database: Database, gateway: Gateway, certificate: RunCertificate, host: str
) -> None:
    login = database.reader.through(host=host, port=gateway.port, ca=certificate.authority)
    assert "verify-full" in login.dsn
    with login.connect() as connection:
        assert answer(connection) == 1
        assert connection.pgconn.ssl_in_use


def test_a_connection_without_tls_is_refused_with_a_sentence(login: Login) -> None:
    with pytest.raises(psycopg.OperationalError, match="FATAL:  SSL connection is required"):
        psycopg.connect(login.dsn, sslmode="disable")


def test_a_client_that_trusts_another_authority_turns_away(login: Login) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(login.dsn, sslrootcert="system")


def test_the_servers_own_refusals_come_through(login: Login) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(login.dsn, password="wrong")


def test_long_answers_and_questions_come_through_whole(connection: Connection) -> None:
    row = connection.execute("SELECT repeat('x', 20000000), length(%s)", ("y" * 20_000_000,))
    text, length = row.fetchone() or ("", 0)
    assert (len(str(text)), length) == (20_000_000, 20_000_000)


def test_refused_connections_fail_while_open_ones_go_on(
    gateway: Gateway, login: Login, connection: Connection
) -> None:
    gateway.refuse()
    with pytest.raises(psycopg.OperationalError, match="Connection refused"):
        login.connect()
    assert answer(connection) == 1
    gateway.normal()
    with login.connect() as again:
        assert answer(again) == 1


def test_a_black_hole_accepts_and_never_answers(gateway: Gateway, login: Login) -> None:
    gateway.black_hole()
    with socket.create_connection((gateway.host, gateway.port), timeout=5) as accepted:
        accepted.sendall(struct.pack("!ii", 8, SSL_REQUEST))
        accepted.settimeout(0.3)
        with pytest.raises(TimeoutError):
            accepted.recv(1)
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        psycopg.connect(login.dsn, connect_timeout=2)


def test_a_black_hole_swallows_a_query_in_progress_until_normal(
    gateway: Gateway, connection: Connection
) -> None:
    gateway.black_hole()
    was_normal = threading.Event()

    def back_to_normal() -> None:
        was_normal.set()
        gateway.normal()

    timer = later(back_to_normal)
    assert answer(connection) == 1
    assert was_normal.is_set()
    timer.join()


def test_slow_replies_arrive_all_the_same(gateway: Gateway, connection: Connection) -> None:
    gateway.slow(seconds_per_reply=0.1)
    assert answer(connection) == 1
    gateway.slow(seconds_per_reply=600)
    connection.pgconn.send_query(b"SELECT 1")
    timer = later(connection.close)
    timer.join()
    gateway.normal()


def test_a_cut_ends_a_query_in_progress_and_the_next_connection_works(
    gateway: Gateway, login: Login, connection: Connection
) -> None:
    timer = later(gateway.cut)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT pg_sleep(60)")
    timer.join()
    with login.connect() as again:
        assert answer(again) == 1


def test_a_dead_database_is_reported_by_the_pooler(
    certificate: RunCertificate, login: Login
) -> None:
    with Gateway(certificate, target_port=9) as gateway:
        orphan = login.through(host="localhost", port=gateway.port, ca=certificate.authority)
        with pytest.raises(psycopg.OperationalError, match="behind the pooler does not answer"):
            orphan.connect()


def test_a_cancelled_query_ends(connection: Connection) -> None:
    timer = later(connection.cancel_safe)
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("SELECT pg_sleep(60)")
    timer.join()


@pytest.mark.parametrize("nonsense", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello"])
def test_nonsense_harms_only_itself(
    gateway: Gateway, connection: Connection, nonsense: bytes
) -> None:
    with socket.create_connection((gateway.host, gateway.port), timeout=5) as stranger:
        stranger.sendall(nonsense)
    assert answer(connection) == 1


def test_a_client_that_leaves_in_the_handshake_harms_only_itself(
    gateway: Gateway, connection: Connection
) -> None:
    with socket.create_connection((gateway.host, gateway.port), timeout=5) as stranger:
        stranger.sendall(struct.pack("!ii", 8, SSL_REQUEST))
        assert stranger.recv(1) == b"S"
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(stranger, server_hostname="localhost")
    assert answer(connection) == 1


def test_a_stopped_gateway_listens_nowhere_and_holds_no_connection(
    postgres: PostgresServer, certificate: RunCertificate, database: Database
) -> None:
    with Gateway(certificate, target_port=postgres.port) as gateway:
        login = database.reader.through(
            host="localhost", port=gateway.port, ca=certificate.authority
        )
        connection = login.connect()
        assert gateway.open_connections == 1
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((gateway.host, gateway.port), timeout=5)
    assert gateway.port not in {one.port for one in listening_sockets([os.getpid()])}


def test_two_gateways_side_by_side_fail_apart(
    postgres: PostgresServer, certificate: RunCertificate, login: Login, gateway: Gateway
) -> None:
    with Gateway(certificate, target_port=postgres.port) as other:
        assert other.port != gateway.port
        other.refuse()
        with login.connect() as connection:
            assert answer(connection) == 1


def test_an_impossible_delay_is_refused(gateway: Gateway) -> None:
    with pytest.raises(LocalStageError, match="expected more than 0"):
        gateway.slow(seconds_per_reply=0)
