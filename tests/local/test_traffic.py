import contextlib
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from rehearsal.local.database import Database
from rehearsal.local.errors import LocalStageError
from rehearsal.local.postgres import PostgresServer
from rehearsal.local.traffic import LiveTraffic, Traffic
from rehearsal.local.traffic_plan import MinutePlan, follow_email
from rehearsal.local.traffic_rates import EmailRates, Rates

# A Monday, and the first of its month.
MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
DIGEST = MONDAY.replace(hour=20)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TABLES = (
    "pipeline_executions",
    "email_delivery_log",
    "reward_ledger",
    "referral_tracking",
    "human_overrides",
    "consumption_metrics",
)
SMALL = Rates().scaled(0.05)

Connection = psycopg.Connection[Any]


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.owner.connect() as connection:
        yield connection


def rows(connection: Connection, table: str) -> list[Any]:
    return connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()


def number(connection: Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def traffic(connection: Connection, seed: int = 7, rates: Rates = SMALL) -> Traffic:
    return Traffic(connection, random.Random(seed), rates)


def test_the_same_seed_gives_the_same_rows_however_time_is_cut(
    postgres: PostgresServer, connection: Connection
) -> None:
    whole = traffic(connection)
    whole.advance(DIGEST, DIGEST + 3 * HOUR)
    other = postgres.create_database()
    with other.owner.connect() as other_connection:
        cut = traffic(other_connection)
        moment, chance = DIGEST, random.Random(1)
        while moment < DIGEST + 3 * HOUR:
            until = min(DIGEST + 3 * HOUR, moment + chance.random() * timedelta(minutes=9))
            cut.advance(moment, until)
            moment = until
        for table in TABLES:
            assert rows(connection, table) == rows(other_connection, table), table
    postgres.drop_database(other)
    assert number(connection, "SELECT count(*) FROM email_delivery_log") > 50


def test_another_seed_gives_other_rows(postgres: PostgresServer, connection: Connection) -> None:
    traffic(connection, seed=1).advance(DIGEST, DIGEST + HOUR)
    other = postgres.create_database()
    with other.owner.connect() as other_connection:
        traffic(other_connection, seed=2).advance(DIGEST, DIGEST + HOUR)
        different = rows(connection, TABLES[0]) != rows(other_connection, TABLES[0])
    postgres.drop_database(other)
    assert different


def test_a_day_has_thousands_of_rows_of_every_kind(connection: Connection) -> None:
    # People override something every few days only.
    rates = replace(Rates(), overrides_per_day=2.0)
    touched = traffic(connection, rates=rates).advance(MONDAY, MONDAY + DAY)
    assert 5_000 < touched < 12_000
    by_type = dict(
        connection.execute(
            "SELECT pipeline_type, count(*) FROM pipeline_executions GROUP BY 1"
        ).fetchall()
    )
    assert set(by_type) == set(Rates().pipelines)
    assert by_type["daily_digest"] == 2500
    times = "(created_at) FROM pipeline_executions WHERE pipeline_type = 'daily_digest'"
    first, last = (number(connection, f"SELECT {end}{times}") for end in ("min", "max"))
    assert DIGEST <= first < last < DIGEST + timedelta(minutes=30)
    statuses = {
        row[0] for row in connection.execute("SELECT DISTINCT status FROM pipeline_executions")
    }
    assert statuses == {"completed", "failed", "vetoed"}
    for table in TABLES:
        assert number(connection, f"SELECT count(*) FROM {table}") > 0, table


def test_org_health_runs_on_the_first_monday_only(connection: Connection) -> None:
    live = traffic(connection)
    live.advance(MONDAY + 9 * HOUR, MONDAY + 10 * HOUR)
    next_monday = MONDAY + 7 * DAY
    live.advance(next_monday + 9 * HOUR, next_monday + 10 * HOUR)
    query = "SELECT count(DISTINCT created_at::date) FROM pipeline_executions"
    assert number(connection, f"{query} WHERE pipeline_type = 'org_health'") == 1


def test_a_run_is_there_before_it_ends_and_ends_consistently(connection: Connection) -> None:
    live = traffic(connection, rates=Rates())
    live.advance(DIGEST, DIGEST + timedelta(seconds=30))
    running = "SELECT count(*) FROM pipeline_executions WHERE status = 'running'"
    assert number(connection, running) > 0
    unfinished = "AND completed_at IS NULL AND veto_reason IS NULL AND confidence_score IS NULL"
    assert number(connection, f"{running} {unfinished}") == number(connection, running)
    live.advance(DIGEST + timedelta(seconds=30), DIGEST + HOUR)
    for wrong in (
        "status = 'running'",
        "vetoed <> (status = 'vetoed')",
        "vetoed <> (veto_reason IS NOT NULL)",
        "completed_at <= started_at OR completed_at IS NULL",
        "trigger_data IS NULL",
    ):
        assert number(connection, f"SELECT count(*) FROM pipeline_executions WHERE {wrong}") == 0


def test_events_carry_their_time_and_scheduled_runs_carry_none(connection: Connection) -> None:
    rates = SMALL.with_pipeline("crisis_alert", runs=2000, sla_missed_fraction=0.5)
    traffic(connection, rates=rates).advance(DIGEST, DIGEST + HOUR)
    query = (
        "SELECT pipeline_type, veto_reason,"
        " extract(epoch FROM started_at - (trigger_data->>'event_timestamp')::timestamptz)::float"
        " FROM pipeline_executions"
    )
    delays = defaultdict(list)
    for pipeline_type, reason, delay_seconds in connection.execute(query):
        delays[pipeline_type, reason == "SLA_MISSED"].append(delay_seconds)
    assert min(delays["crisis_alert", True]) > 300
    assert 0 < min(delays["crisis_alert", False]) < max(delays["crisis_alert", False]) < 300
    assert set(delays["daily_digest", False]) == {None}


def test_what_becomes_of_an_email_only_moves_forward() -> None:
    rank = {"delivered": 1, "opened": 2, "clicked": 3, "unsubscribed": 4, "spam_complaint": 4}
    eager = EmailRates(opened_fraction=0.8, unsubscribed_fraction=0.3, spam_complaint_fraction=0.3)
    seen = set()
    for seed in range(2000):
        story = list(follow_email(MONDAY, eager, random.Random(seed)))
        times, statuses = [at for at, _ in story], [status for _, status in story]
        seen |= set(statuses)
        assert times == sorted(times)
        assert times[0] > MONDAY
        if statuses != ["bounced"]:
            ranks = [rank[status] for status in statuses]
            assert statuses[0] == "delivered"
            assert ranks == sorted(set(ranks))
            assert ("clicked" not in statuses) or ("opened" in statuses)
    assert seen == {"bounced", *rank}


def test_an_email_shows_its_last_status_only_and_old_ones_still_change(
    connection: Connection,
) -> None:
    rates = replace(SMALL, email=EmailRates(unsubscribed_fraction=0.5))
    live = traffic(connection, rates=rates)
    live.advance(DIGEST, DIGEST + HOUR)
    sent = number(connection, "SELECT count(*) FROM email_delivery_log")
    gone = "SELECT count(*) FROM email_delivery_log WHERE status = 'unsubscribed'"
    first = number(connection, gone)
    # Nothing is sent any more; what was sent lives on.
    live.rates = replace(
        Rates().scaled(0), pipelines={}, email=rates.email, consumption_events_per_day=0
    )
    live.advance(DIGEST + HOUR, DIGEST + 8 * DAY)
    assert number(connection, "SELECT count(*) FROM email_delivery_log") == sent
    late = number(connection, f"{gone} AND updated_at > sent_at + interval '1 day'")
    assert first < number(connection, gone)
    assert late > 0
    assert number(connection, "SELECT count(*) FROM email_delivery_log WHERE status = 'sent'") == 0


def test_referrals_lead_to_rewards_that_are_issued_once(connection: Connection) -> None:
    rates = replace(
        Rates(pipelines={}), referrals_per_day=100, signup_fraction=1, conversion_fraction=1
    )
    live = traffic(connection, rates=rates)
    live.backfill(MONDAY + 20 * DAY, days=20)
    converted = number(
        connection, "SELECT count(*) FROM referral_tracking WHERE reward_status = 'issued'"
    )
    paid = "SELECT count(*) FROM reward_ledger WHERE source = 'referral'"
    assert converted > 500
    assert number(connection, f"{paid} AND status IN ('issued', 'applied')") == converted
    assert number(connection, f"{paid} AND status = 'applied'") > 0
    mails = "SELECT count(*) FROM email_delivery_log WHERE email_type = 'referral_reward'"
    assert abs(number(connection, mails) - converted) <= 5


def test_a_reward_that_fails_leaves_its_referral_without_one(connection: Connection) -> None:
    rates = replace(
        Rates(pipelines={}),
        referrals_per_day=50,
        signup_fraction=1,
        conversion_fraction=1,
        reward_failed_fraction=1,
    )
    traffic(connection, rates=rates).backfill(MONDAY + 20 * DAY, days=20)
    issued = "SELECT count(*) FROM referral_tracking WHERE reward_status = 'issued'"
    failed = "SELECT count(*) FROM reward_ledger WHERE status = 'failed' AND error_message <> ''"
    assert number(connection, issued) == 0
    assert number(connection, failed) > 100


def test_a_switched_off_pipeline_is_vetoed_from_the_next_minute_on(connection: Connection) -> None:
    rates = SMALL.with_pipeline("crisis_alert", runs=5000)
    live = traffic(connection, rates=rates)
    live.advance(DIGEST, DIGEST + timedelta(minutes=30))
    live.rates = replace(rates, switched_off=frozenset({"crisis_alert"}))
    live.advance(DIGEST + timedelta(minutes=30), DIGEST + HOUR)
    query = (
        "SELECT created_at >= %s, count(*) FILTER (WHERE veto_reason = 'KILL_SWITCH_ACTIVE'),"
        " count(*) FILTER (WHERE veto_reason IS DISTINCT FROM 'KILL_SWITCH_ACTIVE')"
        " FROM pipeline_executions WHERE pipeline_type = 'crisis_alert' AND status <> 'running'"
        " GROUP BY 1 ORDER BY 1"
    )
    before, after = connection.execute(query, (DIGEST + timedelta(minutes=30),)).fetchall()
    assert before[1] == 0 < before[2]
    assert after[2] == 0 < after[1]


@pytest.mark.parametrize(
    "column", ["updated_at", "queued_at", "delivered_at", "error", "updated_at, DROP delivered_at"]
)
def test_optional_columns_may_be_missing(connection: Connection, column: str) -> None:
    connection.execute(f"ALTER TABLE email_delivery_log DROP {column}")
    traffic(connection).advance(DIGEST, DIGEST + HOUR)
    assert number(connection, "SELECT count(*) FROM email_delivery_log WHERE status <> 'sent'") > 0


class BreaksAfterCommit:
    """Pass everything on to a connection, but lose the answer to the next commit."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection.transaction():
            yield
        raise psycopg.OperationalError("the connection broke")


@pytest.mark.parametrize("committed", [True, False])
def test_a_failed_write_loses_nothing_and_doubles_nothing(
    postgres: PostgresServer, database: Database, connection: Connection, committed: bool
) -> None:
    middle, end = DIGEST + timedelta(seconds=40), DIGEST + timedelta(minutes=5)
    live = traffic(connection)
    live.advance(DIGEST, middle)
    with database.owner.connect() as broken:
        live.connection = cast("Connection", BreaksAfterCommit(broken)) if committed else broken
        if not committed:
            broken.close()
        with pytest.raises(psycopg.OperationalError):
            live.advance(middle, end)
    live.connection = connection
    live.advance(middle, end + timedelta(seconds=5))
    other = postgres.create_database()
    with other.owner.connect() as reference:
        traffic(reference).advance(DIGEST, end + timedelta(seconds=5))
        for table in TABLES:
            assert rows(connection, table) == rows(reference, table), table
    postgres.drop_database(other)


def test_traffic_that_begins_within_a_minute_writes_nothing_older(connection: Connection) -> None:
    start = DIGEST + timedelta(seconds=3.3)
    traffic(connection, rates=Rates()).advance(start, DIGEST + HOUR)
    assert number(connection, "SELECT min(created_at) FROM pipeline_executions") >= start
    assert number(connection, "SELECT count(*) FROM pipeline_executions") > 2000


@pytest.mark.parametrize(
    ("from_", "to_", "sentence"),
    [
        (MONDAY.replace(tzinfo=None), MONDAY, "from_ is .* expected a time in UTC"),
        (MONDAY, MONDAY.astimezone(timezone(HOUR)), "to_ is .* expected a time in UTC"),
        (MONDAY, MONDAY - HOUR, "expected no earlier than from_"),
        (MONDAY - DAY, MONDAY, "already written"),
    ],
)
def test_impossible_intervals_are_refused(
    connection: Connection, from_: datetime, to_: datetime, sentence: str
) -> None:
    live = traffic(connection)
    live.advance(MONDAY - HOUR, MONDAY - HOUR)
    with pytest.raises(LocalStageError, match=sentence):
        live.advance(from_, to_)


def test_a_minute_is_planned_the_same_each_time() -> None:
    plans = [list(MinutePlan(1, Rates(), DIGEST).changes()) for _ in range(2)]
    assert plans[0] == plans[1]
    assert len(plans[0]) > 5000


class Clock:
    """Be a clock that a test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_live_traffic_follows_its_clock_and_calls_the_applications_functions(
    database: Database, connection: Connection
) -> None:
    live = traffic(connection, rates=Rates())
    live.advance(DIGEST - HOUR, DIGEST)
    clock = Clock(DIGEST)
    with LiveTraffic(live, tick_seconds=0.01, clock=clock) as running:
        clock.now = DIGEST + timedelta(minutes=3)
        wait_for(lambda: live.advanced_to == clock.now)
        clock.now = DIGEST + timedelta(minutes=1)
        wait_for(lambda: number(connection, "SELECT count(*) FROM story_effectiveness"))
        assert running.last_error is None
        assert running.touched_rows > 100
    assert live.advanced_to == DIGEST + timedelta(minutes=3)
    assert live.connection is connection
    calls = "SELECT count(*) FROM pg_stat_user_functions WHERE calls > 0"
    wait_for(lambda: number(connection, calls) == 4)


def test_live_traffic_goes_on_after_the_database_was_away(run_path: Path) -> None:
    with PostgresServer(run_path / "postgres") as server:
        first = server.create_database().owner.connect()
        live = traffic(first)
        live.advance(DIGEST - HOUR, DIGEST)
        clock = Clock(DIGEST)
        with LiveTraffic(live, tick_seconds=0.01, clock=clock) as running:
            server.kill()
            clock.now = DIGEST + timedelta(minutes=2)
            wait_for(lambda: running.last_error)
            server.start()
            wait_for(lambda: live.advanced_to == clock.now)
        first.close()
        assert running.touched_rows > 50


def test_an_impossible_tick_is_refused(connection: Connection) -> None:
    with pytest.raises(LocalStageError, match="expected more than 0"):
        LiveTraffic(traffic(connection), tick_seconds=0)
