"""What email_metrics counts, over a real database and from its real EMF lines."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.counting_stage import EMAIL_SETTINGS, Stage, insert
from watchkeeper.collection.email_steps import TURNS, WATCHED_DAYS
from watchkeeper.collection.emails import count_emails
from watchkeeper.definitions.errors import CollectionError

DIGEST, OTHER = "EmailType=daily_digest", "EmailType=other"
STEPS = ("EmailOpens", "EmailClicks", "EmailBounces", "EmailDeliveryFailure", "SpamComplaints")
OPTIONAL = {"updated_at": "timestamptz", "queued_at": "timestamptz", "delivered_at": "timestamptz"}


@pytest.fixture
def stage(new_stage: Stage) -> Stage:
    """A stage on which the function has run once, and found nothing."""
    count(new_stage)
    return new_stage


@pytest.fixture
def bare_stage(stage: Stage) -> Iterator[Stage]:
    """A stage whose table has none of the times that it need not have."""
    with stage.without("email_delivery_log", OPTIONAL):
        yield stage


def count(stage: Stage) -> dict[str, object]:
    return dict(stage.run(count_emails, EMAIL_SETTINGS))


def send(stage: Stage, minutes_ago: float = 1, **values: object) -> Any:
    sent_at = stage.wall - timedelta(minutes=minutes_ago)
    row = {"email_type": "daily_digest", "sent_at": sent_at, **values}
    return insert(stage, "email_delivery_log", **row)


def become(stage: Stage, mail: object, status: str) -> None:
    stage.connection.execute(
        "UPDATE email_delivery_log SET status = %s WHERE id = %s", [status, mail]
    )


def steps(stage: Stage, labels: str = "") -> dict[str, float]:
    """Return how many of each step were counted, the zeros left out."""
    found = {metric: stage.emitted.total(metric, labels) for metric in STEPS}
    return {metric: value for metric, value in found.items() if value}


PATHS = [
    # the statuses that a run sees one after another, and what is counted in the end
    (["sent", "delivered"], {}),
    (["opened"], {"EmailOpens": 1}),
    (["clicked"], {"EmailOpens": 1, "EmailClicks": 1}),
    (["delivered", "opened", "clicked"], {"EmailOpens": 1, "EmailClicks": 1}),
    (["opened", "clicked", "unsubscribed"], {"EmailOpens": 1, "EmailClicks": 1}),
    (["clicked", "opened", "clicked"], {"EmailOpens": 1, "EmailClicks": 1}),
    (["delivered", "unsubscribed"], {"EmailOpens": 1}),
    (["delivered", "bounced", "bounced"], {"EmailBounces": 1}),
    (["failed"], {"EmailDeliveryFailure": 1}),
    (["failed", "sent", "delivered"], {"EmailDeliveryFailure": 1}),
    (["clicked", "spam_complaint"], {"EmailOpens": 1, "EmailClicks": 1, "SpamComplaints": 1}),
    (["spam_complaint", "unsubscribed", "spam_complaint"], {"EmailOpens": 1, "SpamComplaints": 1}),
]


@pytest.mark.parametrize(("statuses", "expected"), PATHS, ids=["-".join(p[0]) for p in PATHS])
def test_each_step_is_counted_once_however_the_status_moves(
    stage: Stage, statuses: list[str], expected: dict[str, float]
) -> None:
    mail = send(stage)
    for status in statuses:
        become(stage, mail, status)
        count(stage)
        stage.wait(minutes=5)
    assert steps(stage) == steps(stage, DIGEST) == expected


def test_a_type_that_is_not_listed_counts_as_other(stage: Stage) -> None:
    send(stage, email_type="horoscope", status="opened")
    count(stage)
    assert steps(stage, OTHER) == steps(stage) == {"EmailOpens": 1}


@pytest.mark.parametrize(("hours", "runs"), [(1, 1), (30, 14), (47, 14)])
def test_a_mail_that_is_opened_late_is_seen_in_its_turn(
    stage: Stage, hours: int, runs: int
) -> None:
    mail = send(stage)
    count(stage)
    stage.wait(hours=hours)
    for _ in range(2):
        count(stage)
    become(stage, mail, "opened")
    for _ in range(runs):
        stage.wait(minutes=5)
        count(stage)
    assert steps(stage) == {"EmailOpens": 1}


def test_the_turns_reach_every_age_in_time() -> None:
    """Wherever a mail's age begins, within one round of runs it lies in some slice."""
    for turn in TURNS:
        for age in range(turn.youngest_minutes, turn.oldest_minutes - turn.every_minutes, 37):
            runs = range(0, turn.every_minutes, 5)
            slices = [(age + now, turn.ages(now)) for now in runs]
            assert any(youngest <= at < oldest for at, (youngest, oldest) in slices), age
    assert max(turn.oldest_minutes for turn in TURNS) == WATCHED_DAYS * 1440


