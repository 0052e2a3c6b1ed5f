"""A scheduled pipeline is overdue from the first time its rule wants it to run."""

import dataclasses
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from tests.integration.counting_account import TABLE
from tests.integration.counting_stage import PIPELINE_SETTINGS, Stage, begin
from watchkeeper.collection.deadlines import LEDGER
from watchkeeper.collection.pipelines import count_pipelines
from watchkeeper.definitions.errors import LedgerError
from watchkeeper.ledger.table import CALL_SECONDS

DAILY = "cron(0 20 * * ? *)"
KIND = "PipelineType=daily_digest"


def look(stage: Stage, at: str, expression: str = DAILY) -> tuple[float, float | None]:
    """Run at a time; return the minutes overdue and, if there was a run, those since it."""
    stage.wall = utc(at)
    settings = dataclasses.replace(PIPELINE_SETTINGS, schedules={"daily_digest": expression})
    before = len(stage.out.getvalue())
    stage.run(count_pipelines, settings)
    emitted = stage.emitted.parse(stage.out.getvalue()[before:])
    since = emitted.values("MinutesSinceLastExecution", KIND)
    (overdue,) = emitted.values("MinutesOverdue", KIND)
    return overdue, since[0] if since else None


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Expression, when it ran last, when it is looked at, minutes overdue, minutes since.
LOOKS = [
    ("on time", DAILY, "2026-03-10T20:00:04", "2026-03-11T20:00", 0, 1439.93),
    ("not yet over its grace", DAILY, "2026-03-10T20:00:04", "2026-03-11T20:30", 30, 1469.93),
    ("missed", DAILY, "2026-03-10T20:00:04", "2026-03-11T21:05", 65, 1504.93),
    ("missed twice", DAILY, "2026-03-10T20:00:04", "2026-03-13T20:05", 2885, 4324.93),
    ("late but there", DAILY, "2026-03-11T20:28:00", "2026-03-11T20:30", 0, 2),
    (
        "the clock of the database is behind",
        DAILY,
        "2026-03-11T19:59:58",
        "2026-03-11T21:00",
        0,
        60.03,
    ),
    ("replayed before its time", DAILY, "2026-03-11T19:30:00", "2026-03-11T20:35", 35, 65),
    ("over a leap day", DAILY, "2028-02-28T20:00:00", "2028-02-29T20:40", 40, 1480),
    (
        "over a month's end",
        "cron(0 9 L * ? *)",
        "2026-01-31T09:00:00",
        "2026-02-28T09:45",
        45,
        40365,
    ),
    (
        "weekly, in between",
        "cron(0 10 ? * MON *)",
        "2026-03-09T10:00:00",
        "2026-03-16T10:00",
        0,
        10080,
    ),
    (
        "weekly, missed",
        "cron(0 10 ? * MON *)",
        "2026-03-09T10:00:00",
        "2026-03-16T10:40",
        40,
        10120,
    ),
    (
        "first Monday, over five weeks",
        "cron(0 9 ? * 2#1 *)",
        "2026-03-02T09:00:00",
        "2026-04-06T09:00",
        0,
        50400,
    ),
    (
        "first Monday, missed",
        "cron(0 9 ? * 2#1 *)",
        "2026-03-02T09:00:00",
        "2026-04-06T09:31",
        31,
        50431,
    ),
    (
        "the night the clocks of Europe change",
        "cron(30 1 * * ? *)",
        "2026-03-28T01:30:00",
        "2026-03-29T02:05",
        35,
        1475,
    ),
    (
        "the night they change back",
        "cron(30 1 * * ? *)",
        "2026-10-24T01:30:00",
        "2026-10-25T02:05",
        35,
        1475,
    ),
    (
        "a rate counts from the run before",
        "rate(6 hours)",
        "2026-03-10T20:00:00",
        "2026-03-11T02:31",
        30,
        391,
    ),
    (
        "never due again",
        "cron(0 9 10 3 ? 2026)",
        "2026-03-10T09:00:00",
        "2026-12-11T02:31",
        0,
        397051,
    ),
]


@pytest.mark.parametrize(
    ("expression", "ran", "looked", "overdue", "since"),
    [case[1:] for case in LOOKS],
    ids=[case[0].replace(" ", "-") for case in LOOKS],
)
def test_a_pipeline_is_overdue_from_its_first_due_time_after_its_newest_run(
    stage: Stage, expression: str, ran: str, looked: str, overdue: float, since: float
) -> None:
    # It was watched long before.
    look(stage, "2026-01-01T00:00", expression)
    begin(stage, utc(ran))
    # Without time to count, too: the weeks in between are of no interest here.
    stage.seconds_left = CALL_SECONDS + 1
    assert look(stage, looked, expression) == (overdue, since)


