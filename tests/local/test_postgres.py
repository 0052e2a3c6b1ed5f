import os
import signal
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from rehearsal.local.database import Database
from rehearsal.local.errors import LocalStageError
from rehearsal.local.listening import listening_sockets, process_tree
from rehearsal.local.postgres import PostgresServer

TABLES = (
    "pipeline_executions",
    "email_delivery_log",
    "reward_ledger",
    "referral_tracking",
    "human_overrides",
    "consumption_metrics",
    "story_effectiveness",
)


def one(login_dsn: str, query: str) -> object:
    with psycopg.connect(login_dsn) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def processes_below(directory: Path) -> list[str]:
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = command.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(directory) in text:
            found.append(text)
    return found


def shared_memory() -> dict[str, int]:
    """Give who created each segment of shared memory; the neighbours' servers have theirs."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return {fields[1]: int(fields[4]) for fields in map(str.split, lines)}


def shared_memory_of(server: PostgresServer) -> set[str]:
    return {name for name, creator in shared_memory().items() if creator == server.process.pid}


def test_a_server_leaves_no_process_behind(run_path: Path) -> None:
    with PostgresServer(run_path / "postgres") as server:
        tree = process_tree(server.process.pid)
        assert len(tree) > 3
    assert processes_below(run_path) == []
    assert [pid for pid in tree if Path(f"/proc/{pid}").exists()] == []


def test_a_block_that_fails_leaves_no_process_behind(run_path: Path) -> None:
    with pytest.raises(RuntimeError), PostgresServer(run_path / "postgres"):
        raise RuntimeError("a test failed")
    assert processes_below(run_path) == []


def test_the_server_listens_on_this_machine_only(postgres: PostgresServer) -> None:
    found = listening_sockets(process_tree(postgres.process.pid))
    assert [(one.address, one.port) for one in found] == [("127.0.0.1", postgres.port)]


def test_the_server_never_runs_as_root(postgres: PostgresServer) -> None:
    status = Path(f"/proc/{postgres.process.pid}/status").read_text()
    user_ids = next(line for line in status.splitlines() if line.startswith("Uid:"))
    assert "0" not in user_ids.split()[1:]


def test_two_servers_side_by_side_do_not_meet(
    postgres: PostgresServer, database: Database, run_path: Path
) -> None:
    with PostgresServer(run_path / "postgres") as other:
        other_database = other.create_database(database.owner.name)
        assert other.port != postgres.port
        insert = "INSERT INTO human_overrides (pipeline_type, override_type) VALUES ('a', 'b')"
        with other_database.owner.connect() as connection:
            connection.execute(insert)
    assert one(database.reader.dsn, "SELECT count(*) FROM human_overrides") == 0


def test_restart_keeps_port_and_rows_and_breaks_connections(run_path: Path) -> None:
    with PostgresServer(run_path / "postgres") as server:
        database, port = server.create_database(), server.port
        connection = database.owner.connect()
        connection.execute(
            "INSERT INTO human_overrides (pipeline_type, override_type) VALUES ('a', 'b')"
        )
        server.restart()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        connection.close()
        assert server.port == port
        assert one(database.reader.dsn, "SELECT count(*) FROM human_overrides") == 1


def test_a_killed_server_comes_back_and_leaves_no_shared_memory(run_path: Path) -> None:
    with PostgresServer(run_path / "postgres") as server:
        database = server.create_database()
        segments = shared_memory_of(server)
        assert segments
        server.kill()
        assert processes_below(run_path) == []
        with pytest.raises(psycopg.OperationalError, match="Connection refused"):
            database.reader.connect()
        server.start()
        assert one(database.reader.dsn, "SELECT count(*) FROM pipeline_executions") == 0
        segments |= shared_memory_of(server)
        server.kill()
    assert segments.isdisjoint(shared_memory())


def test_one_process_that_is_killed_breaks_every_connection_and_the_log_names_it(
    run_path: Path,
) -> None:
    """What a stranger's `kill` of one process does to a test run, and how to tell it afterwards."""
    with PostgresServer(run_path / "postgres") as server:
        database = server.create_database()
        with closing(database.owner.connect()) as victim:
            process = victim.info.backend_pid
            with closing(database.owner.connect()) as bystander:
                os.kill(process, signal.SIGKILL)
                with pytest.raises(psycopg.OperationalError, match=r"closed .* unexpectedly"):
                    use_until_it_breaks(bystander)
        server.process.wait_until(lambda: accepts(database), timeout_seconds=20)
        assert f"(PID {process}) was terminated by signal 9" in server.process.log_tail()