def test_a_complaint_about_a_mail_of_a_month_ago_is_heard_at_once(stage: Stage) -> None:
    mail = send(stage, minutes_ago=30 * 1440)
    stage.wait(minutes=5)
    become(stage, mail, "spam_complaint")
    count(stage)
    assert steps(stage) == {"SpamComplaints": 1}


def test_what_happened_before_anybody_watched_is_not_counted(stage: Stage) -> None:
    for hours in (3, 20, 40):
        send(stage, minutes_ago=60 * hours, status="clicked")
    for _ in range(14):
        stage.wait(minutes=5)
        count(stage)
    assert steps(stage) == {}


def test_an_outage_of_six_hours_does_not_look_like_a_flood(bare_stage: Stage) -> None:
    for number in range(60):
        send(bare_stage, minutes_ago=60 + number, status="bounced")
    bare_stage.wait(hours=6)
    assert count(bare_stage)["EmailBounces"] == 60
    assert max(bare_stage.emitted.of("EmailBounces").values()) < 10


def test_durations_are_samples_in_seconds(stage: Stage) -> None:
    sent_at = stage.wall - timedelta(minutes=1)
    send(
        stage,
        queued_at=sent_at - timedelta(seconds=2),
        delivered_at=sent_at + timedelta(seconds=7),
    )
    assert "QueuedToSent" not in count(stage)
    assert stage.emitted.values("QueuedToSent") == [2.0]
    assert stage.emitted.values("SentToDelivered") == [7.0]


def test_without_the_columns_it_says_what_is_not_available(bare_stage: Stage) -> None:
    send(bare_stage, status="opened")
    summary = count(bare_stage)
    assert summary["QueuedToSent"] == summary["SentToDelivered"] == "not available"
    assert bare_stage.emitted.labels("QueuedToSent") == set()
    assert steps(bare_stage) == {"EmailOpens": 1}


def test_a_mail_is_judged_a_day_after_it_was_sent(stage: Stage) -> None:
    for status in ("opened", "clicked", "delivered", "bounced"):
        send(stage, minutes_ago=1441, status=status)
    count(stage)
    assert stage.emitted.of("EmailsDayOld", DIGEST) == {"19:59": 4}
    assert stage.emitted.of("OpenedWithinADay", DIGEST) == {"19:59": 2}


def test_an_empty_table_gives_zeros(stage: Stage) -> None:
    assert not any(stage.emitted.sums.values())
    for metric in STEPS:
        assert {"", DIGEST} <= stage.emitted.labels(metric)


@pytest.mark.parametrize("step", ["complained.sql", "email_minutes.sql", "email_steps.sql"])
def test_a_database_that_fails_is_made_up_for(stage: Stage, step: str) -> None:
    send(stage, status="clicked")
    stage.at_step = lambda name: stage.gateway.cut() if name == f"before {step}" else None
    with pytest.raises(CollectionError, match="could not run"):
        count(stage)
    stage.at_step = None
    stage.gateway.normal()
    stage.wait(minutes=5)
    count(stage)
    assert steps(stage) == {"EmailOpens": 1, "EmailClicks": 1}
