"""What pipeline_metrics makes of rows that come late or change, of outages and of wrong clocks."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from tests.integration.counting_emitted import Emitted
from tests.integration.counting_stage import (
    PIPELINE_SETTINGS,
    START,
    CrashError,
    Stage,
    begin,
    crash,
)
from watchkeeper.collection.counting import MIN_STEP_SECONDS
from watchkeeper.collection.pipelines import count_pipelines
from watchkeeper.definitions.errors import CollectionError, LedgerError
from watchkeeper.ledger.table import CALL_SECONDS

DIGEST, OTHER = "PipelineType=daily_digest", "PipelineType=other"
RUN = "Function=count_pipelines"


@pytest.fixture
def stage(new_stage: Stage) -> Stage:
    """A stage on which the function has run once, and found nothing."""
    count(new_stage)
    return new_stage


def count(stage: Stage, at: datetime | None = None) -> dict[str, object]:
    return dict(stage.run(count_pipelines, PIPELINE_SETTINGS, at=at))


def change(stage: Stage, identity: object, assignment: str) -> None:
    stage.connection.execute(
        f"UPDATE pipeline_executions SET {assignment} WHERE id = %s", [identity]
    )


def executions(stage: Stage) -> dict[str, float]:
    return stage.emitted.of("PipelineExecutions")


def test_a_row_is_counted_once_however_often_it_is_seen(stage: Stage) -> None:
    begin(stage, START + timedelta(minutes=1))
    for _ in range(30):
        stage.wait(minutes=5)
        count(stage)
    assert executions(stage) == {"20:01": 1}


def test_a_repeated_event_counts_nothing_again(stage: Stage) -> None:
    begin(stage, START + timedelta(minutes=1))
    stage.wait(minutes=5)
    assert count(stage)["PipelineExecutions"] == 1
    assert count(stage)["PipelineExecutions"] == 0
    assert executions(stage) == {"20:01": 1}


def test_a_row_of_a_long_transaction_is_counted_at_its_own_minute(stage: Stage) -> None:
    """`created_at` is when the transaction began, which was an hour before it was committed."""
    with stage.database.owner.connect(autocommit=False) as long_transaction:
        long_transaction.execute(
            "INSERT INTO pipeline_executions (pipeline_type, pipeline_name, created_at)"
            " VALUES ('daily_digest', 'late', %s)",
            [START + timedelta(minutes=1)],
        )
        for _ in range(12):
            stage.wait(minutes=5)
            count(stage)
        assert not executions(stage)
        long_transaction.commit()
    stage.wait(minutes=5)
    count(stage)
    assert executions(stage) == {"20:01": 1}


@pytest.mark.parametrize(("minutes", "is_counted"), [(115, True), (125, False)])
def test_a_row_is_waited_for_two_hours(stage: Stage, minutes: int, *, is_counted: bool) -> None:
    for _ in range(minutes // 5):
        stage.wait(minutes=5)
        count(stage)
    begin(stage, START + timedelta(seconds=1))
    stage.wait(minutes=5)
    count(stage)
    assert executions(stage) == ({"20:00": 1} if is_counted else {})


def test_a_veto_after_the_end_is_counted_where_the_run_ended(stage: Stage) -> None:
    ended = START + timedelta(minutes=3)
    row = begin(stage, START + timedelta(minutes=1), completed_at=ended, status="completed")
    stage.wait(minutes=5)
    count(stage)
    assert not stage.emitted.of("PipelineVetoes")
    change(stage, row, "vetoed = true, veto_reason = 'LOW_CONFIDENCE'")
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.of("PipelineVetoes") == {"20:03": 1}


def test_a_corrected_reason_is_taken_back_from_the_one_and_counted_for_the_other(
    stage: Stage,
) -> None:
    row = begin(stage, START + timedelta(minutes=1), vetoed=True, veto_reason="LOW_CONFIDENCE")
    stage.wait(minutes=5)
    count(stage)
    before = stage.out.tell()
    change(stage, row, "veto_reason = 'SLA_MISSED'")
    stage.wait(minutes=5)
    count(stage)
    assert Emitted.parse(stage.out.getvalue()[before:]).everything() == {
        f"PipelineVetoes{{{DIGEST},VetoReason=LOW_CONFIDENCE}} 20:01": -1,
        f"PipelineVetoes{{{DIGEST},VetoReason=SLA_MISSED}} 20:01": 1,
        f"SLAViolations{{{DIGEST}}} 20:01": 1,
    }


def test_a_row_that_goes_is_taken_back_but_its_sample_is_not(stage: Stage) -> None:
    ended = START + timedelta(minutes=3)
    row = begin(stage, START + timedelta(minutes=1), completed_at=ended, status="failed")
    stage.wait(minutes=5)
    count(stage)
    stage.connection.execute("DELETE FROM pipeline_executions WHERE id = %s", [row])
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.everything() == {f"PipelineDuration{{{DIGEST}}} 20:03": 120_000}


def test_a_type_that_becomes_listed_moves_out_of_other(stage: Stage) -> None:
    begin(stage, START + timedelta(minutes=1), "horoscope")
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.of("PipelineExecutions", OTHER) == {"20:01": 1}
    types = (*PIPELINE_SETTINGS.pipeline_types, "horoscope")
    stage.wait(minutes=5)
    stage.run(count_pipelines, dataclasses.replace(PIPELINE_SETTINGS, pipeline_types=types))
    assert stage.emitted.everything() == {
        "PipelineExecutions{PipelineType=horoscope} 20:01": 1,
        "PipelineExecutions{} 20:01": 1,
    }


def test_the_very_first_run_counts_two_hours_back(new_stage: Stage) -> None:
    for minutes in (119, 121):
        begin(new_stage, START - timedelta(minutes=minutes))
    count(new_stage)
    assert executions(new_stage) == {"18:01": 1}


def test_an_outage_of_a_day_is_caught_up_with_the_times_the_rows_deserve(stage: Stage) -> None:
    for hour in range(24):
        begin(stage, START + timedelta(hours=hour, minutes=30))
    stage.wait(hours=24)
    assert count(stage) == {
        "PipelineExecutions": 24,
        "PipelineVetoes": 0,
        "PipelineFailures": {},
        "minutes_behind": 0,
    }
    assert sorted(executions(stage)) == [f"{hour:02}:30" for hour in range(24)]
    count(stage)
    assert stage.emitted.total("PipelineExecutions") == 24


def test_a_run_without_time_for_all_goes_as_far_as_it_can_and_the_next_goes_on(
    stage: Stage,
) -> None:
    for hour in range(12):
        begin(stage, START + timedelta(hours=hour, minutes=30))
    stage.wait(hours=12)
    run_out_of_time(stage, after_queries=6)
    first = count(stage)
    # Six steps of 45 minutes, from two hours before the outage.
    assert first["minutes_behind"] == 12 * 60 - (6 * 45 - 120)
    assert first["PipelineExecutions"] == 2
    assert stage.emitted.values("MinutesBehind", RUN)[-1] == first["minutes_behind"]
    stage.at_step = stage.seconds_left = None
    stage.wait(minutes=5)
    assert count(stage)["PipelineExecutions"] == 10
    assert stage.emitted.values("MinutesBehind", RUN) == [0, 0, first["minutes_behind"]]
    assert sorted(executions(stage).values()) == [1] * 12


def run_out_of_time(stage: Stage, *, after_queries: int) -> None:
    """Let a run believe, after so many queries, that it has no time for another step."""
    steps = iter(range(1, 1000))
    stage.seconds_left = 60

    def step(name: str) -> None:
        if name == "after pipeline_executions.sql" and next(steps) == after_queries:
            stage.seconds_left = CALL_SECONDS + MIN_STEP_SECONDS - 0.1

    stage.at_step = step


def test_no_zero_is_claimed_for_a_time_that_was_not_counted(stage: Stage) -> None:
    stage.wait(hours=6)
    run_out_of_time(stage, after_queries=1)
    count(stage)
    zeros = [place for place in stage.emitted.sums if place.metric == "PipelineExecutions"]
    # Those of the stage's first run, before the wait.
    assert {place.minute for place in zeros} == {START - timedelta(minutes=1)}


def test_a_run_that_has_no_time_at_all_says_how_far_behind_it_is(stage: Stage) -> None:
    begin(stage, START + timedelta(minutes=1))
    stage.wait(minutes=5)
    stage.seconds_left = CALL_SECONDS + 1
    assert count(stage)["minutes_behind"] == 5
    stage.seconds_left = None
    assert count(stage)["PipelineExecutions"] == 1


def test_what_cloudwatch_would_not_take_any_more_is_given_up_aloud(stage: Stage) -> None:
    for days in (4, 8):
        begin(stage, START + timedelta(days=days))
    stage.wait(days=20)
    assert count(stage)["PipelineExecutions"] == 1
    assert "rows too old for CloudWatch are given up" in stage.log.getvalue()
    counted = {place.minute for place, value in stage.emitted.sums.items() if value == 1}
    assert counted == {START + timedelta(days=8)}


CLOCKS: list[tuple[str, list[int]]] = [
    # the times of the events of runs, in minutes from the run's own time
    ("right", [0, 0, 0]),
    ("an hour ahead, then right", [60, 0, 0]),
    ("a month ahead, then right", [30 * 1440, 0, 0]),
    ("an hour behind, then right", [-60, -60, 0]),
    ("a week behind, then right", [-7 * 1440, 0, 0]),
    ("to and fro", [300, -300, 0]),
]


@pytest.mark.parametrize("wrong_by", [case[1] for case in CLOCKS], ids=[case[0] for case in CLOCKS])
def test_a_wrong_clock_neither_loses_nor_doubles_a_row(stage: Stage, wrong_by: list[int]) -> None:
    """Three runs an hour apart, a row before and after each, then three hours without a run."""
    moments = []
    for minutes in wrong_by:
        for _ in range(2):
            stage.wait(minutes=30)
            moments.append(stage.wall - timedelta(minutes=5))
            begin(stage, moments[-1])
        count(stage, stage.wall + timedelta(minutes=minutes))
    moments.append(stage.wall + timedelta(minutes=20))
    begin(stage, moments[-1])
    stage.wait(hours=3)
    count(stage)
    assert executions(stage) == {f"{moment:%H:%M}": 1 for moment in moments}


def test_an_old_event_takes_nothing_back(stage: Stage) -> None:
    for minutes in (1, 4):
        begin(stage, START + timedelta(minutes=minutes))
    stage.wait(minutes=5)
    count(stage)
    for minutes in (1, 2, 60, 600, 20 * 1440):
        count(stage, stage.wall - timedelta(minutes=minutes))
    assert executions(stage) == {"20:01": 1, "20:04": 1}


def test_a_second_run_leaves_the_work_to_the_first(stage: Stage) -> None:
    begin(stage, START + timedelta(minutes=1))
    stage.wait(minutes=5)
    seen: list[object] = []
    stage.interrupt("before emission", lambda: seen.append(count(stage)))
    count(stage)
    assert seen == [{"skipped": "busy"}]
    assert executions(stage) == {"20:01": 1}


def test_runs_at_the_same_moment_count_everything_once(stage: Stage) -> None:
    for minutes in range(1, 40):
        begin(stage, START + timedelta(minutes=minutes))
    stage.wait(minutes=40)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: count(stage), range(8)))
    assert sum("skipped" not in result for result in results) >= 1
    assert executions(stage) == {f"20:{minute:02}": 1 for minute in range(1, 40)}


STEPS = [
    # where a run is killed, how often its row is emitted in the end, whether that is told
    ("before get_secret_value", 1, False),
    ("after get_secret_value", 1, False),
    ("before update_item", 1, False),
    ("after update_item", 1, True),
    ("before query", 1, True),
    ("after query", 1, True),
    ("before pipeline_executions.sql", 1, True),
    ("after pipeline_executions.sql", 1, True),
    ("before emission", 1, True),
    # The one window in which a row is counted twice.
    ("after emission", 2, True),
    ("before transact_write_items", 2, True),
    ("after transact_write_items", 1, False),
    ("before last_executions.sql", 1, False),
]


@pytest.mark.parametrize(
    ("step", "times", "is_told"), STEPS, ids=[case[0].replace(" ", "-") for case in STEPS]
)
def test_a_run_that_is_killed_loses_nothing(
    stage: Stage, step: str, times: int, *, is_told: bool
) -> None:
    begin(stage, START + timedelta(minutes=1))
    stage.wait(minutes=5)
    stage.interrupt(step, crash)
    with pytest.raises(CrashError):
        count(stage)
    stage.wait(minutes=5)
    count(stage)
    assert executions(stage) == {"20:01": times}
    assert stage.emitted.total("LedgerRecovered", RUN) == is_told
    stage.wait(minutes=5)
    count(stage)
    assert executions(stage) == {"20:01": times}
    assert stage.emitted.total("LedgerRecovered", RUN) == is_told


def test_only_the_step_in_which_a_run_died_is_counted_twice(stage: Stage) -> None:
    """Two rows, hours apart, so that two steps count them; the second is not committed."""
    for hours in (1, 5):
        begin(stage, START + timedelta(hours=hours))
    stage.wait(hours=6)

    def look(name: str) -> None:
        if name == "before transact_write_items" and stage.emitted.total("PipelineExecutions") == 2:
            stage.at_step = None
            raise CrashError

    stage.at_step = look
    with pytest.raises(CrashError):
        count(stage)
    stage.wait(minutes=5)
    count(stage)
    assert executions(stage) == {"21:00": 1, "01:00": 2}


def test_a_run_that_was_frozen_past_its_lease_does_not_emit(stage: Stage) -> None:
    begin(stage, START + timedelta(minutes=1))
    stage.wait(minutes=5)

    def sleep_and_be_overtaken() -> None:
        stage.wait(minutes=5)
        count(stage)

    stage.interrupt("after pipeline_executions.sql", sleep_and_be_overtaken)
    with pytest.raises(LedgerError, match="lease on the ledger of pipeline_executions is over"):
        count(stage)
    assert executions(stage) == {"20:01": 1}


def test_a_failure_before_anything_was_emitted_gives_the_lease_back_at_once(stage: Stage) -> None:
    begin(stage, START + timedelta(minutes=1))
    stage.wait(minutes=5)
    stage.interrupt("before pipeline_executions.sql", refuse)
    with pytest.raises(CollectionError):
        count(stage)
    assert count(stage)["PipelineExecutions"] == 1
    assert not stage.emitted.total("LedgerRecovered", RUN)


def test_counts_are_not_lost_when_silence_cannot_be_measured(stage: Stage) -> None:
    begin(stage, START + timedelta(minutes=1))
    stage.wait(minutes=5)
    stage.interrupt("before last_executions.sql", refuse)
    with pytest.raises(CollectionError):
        count(stage)
    assert executions(stage) == {"20:01": 1}
    assert stage.emitted.values("MinutesBehind", RUN) == [0, 0]
    assert count(stage)["PipelineExecutions"] == 0


def refuse() -> None:
    raise CollectionError("as the test says", retryable=True)
