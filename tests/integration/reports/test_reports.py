"""Reports made from a real database: what they say, that they say it once, and what they lack."""

import json
import xml.dom.minidom
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rehearsal.world.aws.monitoring import Monitoring
from tests.integration.reports.rows import add_runs
from tests.integration.reports.stage import (
    BY_TOPIC,
    NOW,
    TODAY,
    Stage,
    an_alarm,
    fired,
    some_sums,
)
from watchkeeper.definitions.errors import CollectionError, ReportError
from watchkeeper.reports.kinds import DAILY, MONTHLY, WEEKLY, ReportKind

GOLDEN = Path(__file__).parent / "golden"
KINDS = [DAILY, WEEKLY, MONTHLY]
NAMES = ["daily", "weekly", "monthly"]
DAY = "2026-03-02"
NOON = TODAY - timedelta(hours=12)
EVIL = '<script>alert("1")</script>&\u202e\x1b[31m'


def with_alarms(stage: Stage) -> Stage:
    """Let some alarms have burnt."""
    stage.monitoring = Monitoring(
        sums=some_sums,
        alarms=[
            an_alarm("storytailor-high-veto-rate-test", "warning"),
            an_alarm("storytailor-email-failure-rate-test", "critical", "ALARM"),
            an_alarm("storytailor-a-child-test", ""),
            an_alarm("storytailor-somebody-elses", "critical", "ALARM"),
        ],
        changes=[
            *fired("storytailor-high-veto-rate-test", NOON, 90),
            *fired("storytailor-high-veto-rate-test", NOON + timedelta(minutes=95), 10),
            *fired("storytailor-a-child-test", NOON, 5),
            *fired("storytailor-job-missing-daily-digest-test", NOON - timedelta(days=12), 300),
        ],
    )
    return stage


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_the_text_part_reads_well_alone(stage: Stage, kind: ReportKind) -> None:
    with_alarms(stage).make(kind)
    text = stage.mailed["text"]
    assert text == (GOLDEN / f"{kind.name}.txt").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 78


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_mail_and_kept_report_are_the_same_and_well_formed(stage: Stage, kind: ReportKind) -> None:
    stage.make(kind)
    name = f"test/reports/{kind.name}/{DAY}"
    assert stage.kept(f"{name}.txt") == stage.mailed["text"]
    assert stage.kept(f"{name}.html") == stage.mailed["html"]
    document = json.loads(stage.kept(f"{name}.json"))
    assert document["kind"] == kind.name
    assert document["headline"] in stage.mailed["subject"]
    xml.dom.minidom.parseString(stage.mailed["html"].removeprefix("<!DOCTYPE html>"))


def test_what_stands_in_a_row_is_text_and_nothing_else(empty: Stage) -> None:
    with empty.rows() as connection:
        add_runs(connection, NOON, EVIL, 3)
    empty.make(DAILY)
    html, text = empty.mailed["html"], empty.mailed["text"]
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;" in html
    assert "<script" not in html
    assert not any(sign in html + text for sign in "\u202e\x1b")
    xml.dom.minidom.parseString(html.removeprefix("<!DOCTYPE html>"))


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_an_empty_database_gives_zeros_where_it_counts_and_no_data_where_it_rates(
    empty: Stage, kind: ReportKind
) -> None:
    empty.make(kind)
    figures = {
        figure["name"]: (figure["value"], figure["verdict"])
        for section in json.loads(empty.kept(f"test/reports/{kind.name}/{DAY}.json"))["sections"]
        for figure in section["figures"]
    }
    assert figures["E-mails sent"] == ("0", "")
    assert figures["Opened"] == ("no data", "no data")
    assert figures["Spam complaints"] == ("0", "met")
    if kind is MONTHLY:
        assert figures["False positives, crisis"] == ("no data", "no data")
        assert figures["Failed rewards"] == ("0", "met")


def test_a_day_begins_and_ends_at_midnight_of_utc(empty: Stage) -> None:
    with empty.rows() as connection:
        for moment, count in (
            (TODAY - timedelta(days=1, microseconds=1), 1),
            (TODAY - timedelta(days=1), 10),
            (TODAY - timedelta(microseconds=1), 100),
            (TODAY, 1000),
        ):
            add_runs(connection, moment, "daily_digest", count)
    empty.make(DAILY)
    [line] = [each for each in empty.mailed["text"].splitlines() if each.startswith("  Runs  ")]
    assert line.split() == ["Runs", "110", "1"]


def test_a_report_is_mailed_once_however_often_it_is_made(stage: Stage) -> None:
    assert stage.make(DAILY)["sent"] == "mail mail-1"
    again = stage.make(DAILY, NOW + timedelta(hours=3))
    assert (again["sent"], len(stage.mail.sent)) == ("before", 1)
    stage.make(DAILY, NOW + timedelta(days=1))
    assert len(stage.mail.sent) == 2


@pytest.mark.parametrize(
    ("refused", "mails"),
    [
        ("PutObject 2026-03-02.json", 1),
        ("PutObject 2026-03-02.html", 1),
        ("PutObject 2026-03-02.txt", 1),
        ("SendEmail", 1),
        # Sent, and not remembered: rather twice than never.
        ("PutObject latest.json", 2),
        ("PutObject 2026-03-02.sent.json", 2),
    ],
)
def test_a_run_that_fails_anywhere_is_loud_and_the_next_one_sends(
    stage: Stage, refused: str, mails: int
) -> None:
    stage.refusals[refused] = "AccessDenied"
    with pytest.raises(ReportError, match="AccessDenied"):
        stage.make(DAILY)
    stage.refusals.clear()
    assert stage.make(DAILY)["sent"] != "before"
    assert len(stage.mail.sent) == mails
    assert stage.make(DAILY)["sent"] == "before"