def use_until_it_breaks(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    for _ in range(1000):
        connection.execute("SELECT pg_sleep(0.01)")


def accepts(database: Database) -> bool:
    try:
        return one(database.reader.dsn, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def test_a_wrong_password_is_refused(database: Database) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.reader.dsn, password="wrong")


def test_each_database_is_fresh(postgres: PostgresServer, database: Database) -> None:
    with database.owner.connect() as connection:
        connection.execute("DROP TABLE human_overrides")
    other = postgres.create_database()
    assert one(other.reader.dsn, "SELECT count(*) FROM human_overrides") == 0
    postgres.drop_database(other)


def test_statements_and_functions_are_measured(database: Database) -> None:
    with database.owner.connect() as connection:
        connection.execute("SELECT calculate_user_credits(gen_random_uuid())")
        # Else it is told of functions some time after the connection is closed.
        connection.execute("SELECT pg_stat_force_next_flush()")
    # What other databases were asked stays known to the server when they are gone.
    calls = (
        "SELECT sum(calls) FROM pg_stat_statements JOIN pg_database ON dbid = pg_database.oid"
        " WHERE datname = current_database() AND query LIKE 'SELECT calculate_user_credits%'"
    )
    assert one(database.superuser.dsn, calls) == 1
    functions = "SELECT count(*) FROM pg_stat_user_functions WHERE funcname LIKE 'calculate%'"
    assert one(database.superuser.dsn, functions) == 1


@pytest.mark.parametrize("table", TABLES)
def test_the_watching_login_reads_every_watched_table_and_changes_none(
    database: Database, table: str
) -> None:
    assert one(database.reader.dsn, f"SELECT count(*) FROM {table}") == 0
    with database.reader.connect() as connection:
        # Its default of read-only transactions is its own to change; its grants are not.
        connection.execute("SET default_transaction_read_only = off")
        for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_watching_login_owns_nothing_and_may_do_nothing_special(database: Database) -> None:
    with database.reader.connect() as connection:
        assert connection.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        attributes = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        memberships = connection.execute(
            "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = current_user::regrole"
        ).fetchall()
    assert attributes == (False,) * 5
    # Statistics of statements and sessions, which no table's rows are in.
    assert memberships == [("pg_read_all_stats",)]


def test_the_watching_login_sees_rows_where_row_level_security_is_on(database: Database) -> None:
    with database.owner.connect() as connection:
        connection.execute("ALTER TABLE human_overrides ENABLE ROW LEVEL SECURITY")
        connection.execute(
            "INSERT INTO human_overrides (pipeline_type, override_type) VALUES ('a', 'b')"
        )
    assert one(database.reader.dsn, "SELECT count(*) FROM human_overrides") == 1


def test_the_applications_functions_work(database: Database) -> None:
    user, story = "'00000000-0000-4000-8000-000000000001'", "'00000000-0000-4000-8000-000000000002'"
    with database.owner.connect() as connection:
        for event in ("started", "completed"):
            connection.execute(f"SELECT track_consumption_event({user}, {story}, '{event}', 60)")
        effectiveness = connection.execute(
            f"SELECT calculate_story_effectiveness({story})::float"
        ).fetchone()
        connection.execute(
            "INSERT INTO reward_ledger (user_id, source, amount, status) VALUES"
            f" ({user}, 'referral', 1000, 'issued'), ({user}, 'referral', 500, 'expired')"
        )
        user_credits = connection.execute(f"SELECT calculate_user_credits({user})").fetchone()
        should_send = f"SELECT should_send_email({user}, 'daily_digest')"
        before = connection.execute(should_send).fetchone()
        connection.execute(
            "INSERT INTO email_delivery_log (user_id, email_type, status)"
            f" VALUES ({user}, 'daily_digest', 'unsubscribed')"
        )
        after = connection.execute(should_send).fetchone()
    assert (effectiveness, user_credits, before, after) == ((0.5,), (1000,), (True,), (False,))


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(run_path: Path) -> None:
    server = PostgresServer(run_path / "postgres")
    with server:
        server.stop()
        (run_path / "postgres" / "data" / "PG_VERSION").write_text("7\n")
        with pytest.raises(LocalStageError, match="incompatible"):
            server.start()
    assert processes_below(run_path) == []
