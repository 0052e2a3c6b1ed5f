"""What unsubscribe_spike makes of unusual unsubscribes: one message, one switch, exactly once."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from rehearsal.world.aws.ledger_table import LedgerTable
from tests.integration.counting_account import QuickAccount
from tests.integration.counting_stage import (
    START,
    UNSUBSCRIBE_SETTINGS,
    CrashError,
    Stage,
    crash,
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


@pytest.fixture
def stage(new_stage: Stage) -> Stage:
    """A stage on which the function has run once, with the switch on."""
    begin_watching(new_stage)
    return new_stage


@pytest.fixture(scope="module")
def lived_through(lasting_stage: Stage) -> LedgerTable:
    """What the ledger holds after 17 ordinary days; they take seconds, so that once must do."""
    lasting_stage.reset()
    begin_watching(lasting_stage)
    send_for_weeks(lasting_stage)
    for day in (DAYS // 2, DAYS - 1):
        lasting_stage.wall = START + timedelta(days=day, minutes=5)
        watch(lasting_stage, WITHOUT_SWITCH)
    assert not published(lasting_stage)
    return account(lasting_stage).ledger


@pytest.fixture
def ordinary_weeks(stage: Stage, lived_through: LedgerTable) -> None:
    """Let 17 days have passed, in which 300 mails go out and one recipient leaves at 20:00."""
    send_for_weeks(stage)
    account(stage).ledger = deepcopy(lived_through)
    stage.wall = START + timedelta(days=DAYS)


def begin_watching(stage: Stage) -> None:
    account(stage).parameters.put(SWITCH, "true")
    watch(stage)


def send_for_weeks(stage: Stage) -> None:
    """Write the rows of ordinary days: the same ones each time, for the ledger knows them."""
    stage.connection.execute(
        "INSERT INTO email_delivery_log (id, user_id, email_type, status, sent_at, updated_at) "
        "SELECT md5(n || ' ' || at)::uuid, gen_random_uuid(), 'daily_digest', "
        "CASE WHEN n = 1 THEN 'unsubscribed' ELSE 'delivered' END, at, at "
        "FROM generate_series(1, 300) n, generate_series(%s::timestamptz, %s, '1 day') at",
        [START + timedelta(minutes=2), START + timedelta(days=DAYS - 1, hours=1)],
    )


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
    stage.connection.execute(
        "INSERT INTO email_delivery_log (email_type, status, sent_at, updated_at) "
        "SELECT %(kind)s, CASE WHEN n <= %(left)s THEN 'unsubscribed' ELSE 'sent' END, "
        "%(at)s, %(at)s FROM generate_series(1, %(count)s) n",
        {"kind": kind, "left": left, "at": at, "count": count},
    )


def switch(stage: Stage) -> str:
    return account(stage).parameters.newest(SWITCH).value


def versions(stage: Stage) -> int:
    return account(stage).parameters.newest(SWITCH).number


def values_at(stage: Stage, since: datetime) -> list[float]:
    return [
        value
        for place, value in sorted(stage.emitted.sums.items())
        if place.metric == "UnsubscribeAnomaly" and place.minute >= since
    ]


@pytest.mark.usefixtures("ordinary_weeks")
def test_an_anomaly_is_said_once_and_can_be_read_alone(stage: Stage) -> None:
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


@pytest.mark.usefixtures("ordinary_weeks")
def test_an_ordinary_evening_says_nothing(stage: Stage) -> None:
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


@pytest.mark.usefixtures("ordinary_weeks")
@pytest.mark.parametrize(("at", "messages"), [("before publish", 1), ("after publish", 2)])
def test_an_anomaly_is_said_though_the_run_dies(stage: Stage, at: str, messages: int) -> None:
    stage.wait(minutes=5)
    mail(stage, 300, left=14)
    die(stage, at, settings=WITHOUT_SWITCH)
    for _ in range(2):
        stage.wait(minutes=5)
        watch(stage, WITHOUT_SWITCH)
    assert len(published(stage)) == messages


def die(stage: Stage, at: str, *, settings: Any = SETTINGS) -> None:
    stage.interrupt(at, crash)
    with pytest.raises(CrashError):
        watch(stage, settings)


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
