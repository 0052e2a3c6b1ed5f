"""What unsubscribe_spike counts, over a real database and from its real EMF lines."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.counting_stage import (
    START,
    UNSUBSCRIBE_SETTINGS,
    CrashError,
    Stage,
    crash,
    insert,
)
from watchkeeper.collection.unsubscribes import count_unsubscribes
from watchkeeper.definitions.errors import CollectionError

DIGEST, CRISIS, OTHER = ("EmailType=" + one for one in ("daily_digest", "crisis_alert", "other"))
RUN = "Function=count_unsubscribes"
LAST_WEEK = START - timedelta(days=6, hours=5)


@pytest.fixture(scope="module")
def lasting_stage(lasting_stage: Stage) -> Stage:
    """A stage whose table takes a mail of no type."""
    lasting_stage.allow_null("email_delivery_log", "email_type")
    return lasting_stage


@pytest.fixture
def stage(new_stage: Stage) -> Stage:
    """A stage on which the function has run once, and found nothing."""
    count(new_stage)
    return new_stage


@pytest.fixture
def bare_stage(stage: Stage) -> Iterator[Stage]:
    """A stage whose table has none of the columns that it need not have."""
    times = dict.fromkeys(("updated_at", "queued_at", "delivered_at"), "timestamptz")
    with stage.without("email_delivery_log", {"error": "text", **times}):
        yield stage


def count(stage: Stage, at: datetime | None = None) -> dict[str, object]:
    return dict(stage.run(count_unsubscribes, UNSUBSCRIBE_SETTINGS, at=at))


def send(
    stage: Stage, sent_at: datetime, kind: str | None = "daily_digest", **values: object
) -> Any:
    return insert(stage, "email_delivery_log", email_type=kind, sent_at=sent_at, **values)


def leave(stage: Stage, mail: object, at: datetime | None = None) -> None:
    """Let the recipient of an e-mail unsubscribe, and the row say when if it can."""
    stage.connection.execute(
        "UPDATE email_delivery_log SET status = 'unsubscribed' WHERE id = %s", [mail]
    )
    if at is not None:
        stage.connection.execute(
            "UPDATE email_delivery_log SET updated_at = %s WHERE id = %s", [at, mail]
        )


MAILS: list[tuple[str, dict[str, Any], dict[str, float]]] = [
    (
        "a mail",
        {"email_type": "daily_digest"},
        {f"EmailsSent{{{DIGEST}}} 19:53": 1, "EmailsSent{} 19:53": 1},
    ),
    (
        "one that failed was handed over too",
        {"email_type": "daily_digest", "status": "failed"},
        {f"EmailsSent{{{DIGEST}}} 19:53": 1, "EmailsSent{} 19:53": 1},
    ),
    (
        "a type that is not listed",
        {"email_type": "horoscope"},
        {
            f"EmailsSent{{{OTHER}}} 19:53": 1,
            "EmailsSent{} 19:53": 1,
            f"RowsFolded{{{RUN}}} 19:53": 1,
        },
    ),
    (
        "no type",
        {"email_type": None},
        {
            f"EmailsSent{{{OTHER}}} 19:53": 1,
            "EmailsSent{} 19:53": 1,
            f"RowsFolded{{{RUN}}} 19:53": 1,
        },
    ),
    ("one of the minute that is not over", {"email_type": "daily_digest", "sent_at": START}, {}),
]


@pytest.mark.parametrize(
    ("row", "expected"), [case[1:] for case in MAILS], ids=[case[0] for case in MAILS]
)
def test_one_mail_is_counted_just_so(
    new_stage: Stage, row: dict[str, Any], expected: dict[str, float]
) -> None:
    sent_at = START - timedelta(minutes=6, seconds=50)
    insert(new_stage, "email_delivery_log", **{"sent_at": sent_at, **row})
    for _ in range(2):
        count(new_stage)
    assert new_stage.emitted.everything() == expected


def test_mails_are_counted_by_minute_whenever_they_become_visible(stage: Stage) -> None:
    send(stage, START + timedelta(minutes=1))
    stage.wait(minutes=5)
    count(stage)
    for minutes in (1, 3):
        send(stage, START + timedelta(minutes=minutes), "crisis_alert")
    stage.wait(minutes=60)
    assert count(stage)["EmailsSent"] == 2
    assert stage.emitted.of("EmailsSent") == {"20:01": 2, "20:03": 1}
    assert stage.emitted.of("EmailsSent", CRISIS) == {"20:01": 1, "20:03": 1}


def test_an_empty_table_gives_zeros_and_nothing_else(stage: Stage) -> None:
    emitted = stage.emitted
    assert not any(emitted.sums.values())
    of_the_run = {"LedgerRecovered", "MinutesBehind"}
    last_counted = START - timedelta(minutes=1)
    for counted in emitted.sums:
        assert counted.minute == (START if counted.metric in of_the_run else last_counted)
    for metric in ("EmailsSent", "Unsubscribes"):
        assert emitted.labels(metric) == {DIGEST, CRISIS, ""}
    for own in ("RowsFolded", "LedgerRecovered", "MinutesBehind"):
        assert emitted.labels(own) == {RUN}


def test_who_had_left_before_the_first_run_is_not_counted(new_stage: Stage) -> None:
    for days in (1, 20):
        leave(new_stage, send(new_stage, START - timedelta(days=days)), START)
    for _ in range(3):
        count(new_stage)
        new_stage.wait(minutes=5)
    assert not new_stage.emitted.of("Unsubscribes")


def test_one_who_leaves_today_over_a_mail_of_last_week_is_counted_today(stage: Stage) -> None:
    mail = send(stage, LAST_WEEK)
    leave(stage, mail, START + timedelta(minutes=3, seconds=20))
    stage.wait(minutes=5)
    for _ in range(3):
        count(stage)
        stage.wait(minutes=5)
    assert stage.emitted.everything() == {
        f"Unsubscribes{{{DIGEST}}} 20:03": 1,
        "Unsubscribes{} 20:03": 1,
    }


@pytest.mark.parametrize(("days", "is_seen"), [(1, True), (34, True), (37, False)])
def test_mails_of_five_weeks_are_watched(stage: Stage, days: int, *, is_seen: bool) -> None:
    leave(stage, send(stage, START - timedelta(days=days)), START)
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.total("Unsubscribes") == is_seen


@pytest.mark.parametrize(
    "status", ["opened", "clicked", "spam_complaint", "failed", "Unsubscribed?"]
)
def test_no_other_status_is_an_unsubscribe(stage: Stage, status: str) -> None:
    send(stage, LAST_WEEK, status=status, updated_at=START)
    stage.wait(minutes=5)
    count(stage)
    assert not stage.emitted.of("Unsubscribes")


def test_a_type_that_is_not_listed_leaves_as_other(stage: Stage) -> None:
    for kind in ("horoscope", None):
        leave(stage, send(stage, LAST_WEEK, kind), START + timedelta(minutes=1))
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.of("Unsubscribes", OTHER) == {"20:01": 2}
    assert stage.emitted.of("Unsubscribes") == {"20:01": 2}
    assert not stage.emitted.of("RowsFolded", RUN)


@pytest.mark.parametrize("then", ["delivered", "spam_complaint"])
def test_one_who_leaves_comes_back_and_leaves_again_is_counted_once(
    stage: Stage, then: str
) -> None:
    mail = send(stage, LAST_WEEK)
    for status in ("unsubscribed", then, "unsubscribed"):
        stage.connection.execute(
            "UPDATE email_delivery_log SET status = %s, updated_at = %s WHERE id = %s",
            [status, stage.wall, mail],
        )
        stage.wait(minutes=5)
        count(stage)
    assert stage.emitted.of("Unsubscribes") == {"20:00": 1}


def test_a_row_that_is_deleted_stays_counted(stage: Stage) -> None:
    mail = send(stage, LAST_WEEK)
    leave(stage, mail, START + timedelta(minutes=1))
    stage.wait(minutes=5)
    count(stage)
    stage.connection.execute("DELETE FROM email_delivery_log WHERE id = %s", [mail])
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.of("Unsubscribes") == {"20:01": 1}


def test_without_optional_columns_it_counts_all_the_same(bare_stage: Stage) -> None:
    leave(bare_stage, send(bare_stage, LAST_WEEK))
    send(bare_stage, START + timedelta(minutes=2))
    bare_stage.wait(minutes=5)
    count(bare_stage)
    assert bare_stage.emitted.of("Unsubscribes") == {"20:00": 1}
    assert bare_stage.emitted.of("EmailsSent") == {"20:02": 1}


def test_an_outage_of_six_hours_does_not_look_like_a_spike(bare_stage: Stage) -> None:
    for number in range(60):
        leave(bare_stage, send(bare_stage, LAST_WEEK + timedelta(minutes=number * 97)))
    bare_stage.wait(hours=6)
    assert count(bare_stage)["Unsubscribes"] == 60
    by_hour = [0] * 6
    for minute, value in bare_stage.emitted.of("Unsubscribes").items():
        by_hour[(int(minute[:2]) - 20) % 24] += int(value)
    assert by_hour == [10] * 6


def test_the_types_most_left_are_named_in_the_log(stage: Stage) -> None:
    for kind, times in (("daily_digest", 2), ("crisis_alert", 5), ("horoscope", 1)):
        for number in range(times):
            leave(stage, send(stage, LAST_WEEK + timedelta(days=number), kind))
    stage.wait(minutes=5)
    assert count(stage) == {
        "EmailsSent": 0,
        "Unsubscribes": 8,
        "top_types": {"crisis_alert": 5, "daily_digest": 2, "other": 1},
        "minutes_behind": 0,
    }


STEPS = [
    # where a run is killed, for the how manieth time it is there, how often the mail and how
    # often the unsubscribe is emitted in the end
    ("after update_item", 1, 1, 1),
    ("after emails_sent.sql", 1, 1, 1),
    ("before transact_write_items", 1, 2, 1),
    ("after transact_write_items", 1, 1, 1),
    ("after update_item", 2, 1, 1),
    ("after unsubscribed.sql", 1, 1, 1),
    ("before transact_write_items", 2, 1, 2),
    ("after transact_write_items", 2, 1, 1),
]


@pytest.mark.parametrize(("step", "nth", "mails", "unsubscribes"), STEPS)
def test_a_run_that_is_killed_loses_nothing(
    stage: Stage, step: str, nth: int, mails: int, unsubscribes: int
) -> None:
    send(stage, START + timedelta(minutes=1))
    leave(stage, send(stage, LAST_WEEK), START + timedelta(minutes=2))
    stage.wait(minutes=5)
    stage.interrupt(step, crash, nth=nth)
    with pytest.raises(CrashError):
        count(stage)
    for _ in range(2):
        stage.wait(minutes=5)
        count(stage)
    assert stage.emitted.total("EmailsSent") == mails
    assert stage.emitted.total("Unsubscribes") == unsubscribes
    assert stage.emitted.values("MinutesBehind", RUN) == [0, 0, 0]


def test_a_run_that_dies_after_emitting_tells_the_next_one(stage: Stage) -> None:
    leave(stage, send(stage, LAST_WEEK), START + timedelta(minutes=2))
    stage.wait(minutes=5)
    stage.interrupt("before transact_write_items", crash, nth=2)
    with pytest.raises(CrashError):
        count(stage)
    stage.wait(minutes=5)
    count(stage)
    # Counted twice rather than never: the one documented window.
    assert stage.emitted.total("Unsubscribes") == 2
    assert stage.emitted.total("LedgerRecovered", RUN) == 1


@pytest.mark.parametrize("nth", [1, 2])
def test_a_second_run_leaves_the_work_to_the_first(stage: Stage, nth: int) -> None:
    """Whichever of the two ledgers the first run holds."""
    send(stage, START + timedelta(minutes=1))
    leave(stage, send(stage, LAST_WEEK), START + timedelta(minutes=2))
    stage.wait(minutes=5)
    seen: list[object] = []
    stage.interrupt("after update_item", lambda: seen.append(count(stage)), nth=nth)
    count(stage)
    assert seen == [{"skipped": "busy"}]
    assert stage.emitted.total("EmailsSent") == 1
    assert stage.emitted.total("Unsubscribes") == 1


@pytest.mark.parametrize("minutes", [-600, -5, 5, 600])
def test_an_old_or_future_event_neither_loses_nor_doubles(stage: Stage, minutes: int) -> None:
    leave(stage, send(stage, LAST_WEEK), START + timedelta(minutes=2))
    stage.wait(minutes=5)
    count(stage, stage.wall + timedelta(minutes=minutes))
    leave(stage, send(stage, LAST_WEEK), START + timedelta(minutes=7))
    stage.wait(hours=3)
    count(stage)
    assert stage.emitted.total("Unsubscribes") == 2


def test_a_database_that_fails_is_made_up_for(stage: Stage) -> None:
    leave(stage, send(stage, LAST_WEEK), START + timedelta(minutes=2))
    stage.wait(minutes=5)
    stage.interrupt("before unsubscribed.sql", stage.gateway.cut)
    with pytest.raises(CollectionError, match="could not run unsubscribed"):
        count(stage)
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.of("Unsubscribes") == {"20:02": 1}


def test_a_full_transaction_is_followed_by_another(stage: Stage) -> None:
    """Mails of every day of five weeks: more than one kind of bucket changes at once."""
    for days in range(35):
        for _ in range(3):
            leave(stage, send(stage, START - timedelta(days=days, minutes=10)))
    stage.wait(minutes=5)
    assert count(stage)["Unsubscribes"] == 105
    stage.wait(minutes=5)
    assert count(stage)["Unsubscribes"] == 0
