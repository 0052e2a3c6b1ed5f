"""What pipeline_metrics makes of rows, case by case: real rows in, real EMF lines out."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import pytest
from psycopg.types.json import Jsonb

from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_stage import PIPELINE_SETTINGS, START, Stage, insert, staged
from watchkeeper.collection.pipelines import count_pipelines
from watchkeeper.definitions.errors import CollectionError, LedgerError

DIGEST = "PipelineType=daily_digest"
CRISIS = "PipelineType=crisis_alert"
OTHER = "PipelineType=other"


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


def ago(minutes: float) -> datetime:
    return START - timedelta(minutes=minutes)


def add(stage: Stage, **values: object) -> object:
    """Insert a run that was created seven minutes ago, with some of it changed."""
    row = {
        "pipeline_type": "daily_digest",
        "pipeline_name": "digest",
        "status": "completed",
        "created_at": ago(7),
    }
    return insert(stage, "pipeline_executions", **{**row, **values})


def count(stage: Stage, **options: datetime) -> Mapping[str, object]:
    return stage.run(count_pipelines, PIPELINE_SETTINGS, **options)  # type: ignore[arg-type]


def test_an_empty_table_says_zero_for_every_listed_type_and_nothing_about_silence(
    stage: Stage,
) -> None:
    count(stage)
    for metric in ("PipelineExecutions", "PipelineVetoes", "SLAViolations", "PipelineFailures"):
        assert {DIGEST, CRISIS} <= stage.emitted.labels(metric)
        assert stage.emitted.total(metric, DIGEST) == 0
    assert stage.emitted.labels("MinutesSinceLastExecution") == set()
    assert stage.emitted.labels("PipelineDuration") == set()


@pytest.mark.parametrize(
    ("changes", "metric", "labels", "expected"),
    [
        ({}, "PipelineExecutions", DIGEST, {"19:53": 1}),
        ({}, "PipelineExecutions", "", {"19:53": 1}),
        ({"status": "failed"}, "PipelineFailures", DIGEST, {"19:53": 1}),
        ({"status": "FAILED"}, "PipelineFailures", DIGEST, {"19:53": 1}),
        ({"status": "running"}, "PipelineFailures", DIGEST, {}),
        ({"status": "a new word"}, "PipelineFailures", DIGEST, {}),
        ({"vetoed": None, "veto_reason": "SLA_MISSED"}, "PipelineVetoes", DIGEST, {}),
        ({"vetoed": None, "veto_reason": "SLA_MISSED"}, "SLAViolations", DIGEST, {}),
        ({"vetoed": True, "veto_reason": "SLA_MISSED"}, "SLAViolations", DIGEST, {"19:53": 1}),
        (
            {"vetoed": True, "veto_reason": "LOW_CONFIDENCE"},
            "PipelineVetoes",
            f"{DIGEST},VetoReason=LOW_CONFIDENCE",
            {"19:53": 1},
        ),
        (
            {"vetoed": True, "veto_reason": "BAD_MOOD"},
            "PipelineVetoes",
            f"{DIGEST},VetoReason=other",
            {"19:53": 1},
        ),
        (
            {"vetoed": True, "veto_reason": None},
            "PipelineVetoes",
            f"{DIGEST},VetoReason=other",
            {"19:53": 1},
        ),
        ({"pipeline_type": "mystery"}, "PipelineExecutions", OTHER, {"19:53": 1}),
        # An outcome stands where it happened, not where its run began …
        (
            {"status": "failed", "completed_at": ago(2)},
            "PipelineFailures",
            DIGEST,
            {"19:58": 1},
        ),
        # … unless that makes no sense.
        (
            {"status": "failed", "completed_at": ago(9)},
            "PipelineFailures",
            DIGEST,
            {"19:53": 1},
        ),
    ],
)
def test_a_row_counts_in_its_series_and_minute_or_not_at_all(
    stage: Stage,
    changes: Mapping[str, object],
    metric: str,
    labels: str,
    expected: Mapping[str, float],
) -> None:
    add(stage, **changes)
    count(stage)
    assert stage.emitted.of(metric, labels) == expected


@pytest.mark.parametrize(
    ("changes", "folded"),
    [
        ({}, 0),
        ({"pipeline_type": "mystery"}, 1),
        ({"vetoed": True, "veto_reason": "BAD_MOOD"}, 1),
        ({"vetoed": False, "veto_reason": "BAD_MOOD"}, 0),
    ],
)
def test_rows_under_other_are_counted_as_folded_once(
    stage: Stage, changes: Mapping[str, object], folded: int
) -> None:
    add(stage, **changes)
    count(stage)
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.total("RowsFolded", "Function=count_pipelines") == folded


@pytest.mark.parametrize(
    ("started", "completed", "expected"),
    [
        (ago(7), ago(7) + timedelta(milliseconds=1234), [1240.0]),
        (ago(7), ago(7), [0.0]),
        (ago(7), None, []),
        (None, ago(6), []),
        (ago(7), ago(8), []),
    ],
    ids=["ended", "at once", "still running", "never started", "ended before it began"],
)
def test_a_run_that_ended_gives_one_duration_within_one_percent(
    stage: Stage, started: datetime | None, completed: datetime | None, expected: list[float]
) -> None:
    add(stage, started_at=started, completed_at=completed)
    count(stage)
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.values("PipelineDuration", DIGEST) == expected


@pytest.mark.parametrize(
    ("event_timestamp", "expected", "unreadable"),
    [
        ("2026-01-31T19:52:50Z", [10.0], 0),
        ("2026-01-31T20:52:50+01:00", [10.0], 0),
        ("2026-01-31T19:53:30Z", [], 1),
        ("half past nine", [], 1),
        ("2026-13-45T99:99:99Z", [], 1),
        ("", [], 1),
        (None, [], 0),
    ],
)
def test_a_delay_is_read_from_the_event_and_nonsense_is_counted_not_fatal(
    stage: Stage, event_timestamp: str | None, expected: list[float], unreadable: int
) -> None:
    add(stage, started_at=ago(7), trigger_data=Jsonb({"event_timestamp": event_timestamp}))
    add(stage, started_at=ago(7), trigger_data=None)
    count(stage)
    assert stage.emitted.values("EventToProcessingDelay", DIGEST) == expected
    assert stage.emitted.total("RowsUnreadable", "Function=count_pipelines") == unreadable
    assert stage.emitted.total("PipelineExecutions", DIGEST) == 2


def test_a_late_veto_moves_nothing_twice_and_a_corrected_reason_is_taken_back(stage: Stage) -> None:
    row = add(stage)
    count(stage)
    for reason in ("LOW_CONFIDENCE", "SLA_MISSED"):
        stage.wait(minutes=5)
        stage.connection.execute(
            "UPDATE pipeline_executions SET vetoed = true, veto_reason = %s WHERE id = %s",
            (reason, row),
        )
        count(stage)
    assert stage.emitted.total("PipelineExecutions", DIGEST) == 1
    assert stage.emitted.total("PipelineVetoes", DIGEST) == 1
    assert stage.emitted.total("PipelineVetoes", f"{DIGEST},VetoReason=LOW_CONFIDENCE") == 0
    assert stage.emitted.total("PipelineVetoes", f"{DIGEST},VetoReason=SLA_MISSED") == 1


def test_a_row_that_commits_an_hour_late_is_counted_at_its_own_minute(stage: Stage) -> None:
    count(stage)
    stage.wait(minutes=60)
    add(stage, created_at=ago(7))
    count(stage)
    assert stage.emitted.of("PipelineExecutions", DIGEST) == {"19:53": 1}


@pytest.mark.parametrize("minutes", [-90, -5, 0, 5], ids=lambda minutes: f"{minutes} min")
def test_an_event_with_another_time_neither_uncounts_nor_counts_twice(
    stage: Stage, minutes: int
) -> None:
    for age in (1, 7, 100):
        add(stage, created_at=ago(age))
    count(stage)
    count(stage, at=START + timedelta(minutes=minutes))
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.of("PipelineExecutions", DIGEST) == {"18:20": 1, "19:53": 1, "19:59": 1}


def test_after_a_day_of_outage_all_rows_are_counted_at_their_minutes_and_zeros_come_last(
    stage: Stage,
) -> None:
    count(stage)
    for hour in range(24):
        add(stage, created_at=START + timedelta(hours=hour, minutes=30))
    stage.wait(hours=24)
    count(stage)
    hours = {f"{(20 + hour) % 24:02d}:30": 1 for hour in range(24)}
    assert stage.emitted.of("PipelineExecutions", DIGEST) == hours
    assert stage.emitted.values("MinutesBehind", "Function=count_pipelines") == [0, 0]


def test_without_time_to_catch_up_a_run_says_how_far_behind_it_is_and_the_next_goes_on(
    stage: Stage,
) -> None:
    count(stage)
    add(stage, created_at=START + timedelta(hours=23))
    stage.wait(hours=24)
    # Enough for the first steps only: what is left must always suffice for a commit.
    with pytest.raises(LedgerError, match="left to"):
        stage.run(count_pipelines, PIPELINE_SETTINGS, seconds=5)
    assert stage.emitted.total("PipelineExecutions", DIGEST) == 0
    count(stage)
    assert stage.emitted.total("PipelineExecutions", DIGEST) == 1


def test_rows_too_old_for_cloudwatch_are_given_up_and_newer_ones_counted(stage: Stage) -> None:
    count(stage)
    add(stage, created_at=START + timedelta(hours=1))
    add(stage, created_at=START + timedelta(days=19))
    stage.wait(days=20)
    count(stage)
    assert stage.emitted.total("PipelineExecutions", DIGEST) == 1


def test_a_run_beside_another_does_nothing_and_says_so(stage: Stage) -> None:
    add(stage)
    beside: list[Mapping[str, object]] = []

    def start_another(step: str) -> None:
        if step == "before pipeline_executions.sql":
            stage.at_step = None
            beside.append(count(stage))

    stage.at_step = start_another
    count(stage)
    assert beside == [{"skipped": "busy"}]
    assert stage.emitted.total("PipelineExecutions", DIGEST) == 1


def test_minutes_since_the_last_run_are_told_of_scheduled_pipelines_that_ever_ran(
    stage: Stage,
) -> None:
    add(stage, created_at=ago(42))
    add(stage, created_at=ago(3), pipeline_type="crisis_alert")
    count(stage)
    assert stage.emitted.labels("MinutesSinceLastExecution") == {DIGEST}
    assert stage.emitted.values("MinutesSinceLastExecution", DIGEST) == [42.0]


def test_no_count_is_lost_when_the_last_question_fails(stage: Stage) -> None:
    def fail(step: str) -> None:
        if step == "before last_executions.sql":
            raise CollectionError("the database has gone", retryable=True)

    add(stage)
    stage.at_step = fail
    with pytest.raises(CollectionError, match="has gone"):
        count(stage)
    stage.at_step = None
    stage.wait(minutes=5)
    count(stage)
    assert stage.emitted.total("PipelineExecutions", DIGEST) == 1
