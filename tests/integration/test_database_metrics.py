"""What the database says of itself becomes figures; what cannot be had costs no other figure."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from rehearsal.local.database import Database
from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_account import ENVIRONMENT, SECRET, TABLE
from tests.integration.counting_emitted import Emitted
from tests.integration.counting_stage import CrashError, Stage, crash, staged
from watchkeeper.collection.database_metrics import measure_database
from watchkeeper.collection.ledgers import BUSY
from watchkeeper.definitions.errors import CollectionError, LedgerError
from watchkeeper.runtime.settings import DatabaseMetricsSettings
from watchkeeper.workloads.storytailor.sources_database import WATCHED_TABLES

SETTINGS = DatabaseMetricsSettings(
    environment=ENVIRONMENT, database_secret=SECRET, ledger_table=TABLE
)
GAUGES = {
    "DatabaseAvailable",
    "ConnectionsUsed",
    "TableSize",
    "TableGrowth",
    "SlowQueryMeanTime",
    "UnusedIndexes",
    "MissingIndexes",
    "LongestTransaction",
    "Deadlocks",
}
CALL = "SELECT calculate_user_credits(gen_random_uuid())"


@pytest.fixture
def stage(postgres: PostgresServer, database: Database, tmp_path: Path) -> Iterator[Stage]:
    with staged(postgres, database, tmp_path) as stage:
        yield stage


def run(stage: Stage, *, seconds: float = 58.0) -> Emitted:
    """Run the job once, a quarter of an hour later than before; return what this run emitted."""
    stage.wait(minutes=15)
    before = len(stage.out.getvalue())
    stage.run(measure_database, SETTINGS, seconds=seconds)
    return Emitted.parse(stage.out.getvalue()[before:])


def use_statements(stage: Stage) -> None:
    """Have something on a watched table that statements are counted of."""
    stage.connection.execute("SELECT count(*) FROM reward_ledger")


def as_superuser(stage: Stage, *statements: str) -> None:
    with stage.database.superuser.connect() as connection:
        for statement in statements:
            connection.execute(statement.encode())


def call_functions(stage: Stage, times: int = 1) -> None:
    """Call a function from a session that ends: a server counts when a session has time to."""
    with stage.database.owner.connect() as connection:
        for _ in range(times):
            connection.execute(CALL)


def test_a_run_measures_everything_that_can_be_told_at_once(stage: Stage) -> None:
    use_statements(stage)
    emitted = run(stage)
    assert {place.metric for place in emitted.sums} == GAUGES
    assert emitted.values("DatabaseAvailable") == [1.0]
    # The application's connection and our own.
    assert emitted.values("ConnectionsUsed") == [2.0]
    assert emitted.labels("TableSize") == {f"Table={table}" for table in WATCHED_TABLES}
    assert emitted.values("Deadlocks") == [0.0]
    assert emitted.values("TableGrowth") == [0.0]
    assert emitted.values("SlowQueryMeanTime")[0] > 0


def test_a_forgotten_transaction_and_more_connections_show(stage: Stage) -> None:
    with stage.database.owner.connect() as idle:
        idle.execute("BEGIN")
        idle.execute("SELECT 1")
        time.sleep(0.2)
        emitted = run(stage)
    assert emitted.values("ConnectionsUsed") == [3.0]
    assert 0.2 <= emitted.values("LongestTransaction")[0] < 60


def test_a_function_is_judged_by_its_calls_since_the_run_before(stage: Stage) -> None:
    call_functions(stage, 3)
    assert run(stage).values("FunctionMeanTime", "Function=calculate_user_credits") == []
    call_functions(stage, 2)
    means = run(stage).values("FunctionMeanTime", "Function=calculate_user_credits")
    assert len(means) == 1
    assert 0 < means[0] < 1000
    # Nobody called it since: nothing is said, and nothing is zero.
    assert run(stage).labels("FunctionMeanTime") == set()


def test_calls_after_a_reset_of_the_statistics_are_all_new(stage: Stage) -> None:
    call_functions(stage, 5)
    run(stage)
    as_superuser(stage, "SELECT pg_stat_reset()")
    call_functions(stage, 2)
    emitted = run(stage)
    assert len(emitted.values("FunctionMeanTime", "Function=calculate_user_credits")) == 1
    # What nobody used since yesterday may be used tomorrow.
    assert "UnusedIndexes" not in {place.metric for place in emitted.sums}
    assert "began less than 7 days ago" in stage.log.getvalue()


def test_where_functions_are_not_counted_the_statements_that_call_them_are(stage: Stage) -> None:
    reader = stage.database.reader
    as_superuser(
        stage, f'ALTER ROLE "{reader.user}" IN DATABASE "{reader.name}" SET track_functions = none'
    )
    call_functions(stage)
    run(stage)
    call_functions(stage, 2)
    emitted = run(stage)
    assert len(emitted.values("FunctionMeanTime", "Function=calculate_user_credits")) == 1


def test_without_the_right_to_the_statistics_the_other_figures_come(stage: Stage) -> None:
    as_superuser(stage, "REVOKE pg_read_all_stats FROM watchkeeper_ro")
    try:
        emitted = run(stage)
    finally:
        as_superuser(stage, "GRANT pg_read_all_stats TO watchkeeper_ro")
    assert {place.metric for place in emitted.sums} == GAUGES - {
        "LongestTransaction",
        "SlowQueryMeanTime",
    }
    assert "the role lacks pg_read_all_stats" in stage.log.getvalue()


def test_without_the_extension_the_other_figures_come(stage: Stage) -> None:
    as_superuser(stage, "DROP EXTENSION pg_stat_statements")
    emitted = run(stage)
    assert {place.metric for place in emitted.sums} == GAUGES - {"SlowQueryMeanTime"}
    assert "pg_stat_statements is not there" in stage.log.getvalue()


def test_a_deadlock_is_counted_once(stage: Stage) -> None:
    run(stage)
    deadlock(stage)
    assert run(stage).values("Deadlocks") == [1.0]
    assert run(stage).values("Deadlocks") == [0.0]


def deadlock(stage: Stage) -> None:
    """Let two transactions wait for each other."""
    as_superuser(
        stage, f"ALTER DATABASE \"{stage.database.owner.name}\" SET deadlock_timeout = '10ms'"
    )
    with (
        stage.database.superuser.connect() as one,
        stage.database.superuser.connect() as two,
    ):
        for connection, key in ((one, 1), (two, 2)):
            connection.execute("BEGIN")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (key,))
        waiting = threading.Thread(target=_lock, args=(one, 2))
        waiting.start()
        _lock(two, 1)
        waiting.join()


def _lock(connection: psycopg.Connection[tuple[object, ...]], key: int) -> None:
    try:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (key,))
    except psycopg.errors.DeadlockDetected:
        pass
    finally:
        connection.rollback()


def test_growth_is_told_from_what_a_day_began_with(stage: Stage) -> None:
    grow = (
        "INSERT INTO reward_ledger (user_id, source, amount, error_message) "
        "SELECT gen_random_uuid(), 'referral', 1, repeat('x', 1500) FROM generate_series(1, %s)"
    )
    stage.connection.execute(grow, (5_000,))
    assert run(stage).values("TableGrowth") == [0.0]
    stage.connection.execute(grow, (6_000,))
    stage.wait(days=6)
    assert run(stage).values("TableGrowth")[0] > 100
    # Eight days later what it began with is no longer within seven days.
    stage.wait(days=8)
    assert run(stage).values("TableGrowth") == [0.0]


def test_a_locked_table_costs_no_other_figure_and_fails_the_run(stage: Stage) -> None:
    with stage.database.owner.connect() as migration:
        migration.execute("BEGIN")
        migration.execute("LOCK TABLE reward_ledger")
        with pytest.raises(CollectionError, match=r"could not run table_sizes\.sql: canceling"):
            run(stage)
    emitted = stage.emitted
    assert emitted.values("DatabaseAvailable") == [1.0]
    assert emitted.labels("TableSize") == set()
    assert len(emitted.values("MissingIndexes")) == 1
    assert len(emitted.labels("TableSize") | run(stage).labels("TableSize")) == len(WATCHED_TABLES)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("wrong", "could not connect: .*authentication failed"), (None, "could not connect")],
    ids=["refused", "down"],
)
def test_a_database_that_cannot_be_reached_is_told_and_fails_the_run(
    stage: Stage, password: str | None, sentence: str
) -> None:
    if password is None:
        stage.hide_secret(port=1)
    else:
        stage.hide_secret(password=password)
    with pytest.raises(CollectionError, match=sentence):
        run(stage)
    assert stage.emitted.values("DatabaseAvailable") == [0.0]
    assert {place.metric for place in stage.emitted.sums} == {"DatabaseAvailable"}
    # The next run finds it and the lease free.
    stage.hide_secret()
    assert run(stage).values("DatabaseAvailable") == [1.0]


def test_a_database_that_never_answers_is_given_up_in_time(stage: Stage) -> None:
    stage.gateway.black_hole()
    started = time.monotonic()
    with pytest.raises(CollectionError):
        run(stage, seconds=17.0)
    assert time.monotonic() - started < 17.0
    assert stage.emitted.values("DatabaseAvailable") == [0.0]


def test_without_the_ledger_the_database_is_measured_all_the_same(stage: Stage) -> None:
    def refuse(name: str) -> None:
        if name == "before update_item":
            raise LedgerError("DynamoDB is away")

    stage.at_step = refuse
    with pytest.raises(LedgerError, match="DynamoDB is away"):
        run(stage)
    stage.at_step = None
    assert stage.emitted.values("DatabaseAvailable") == [1.0]
    assert "Deadlocks" not in {place.metric for place in stage.emitted.sums}


def test_a_run_beside_another_leaves_the_work_to_it(stage: Stage) -> None:
    inner: list[object] = []

    def intrude(name: str) -> None:
        if name == "before database_state.sql" and not inner:
            inner.append("running")
            inner[0] = stage.run(measure_database, SETTINGS)

    stage.at_step = intrude
    run(stage)
    assert inner == [BUSY]
    assert stage.emitted.values("ConnectionsUsed") == [2.0]


@pytest.mark.parametrize(
    "moment", ["before table_sizes.sql", "after emission", "before transact_write_items"]
)
def test_a_killed_run_loses_nothing(stage: Stage, moment: str) -> None:
    run(stage)
    deadlock(stage)
    stage.interrupt(moment, crash)
    with pytest.raises(CrashError):
        run(stage)
    stage.wall += timedelta(minutes=15)
    run(stage)
    told = [value for value in stage.emitted.values("Deadlocks") if value]
    # At most what was emitted and not committed is told again.
    assert told in ([1.0], [1.0, 1.0])
    assert (len(told) == 2) == (moment == "before transact_write_items")