def test_without_a_sender_the_text_goes_to_the_topic_of_p4(stage: Stage) -> None:
    stage.settings = BY_TOPIC
    assert stage.make(WEEKLY)["sent"] == "message message-1"
    [published] = stage.topics.published
    assert published["TopicArn"].endswith("storytailor-info-alerts")
    assert published["Message"] == stage.kept(f"test/reports/weekly/{DAY}.txt")
    assert published["Subject"].startswith("Storytailor test: Weekly review 2026-03-02")
    assert len(published["Subject"]) <= 100
    assert not stage.mail.sent


@pytest.mark.parametrize("code", ["Throttling", "NotFound"])
def test_a_topic_that_takes_nothing_is_loud(stage: Stage, code: str) -> None:
    stage.settings = BY_TOPIC
    stage.refusals["Publish"] = code
    with pytest.raises(ReportError, match="The message was refused"):
        stage.make(DAILY)


def drop(table: str) -> Callable[[Stage], None]:
    """Take a table away."""

    def act(stage: Stage) -> None:
        with stage.rows() as connection:
            connection.execute(f"DROP TABLE {table} CASCADE")

    return act


def revoke(table: str) -> Callable[[Stage], None]:
    """Take the right to a table away."""

    def act(stage: Stage) -> None:
        with stage.rows() as connection:
            connection.execute(f"REVOKE SELECT ON {table} FROM {stage.database.reader.user}")

    return act


def refuse(operation: str) -> Callable[[Stage], None]:
    """Let AWS refuse a call."""

    def act(stage: Stage) -> None:
        stage.refusals[operation] = "AccessDenied"

    return act


@pytest.mark.parametrize(
    ("fault", "part", "reason"),
    [
        (drop("human_overrides"), "Overrides and false positives", "human_overrides"),
        (revoke("reward_ledger"), "Credits", "permission denied"),
        (drop("referral_tracking"), "Referrals", "referral_tracking"),
        (refuse("DescribeAlarmHistory"), "Alarms", "AccessDenied"),
        (refuse("DescribeAlarms"), "Alarms", "AccessDenied"),
        (refuse("GetMetricData"), "Service level objectives", "AccessDenied"),
    ],
)
def test_a_part_that_cannot_be_read_says_so_and_the_rest_goes_out(
    stage: Stage, fault: Callable[[Stage], None], part: str, reason: str
) -> None:
    fault(stage)
    done = stage.make(MONTHLY)
    text = stage.mailed["text"]
    assert part in str(done["unavailable"])
    assert "not available" in stage.mailed["subject"]
    assert f"  ? {part}: " in text
    assert reason in text
    assert "E-MAIL\n------\n  Figure" in text


@pytest.mark.parametrize(
    "fault", [drop("pipeline_executions"), revoke("email_delivery_log")], ids=["gone", "denied"]
)
def test_without_the_core_of_the_database_there_is_no_report(
    stage: Stage, fault: Callable[[Stage], None]
) -> None:
    fault(stage)
    with pytest.raises(CollectionError):
        stage.make(DAILY)
    assert not stage.mail.sent


def test_a_database_that_is_down_is_loud_and_its_return_repairs_it(stage: Stage) -> None:
    stage.gateway.refuse()
    with pytest.raises(CollectionError):
        stage.make(DAILY)
    assert not stage.mail.sent
    stage.gateway.normal()
    assert stage.make(DAILY)["sent"] == "mail mail-1"


def test_a_database_that_never_answers_is_given_up_in_time_to_say_so(stage: Stage) -> None:
    stage.gateway.black_hole()
    with pytest.raises(CollectionError, match="connect"):
        stage.make(DAILY, seconds=62.5)
    assert not stage.mail.sent


def test_a_secret_that_may_not_be_read_is_loud(stage: Stage) -> None:
    stage.refusals["GetSecretValue"] = "AccessDeniedException"
    with pytest.raises(CollectionError, match="AccessDeniedException"):
        stage.make(DAILY)


def test_the_daily_summary_tells_when_another_report_has_not_gone_out(stage: Stage) -> None:
    for kind in (WEEKLY, MONTHLY):
        stage.make(kind, datetime(2026, 2, 2, 9, 30, tzinfo=UTC))
    stage.mail.sent.clear()
    stage.make(DAILY)
    text = stage.mailed["text"]
    assert "! Weekly review: sent 2026-02-02, target sent 2026-02-23" in text
    assert "! Monthly report" not in text


def test_a_ledger_without_updated_at_is_read_by_when_its_rows_were_made(stage: Stage) -> None:
    with stage.rows() as connection:
        connection.execute("ALTER TABLE reward_ledger DROP COLUMN updated_at")
    stage.make(DAILY)
    assert "Applied         $10.00 (2)" in stage.mailed["text"]


def test_the_docs_show_what_is_sent() -> None:
    docs = Path(__file__).parents[3] / "docs" / "reports.md"
    assert (GOLDEN / "weekly.txt").read_text(encoding="utf-8") in docs.read_text(encoding="utf-8")