def test_a_vetoed_run_is_a_run_and_so_is_a_failed_one(stage: Stage) -> None:
    look(stage, "2026-03-10T00:00")
    begin(stage, utc("2026-03-10T20:00"), vetoed=True, veto_reason="KILL_SWITCH_ACTIVE")
    assert look(stage, "2026-03-10T20:40") == (0, 40)
    begin(stage, utc("2026-03-11T20:00"), status="failed")
    assert look(stage, "2026-03-11T20:40") == (0, 40)


def test_a_run_of_another_pipeline_is_none_of_its_own(stage: Stage) -> None:
    look(stage, "2026-03-10T00:00")
    begin(stage, utc("2026-03-10T20:00"), kind="crisis_alert")
    assert look(stage, "2026-03-10T20:40") == (40, None)


def test_a_pipeline_that_never_ran_is_due_at_its_first_time_after_it_became_known(
    stage: Stage,
) -> None:
    assert look(stage, "2026-03-10T21:00") == (0, None)
    assert look(stage, "2026-03-11T20:00") == (0, None)
    assert look(stage, "2026-03-11T20:35") == (35, None)
    assert look(stage, "2026-03-12T20:35") == (1475, None)


def test_a_run_long_before_the_suite_came_pages_nobody_on_the_first_day(stage: Stage) -> None:
    begin(stage, utc("2026-02-01T20:00"))
    assert look(stage, "2026-03-10T21:00")[0] == 0
    assert look(stage, "2026-03-11T20:35")[0] == 35


def test_new_times_count_from_when_they_became_known(stage: Stage) -> None:
    look(stage, "2026-03-10T00:00")
    begin(stage, utc("2026-03-10T20:00"))
    assert look(stage, "2026-03-11T15:10", "cron(0 * * * ? *)")[0] == 0
    assert look(stage, "2026-03-11T15:40", "cron(0 * * * ? *)")[0] == 0
    assert look(stage, "2026-03-11T16:40", "cron(0 * * * ? *)")[0] == 40


def test_a_run_whose_row_is_gone_stays_known(stage: Stage) -> None:
    look(stage, "2026-03-10T00:00")
    begin(stage, utc("2026-03-10T20:00"))
    look(stage, "2026-03-10T20:05")
    stage.connection.execute("TRUNCATE pipeline_executions")
    assert look(stage, "2026-03-11T19:55") == (0, None)
    assert look(stage, "2026-03-11T20:40") == (40, None)


def test_a_run_again_for_the_same_time_says_the_same(stage: Stage) -> None:
    look(stage, "2026-03-10T00:00")
    assert look(stage, "2026-03-10T20:40") == look(stage, "2026-03-10T20:40") == (40, None)


def test_nothing_is_written_when_nothing_has_changed(stage: Stage) -> None:
    written: list[str] = []
    look(stage, "2026-03-10T00:00")
    stage.at_step = written.append
    look(stage, "2026-03-10T00:05")
    # One update takes the ledger's lease; the memory is read and left as it is.
    assert written.count("before update_item") == 1
    assert written.count("before get_item") == 1


def test_a_memory_that_cannot_be_read_is_loud_and_costs_no_count(stage: Stage) -> None:
    look(stage, "2026-03-10T00:00")
    begin(stage, utc("2026-03-10T00:02"))

    def refuse(name: str) -> None:
        if name == "before get_item":
            deny()

    stage.at_step = refuse
    with pytest.raises(LedgerError, match=f"could not recall in the ledger of {LEDGER}"):
        look(stage, "2026-03-10T00:05")
    stage.at_step = None
    assert stage.emitted.total("PipelineExecutions", KIND) == 1
    assert look(stage, "2026-03-10T00:10") == (0, 8)
    assert stage.emitted.total("PipelineExecutions", KIND) == 1


def deny() -> None:
    raise ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}, "GetItem"
    )


@pytest.mark.parametrize("text", ["[]", "no JSON", '{"daily_digest": {"since": "today"}}'])
def test_a_memory_that_makes_no_sense_is_refused_by_name(stage: Stage, text: str) -> None:
    stage.account.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"source": {"S": LEDGER}, "bucket": {"S": "memory"}},
        UpdateExpression="SET document = :document",
        ExpressionAttributeValues={":document": {"S": text}},
    )
    with pytest.raises(LedgerError, match=LEDGER):
        look(stage, "2026-03-10T00:05")


def test_a_memory_that_cannot_be_written_is_loud_and_tried_again(stage: Stage) -> None:
    # The first update takes the lease.
    stage.interrupt("before update_item", deny, nth=2)
    with pytest.raises(LedgerError, match="could not remember"):
        look(stage, "2026-03-10T20:00")
    assert look(stage, "2026-03-10T20:05") == (0, None)
    assert look(stage, "2026-03-11T20:00") == (0, None)
