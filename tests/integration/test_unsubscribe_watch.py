"""What unsubscribe_spike makes of unusual unsubscribes: one message, one switch, exactly once."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_stage import (
    START,
    UNSUBSCRIBE_SETTINGS,
    CrashError,
    QuickAccount,
    Stage,
    insert,
    staged,
)
from watchkeeper.collection.unsubscribe_switch import EPISODE_ENDS_AFTER_MINUTES
from watchkeeper.collection.unsubscribe_watch import watch_unsubscribes
from watchkeeper.definitions.errors import ActionError

SWITCH = "/storytailor-test/pipelines/daily-digest/enabled"
SETTINGS = replace(
    UNSUBSCRIBE_SETTINGS,
    anomaly_topic="arn:aws:sns:us-east-1:000000000000:storytailor-high-alerts",
    switch_topic="arn:aws:sns:us-east-1:000000000000:storytailor-critical-alerts",
    docs_url="https://docs.example",
    flippable_switches={"daily_digest": SWITCH},
)
WITHOUT_SWITCH = replace(SETTINGS, flippable_switches={}, switch_topic="")
DAYS = 17


@pytest.fixture(scope="module")
def lasting_stage(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    database = postgres.create_database()
    with staged(postgres, database, tmp_path_factory.mktemp("stage")) as stage:
        yield stage
    postgres.drop_database(database)


@pytest.fixture
def stage(lasting_stage: Stage) -> Stage:
    """A stage on which the function has run once, with the switch on."""
    lasting_stage.reset()
    account(lasting_stage).parameters.put(SWITCH, "true")
    watch(lasting_stage)
    return lasting_stage


def account(stage: Stage) -> QuickAccount:
    assert isinstance(stage.account, QuickAccount)
    return stage.account


def watch(stage: Stage, settings: Any = SETTINGS) -> Mapping[str, object]:
    return stage.run(watch_unsubscribes, settings)


def published(stage: Stage, topic: str = "") -> list[str]:
    found = account(stage).topics.published
    return [one["Message"] for one in found if one["TopicArn"].endswith(topic)]


def mail(stage: Stage, count: int, *, left: int = 0, kind: str = "daily_digest") -> None:
    """Send mails in the last minutes; so many recipients leave."""
    at = stage.wall - timedelta(minutes=3)
    for number in range(count):
        values: dict[str, Any] = {"updated_at": at}
        if number < left:
            values["status"] = "unsubscribed"
        insert(stage, "email_delivery_log", email_type=kind, sent_at=at, **values)


def switch(stage: Stage) -> str:
    return account(stage).parameters.newest(SWITCH).value


def versions(stage: Stage) -> int:
    return account(stage).parameters.newest(SWITCH).number


def ordinary_weeks(stage: Stage) -> None:
    """Let 17 days pass, in which 300 mails go out and one recipient leaves at 20:00."""
    stage.connection.execute(
        "INSERT INTO email_delivery_log (user_id, email_type, status, sent_at, updated_at) "
        "SELECT gen_random_uuid(), 'daily_digest', "
        "CASE WHEN n = 1 THEN 'unsubscribed' ELSE 'delivered' END, at, at "
        "FROM generate_series(1, 300) n, generate_series(%s::timestamptz, %s, '1 day') at",
        [START + timedelta(minutes=2), START + timedelta(days=DAYS - 1, hours=1)],
    )
    for day in (DAYS // 2, DAYS - 1):
        stage.wall = START + timedelta(days=day, minutes=5)
        watch(stage, WITHOUT_SWITCH)
    stage.wall = START + timedelta(days=DAYS)


def values_at(stage: Stage, since: datetime) -> list[float]:
    return [
        value
        for place, value in sorted(stage.emitted.sums.items())
        if place.metric == "UnsubscribeAnomaly" and place.minute >= since
    ]


def test_an_anomaly_is_said_once_and_can_be_read_alone(stage: Stage) -> None:
    ordinary_weeks(stage)
    since = stage.wall
    stage.wait(minutes=5)
    mail(stage, 300, left=14)
    mail(stage, 30, left=2, kind="crisis_alert")
    for _ in range(3):
        watch(stage, WITHOUT_SWITCH)
        stage.wait(minutes=5)
    (message,) = published(stage)
    for text in (
        "More people unsubscribe than usual (Storytailor, test).",
        "Left: 16; usual for this weekday and hour: ",
        "Most over: daily_digest 14, crisis_alert 2.",
        "Since: 2026-02-17 ",
        "https://docs.example/runbooks/storytailor.md#storytailor-unsubscribe-anomaly",
    ):
        assert text in message
    assert values_at(stage, since) == [1.0, 1.0, 1.0]
    stage.wait(hours=3)
    watch(stage, WITHOUT_SWITCH)
    assert values_at(stage, since)[-1] == 0.0


def test_an_ordinary_evening_says_nothing(stage: Stage) -> None:
    ordinary_weeks(stage)
    stage.wait(minutes=5)
    mail(stage, 300, left=3)
    watch(stage, WITHOUT_SWITCH)
    assert not published(stage)


def test_in_the_first_weeks_nothing_is_unusual(stage: Stage) -> None:
    stage.wait(minutes=5)
    mail(stage, 300, left=60)
    watch(stage, WITHOUT_SWITCH)
    assert not published(stage)
    assert stage.emitted.total("UnsubscribeAnomaly") == 0


@pytest.mark.parametrize(("at", "messages"), [("before publish", 1), ("after publish", 2)])
def test_an_anomaly_is_said_though_the_run_dies(stage: Stage, at: str, messages: int) -> None:
    ordinary_weeks(stage)
    stage.wait(minutes=5)
    mail(stage, 300, left=14)
    die(stage, at, settings=WITHOUT_SWITCH)
    for _ in range(2):
        stage.wait(minutes=5)
        watch(stage, WITHOUT_SWITCH)
    assert len(published(stage)) == messages


def die(stage: Stage, at: str, *, settings: Any = SETTINGS) -> None:
    def crash(step: str) -> None:
        if step == at:
            raise CrashError

    stage.at_step = crash
    with pytest.raises(CrashError):
        watch(stage, settings)
    stage.at_step = None


LIMITS = [
    ("just above half a percent of 200", 200, 2, "false"),
    ("exactly half a percent", 200, 1, "true"),
    ("too few sent", 199, 50, "true"),
]


@pytest.mark.parametrize(("sent", "left", "value"), [one[1:] for one in LIMITS])
def test_above_the_limit_the_switch_goes_off(
    stage: Stage, sent: int, left: int, value: str
) -> None:
    stage.wait(minutes=5)
    mail(stage, sent, left=left)
    watch(stage)
    assert switch(stage) == value
    assert len(published(stage, "critical-alerts")) == (value == "false")


def test_it_says_why_in_the_page_and_at_the_parameter(stage: Stage) -> None:
    stage.wait(minutes=5)
    mail(stage, 400, left=8)
    watch(stage)
    (message,) = published(stage, "critical-alerts")
    assert f"{SWITCH} was switched off." in message
    assert "8 left on 400 mails: 2.00 %, the limit is 0.5 %." in message
    assert account(stage).parameters.newest(SWITCH).description == (
        "Switched off by Watchkeeper at 2026-01-31 20:05 UTC: 8 left on 400 mails within an hour "
        "(2.00 %). Never on again by itself."
    )


def test_where_it_is_not_allowed_nothing_is_touched(stage: Stage) -> None:
    stage.wait(minutes=5)
    mail(stage, 400, left=80)
    watch(stage, WITHOUT_SWITCH)
    assert switch(stage) == "true"
    assert not published(stage)


def test_who_switches_on_again_by_hand_is_not_overruled(stage: Stage) -> None:
    stage.wait(minutes=5)
    mail(stage, 400, left=8)
    watch(stage)
    account(stage).parameters.put(SWITCH, "true")
    for _ in range(6):
        stage.wait(minutes=50)
        mail(stage, 400, left=8)
        watch(stage)
    assert switch(stage) == "true"
    assert len(published(stage, "critical-alerts")) == 1


def test_a_new_episode_begins_after_six_hours_of_rest(stage: Stage) -> None:
    stage.wait(minutes=5)
    mail(stage, 400, left=8)
    watch(stage)
    account(stage).parameters.put(SWITCH, "true")
    stage.wait(minutes=EPISODE_ENDS_AFTER_MINUTES + 60)
    mail(stage, 400, left=8)
    watch(stage)
    assert switch(stage) == "false"
    assert len(published(stage, "critical-alerts")) == 2


def test_a_mail_without_a_switch_is_announced_and_no_other_pipeline_pays(stage: Stage) -> None:
    stage.wait(minutes=5)
    mail(stage, 400, left=8, kind="crisis_alert")
    mail(stage, 100, left=3)
    watch(stage)
    assert switch(stage) == "true"
    (message,) = published(stage, "critical-alerts")
    assert "No switch was touched" in message


def test_a_switch_that_is_off_already_is_left_alone(stage: Stage) -> None:
    account(stage).parameters.put(SWITCH, "false")
    stage.wait(minutes=5)
    mail(stage, 400, left=8)
    watch(stage)
    assert versions(stage) == 2
    assert "was off already" in published(stage, "critical-alerts")[0]


STEPS = [
    # where it dies, messages afterwards
    ("before get_parameter", 1),
    ("after get_parameter", 1),
    ("before put_parameter", 1),
    ("after put_parameter", 1),
    ("before publish", 1),
    ("after publish", 2),
]


@pytest.mark.parametrize(("at", "messages"), STEPS)
def test_killed_at_any_step_it_is_switched_off_exactly_once(
    stage: Stage, at: str, messages: int
) -> None:
    stage.wait(minutes=5)
    mail(stage, 400, left=8)
    die(stage, at)
    for _ in range(3):
        stage.wait(minutes=5)
        watch(stage)
    assert (switch(stage), versions(stage)) == ("false", 2)
    assert len(published(stage, "critical-alerts")) == messages


def test_who_switches_on_again_after_a_run_that_died_is_not_overruled(stage: Stage) -> None:
    stage.wait(minutes=5)
    mail(stage, 400, left=8)
    die(stage, "after put_parameter")
    account(stage).parameters.put(SWITCH, "true")
    stage.wait(minutes=5)
    watch(stage)
    assert switch(stage) == "true"
    assert "was changed since this was decided" in published(stage, "critical-alerts")[0]


def test_a_switch_that_cannot_be_read_fails_the_run_and_not_the_counts(stage: Stage) -> None:
    account(stage).parameters.delete(SWITCH)
    stage.wait(minutes=5)
    mail(stage, 400, left=8)
    with pytest.raises(ActionError, match="could not read the kill switch"):
        watch(stage)
    assert stage.emitted.total("Unsubscribes") == 8
    assert "UnsubscribeAnomaly" in {place.metric for place in stage.emitted.sums}
    account(stage).parameters.put(SWITCH, "true")
    stage.wait(minutes=5)
    watch(stage)
    assert switch(stage) == "false"
