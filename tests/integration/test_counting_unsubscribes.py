"""What unsubscribe_spike sees in a table that only shows each e-mail's current status."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_stage import (
    START,
    UNSUBSCRIBE_SETTINGS,
    Stage,
    insert,
    staged,
)
from watchkeeper.collection.unsubscribes import count_unsubscribes

DIGEST = "EmailType=daily_digest"


@pytest.fixture(scope="module")
def shared(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    database = postgres.create_database()
    with staged(postgres, database, tmp_path_factory.mktemp("stage")) as stage:
        yield stage
    postgres.drop_database(database)


@pytest.fixture
def stage(shared: Stage) -> Stage:
    shared.reset()
    return shared


def send(stage: Stage, sent_at: datetime, **values: object) -> Any:
    row = {"email_type": "daily_digest", "status": "delivered", "sent_at": sent_at}
    return insert(stage, "email_delivery_log", **{**row, **values})


def set_status(stage: Stage, email: object, status: str, at: datetime | None = None) -> None:
    stage.connection.execute(
        "UPDATE email_delivery_log SET status = %s, updated_at = %s WHERE id = %s",
        (status, at, email),
    )


def count(stage: Stage) -> Mapping[str, object]:
    return stage.run(count_unsubscribes, UNSUBSCRIBE_SETTINGS)


def test_an_unsubscribe_on_last_weeks_mail_counts_now_and_once(stage: Stage) -> None:
    email = send(stage, START - timedelta(days=7))
    count(stage)
    stage.wait(minutes=5)
    set_status(stage, email, "unsubscribed", stage.wall - timedelta(minutes=2))
    for _ in range(3):
        count(stage)
        stage.wait(minutes=5)
    assert stage.emitted.of("Unsubscribes") == {"20:03": 1}
    assert stage.emitted.of("Unsubscribes", DIGEST) == {"20:03": 1}


def test_the_first_run_ever_takes_old_unsubscribes_as_known(stage: Stage) -> None:
    for day in range(5):
        send(stage, START - timedelta(days=day, hours=1), status="unsubscribed")
    count(stage)
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.total("Unsubscribes") == 0


@pytest.mark.parametrize("then", ["spam_complaint", "delivered"])
def test_one_who_leaves_and_returns_and_leaves_again_counts_once(stage: Stage, then: str) -> None:
    email = send(stage, START - timedelta(hours=1))
    count(stage)
    for status in ("unsubscribed", then, "unsubscribed"):
        stage.wait(minutes=5)
        set_status(stage, email, status, stage.wall)
        count(stage)
    assert stage.emitted.total("Unsubscribes") == 1


@pytest.mark.parametrize(
    ("email_type", "label"),
    [("daily_digest", DIGEST), ("birthday", "EmailType=other"), (None, "EmailType=other")],
)
def test_a_type_that_is_not_listed_counts_as_other_and_in_the_total(
    stage: Stage, email_type: str | None, label: str
) -> None:
    if email_type is None:
        stage.connection.execute(
            "ALTER TABLE email_delivery_log ALTER COLUMN email_type DROP NOT NULL"
        )
    count(stage)
    email = send(stage, START + timedelta(minutes=1), email_type=email_type)
    set_status(stage, email, "unsubscribed", START + timedelta(minutes=3))
    stage.wait(minutes=5)
    summary = count(stage)
    for metric, minute in (("EmailsSent", "20:01"), ("Unsubscribes", "20:03")):
        assert stage.emitted.of(metric, label) == {minute: 1}
        assert stage.emitted.of(metric) == {minute: 1}
    assert summary["top_types"] == {label.partition("=")[2]: 1}


def test_a_mail_older_than_five_weeks_is_not_watched(stage: Stage) -> None:
    old, young = (send(stage, START - timedelta(days=days)) for days in (40, 30))
    count(stage)
    stage.wait(minutes=5)
    for email in (old, young):
        set_status(stage, email, "unsubscribed", stage.wall)
    count(stage)
    assert stage.emitted.total("Unsubscribes") == 1


def test_a_quiet_night_says_zero_for_every_listed_type(stage: Stage) -> None:
    count(stage)
    for metric in ("EmailsSent", "Unsubscribes"):
        assert stage.emitted.labels(metric) >= {"", DIGEST, "EmailType=crisis_alert"}
        assert stage.emitted.total(metric) == 0


def test_a_run_that_dies_after_emitting_tells_the_next_one_and_nothing_is_lost(
    stage: Stage,
) -> None:
    email = send(stage, START - timedelta(hours=1))
    count(stage)
    stage.wait(minutes=5)
    set_status(stage, email, "unsubscribed", stage.wall)

    class DiedError(BaseException):
        pass

    def die(step: str) -> None:
        if step == "after emission" and stage.emitted.total("Unsubscribes"):
            raise DiedError

    stage.at_step = die
    with pytest.raises(DiedError):
        count(stage)
    stage.at_step = None
    stage.wait(minutes=5)
    count(stage)
    # Counted twice rather than never: the one documented window.
    assert stage.emitted.total("Unsubscribes") == 2
    assert stage.emitted.total("LedgerRecovered", "Function=count_unsubscribes") == 1
