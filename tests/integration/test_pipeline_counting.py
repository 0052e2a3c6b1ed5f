"""What pipeline_metrics counts, row by row, over a real database and from its real EMF lines."""

from datetime import timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.integration.counting_stage import (
    PIPELINE_SETTINGS,
    START,
    Stage,
    begin,
    insert,
)
from watchkeeper.collection.pipelines import count_pipelines

# A run of seven minutes ago: its row came at 19:53:10, it ended at 19:55:30.
CREATED = START - timedelta(minutes=6, seconds=50)
STARTED = CREATED + timedelta(seconds=2)
ENDED = START - timedelta(minutes=4, seconds=30)
RUNNING = {
    "pipeline_type": "daily_digest",
    "pipeline_name": "Daily digest",
    "status": "running",
    "created_at": CREATED,
}
STARTED_ROW = {**RUNNING, "started_at": STARTED}
ENDED_ROW = {**STARTED_ROW, "status": "completed", "completed_at": ENDED}
VETOED_ROW = {**ENDED_ROW, "vetoed": True, "veto_reason": "LOW_CONFIDENCE"}

DIGEST, CRISIS, OTHER = ("PipelineType=" + one for one in ("daily_digest", "crisis_alert", "other"))
RUN = "Function=count_pipelines"


def executed(label: str) -> dict[str, float]:
    return {f"PipelineExecutions{{{label}}} 19:53": 1, "PipelineExecutions{} 19:53": 1}


def ended(label: str = DIGEST) -> dict[str, float]:
    """An end after 138 s, in steps of a hundredth: 138 000 ms."""
    return {**executed(label), f"PipelineDuration{{{label}}} 19:55": 138_000}


def vetoed(label: str, reason: str, minute: str = "19:55") -> dict[str, float]:
    return {
        f"PipelineVetoes{{{label}}} {minute}": 1,
        f"PipelineVetoes{{{label},VetoReason={reason}}} {minute}": 1,
        f"PipelineVetoes{{}} {minute}": 1,
    }


FOLDED = {f"RowsFolded{{{RUN}}} 19:53": 1.0}
UNREADABLE = {f"RowsUnreadable{{{RUN}}} 19:53": 1.0}
FAILED = {f"PipelineFailures{{{DIGEST}}} 19:55": 1.0}
SLA = {f"SLAViolations{{{CRISIS}}} 19:55": 1.0}

ROWS: list[tuple[str, dict[str, Any], dict[str, float]]] = [
    ("a run that has not started", RUNNING, executed(DIGEST)),
    ("a run that runs", STARTED_ROW, executed(DIGEST)),
    ("a run that ended", ENDED_ROW, ended()),
    ("a run that was vetoed", VETOED_ROW, ended() | vetoed(DIGEST, "LOW_CONFIDENCE")),
    (
        "a crisis alert that came too late",
        {**VETOED_ROW, "pipeline_type": "crisis_alert", "veto_reason": "SLA_MISSED"},
        ended(CRISIS) | vetoed(CRISIS, "SLA_MISSED") | SLA,
    ),
    (
        "a reason that is not listed",
        {**VETOED_ROW, "veto_reason": "MERCURY_RETROGRADE"},
        ended() | vetoed(DIGEST, "other") | FOLDED,
    ),
    (
        "no reason",
        {**VETOED_ROW, "veto_reason": None},
        ended() | vetoed(DIGEST, "other") | FOLDED,
    ),
    ("not known whether vetoed", {**VETOED_ROW, "vetoed": None}, ended()),
    ("a reason, but no veto", {**VETOED_ROW, "vetoed": False}, ended()),
    (
        "vetoed before it ended",
        {**VETOED_ROW, "completed_at": None},
        executed(DIGEST) | vetoed(DIGEST, "LOW_CONFIDENCE", "19:53"),
    ),
    ("a run that failed", {**ENDED_ROW, "status": "failed"}, ended() | FAILED),
    ("failed in capitals", {**ENDED_ROW, "status": "FAILED"}, ended() | FAILED),
    ("a status that only sounds like it", {**ENDED_ROW, "status": "failed_over"}, ended()),
    ("a status nobody knows", {**ENDED_ROW, "status": "paused"}, ended()),
    ("no status", {**ENDED_ROW, "status": None}, ended()),
    (
        "a type that is not listed",
        {**ENDED_ROW, "pipeline_type": "horoscope"},
        ended(OTHER) | FOLDED,
    ),
    ("no type", {**ENDED_ROW, "pipeline_type": None}, ended(OTHER) | FOLDED),
    ("an empty type", {**ENDED_ROW, "pipeline_type": ""}, ended(OTHER) | FOLDED),
    (
        "type and reason not listed: one row, folded once",
        {**VETOED_ROW, "pipeline_type": "horoscope", "veto_reason": "SATURN"},
        ended(OTHER) | vetoed(OTHER, "other") | FOLDED,
    ),
    (
        "a time-critical type that the environment forgot",
        {**ENDED_ROW, "pipeline_type": "asset_timeout"},
        ended("PipelineType=asset_timeout"),
    ),
    (
        "ended before it began",
        {**ENDED_ROW, "started_at": ENDED + timedelta(seconds=1)},
        executed(DIGEST) | UNREADABLE,
    ),
    (
        "ended before its row was there",
        {**ENDED_ROW, "status": "failed", "completed_at": CREATED - timedelta(minutes=3)},
        executed(DIGEST) | UNREADABLE | {f"PipelineFailures{{{DIGEST}}} 19:53": 1},
    ),
    (
        "ended more than two hours after its row was there",
        {**ENDED_ROW, "status": "failed", "completed_at": CREATED + timedelta(hours=2, seconds=1)},
        executed(DIGEST)
        | {f"PipelineDuration{{{DIGEST}}} 19:53": 7_200_000}
        | {f"PipelineFailures{{{DIGEST}}} 19:53": 1},
    ),
    ("ended, and nobody wrote when it began", {**ENDED_ROW, "started_at": None}, executed(DIGEST)),
    ("an endless run", {**ENDED_ROW, "completed_at": "infinity"}, executed(DIGEST)),
    (
        "a run from the beginning of time",
        {**ENDED_ROW, "started_at": "-infinity"},
        executed(DIGEST),
    ),
    ("a row without a time is in no minute", {**ENDED_ROW, "created_at": None}, {}),
    (
        "a row at the last moment of what is counted",
        {**RUNNING, "created_at": START - timedelta(microseconds=1)},
        {f"PipelineExecutions{{{DIGEST}}} 19:59": 1, "PipelineExecutions{} 19:59": 1},
    ),
    ("a row of the minute that is not over", {**RUNNING, "created_at": START}, {}),
    (
        "a row from the future",
        {**RUNNING, "created_at": START + timedelta(days=3)},
        {},
    ),
]


@pytest.fixture(scope="module")
def lasting_stage(lasting_stage: Stage) -> Stage:
    """A stage whose table takes a NULL anywhere."""
    lasting_stage.allow_null("pipeline_executions", "pipeline_type", "status", "created_at")
    return lasting_stage


@pytest.mark.parametrize(
    ("row", "expected"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS]
)
def test_one_row_is_counted_just_so(
    stage: Stage, row: dict[str, Any], expected: dict[str, float]
) -> None:
    insert(stage, "pipeline_executions", **row)
    stage.run(count_pipelines, PIPELINE_SETTINGS)
    assert stage.emitted.everything() == expected


EVENTS: list[tuple[str, object, float | None]] = [
    # trigger_data, and the delay in seconds; None when it cannot be read, 0 when there is none
    ("as JavaScript writes it", {"event_timestamp": "2026-01-31T19:50:12.000Z"}, 180),
    ("without fractions", {"event_timestamp": "2026-01-31T19:50:12Z"}, 180),
    ("as Python writes it", {"event_timestamp": "2026-01-31T19:50:12.123456+00:00"}, 180),
    ("in another time zone", {"event_timestamp": "2026-01-31T20:50:12+01:00"}, 180),
    ("without one: UTC", {"event_timestamp": "2026-01-31T19:50:12"}, 180),
    ("with a space", {"event_timestamp": "2026-01-31 19:50:12+00"}, 180),
    ("no time in it", {"user": "u1"}, 0),
    ("null in it", {"event_timestamp": None}, 0),
    ("no data at all", None, 0),
    ("a list", ["2026-01-31T19:50:12Z"], 0),
    ("words", {"event_timestamp": "the day before yesterday"}, None),
    ("nothing", {"event_timestamp": ""}, None),
    ("a day that does not exist", {"event_timestamp": "2026-02-31T19:50:12Z"}, None),
    ("a mere date", {"event_timestamp": "2026-01-31"}, None),
    ("a mere time", {"event_timestamp": "19:50:12"}, None),
    ("seconds since 1970", {"event_timestamp": 1_769_889_012}, None),
    ("infinity", {"event_timestamp": "infinity"}, None),
    ("an object", {"event_timestamp": {"at": "2026-01-31T19:50:12Z"}}, None),
    ("after the start", {"event_timestamp": "2026-01-31T19:53:13Z"}, None),
]


@pytest.mark.parametrize(
    ("data", "delay"), [case[1:] for case in EVENTS], ids=[case[0] for case in EVENTS]
)
def test_the_time_of_an_event_is_read_or_left_out(
    stage: Stage, data: object, delay: float | None
) -> None:
    trigger = None if data is None else Jsonb(data)
    insert(stage, "pipeline_executions", **STARTED_ROW, trigger_data=trigger)
    stage.run(count_pipelines, PIPELINE_SETTINGS)
    emitted = stage.emitted
    assert emitted.of("EventToProcessingDelay", DIGEST) == ({"19:53": delay} if delay else {})
    assert emitted.of("RowsUnreadable", RUN) == ({"19:53": 1} if delay is None else {})


def test_an_event_is_not_judged_before_its_run_has_started(stage: Stage) -> None:
    data = Jsonb({"event_timestamp": "soon"})
    insert(stage, "pipeline_executions", **RUNNING, trigger_data=data)
    stage.run(count_pipelines, PIPELINE_SETTINGS)
    assert stage.emitted.everything() == executed(DIGEST)


def test_samples_are_rounded_by_at_most_one_percent(stage: Stage) -> None:
    durations = [0, 0.004, 0.5, 1, 2.49, 9.99, 12.345, 99.9, 100, 101, 249.9, 250, 499, 500, 995]
    durations += [999.99, 1000, 1234, 2499, 4999, 31_415, 99_999, 123_456, 5_432_100]
    for milliseconds in durations:
        start = ENDED - timedelta(milliseconds=milliseconds)
        insert(stage, "pipeline_executions", **{**ENDED_ROW, "started_at": start})
    stage.run(count_pipelines, PIPELINE_SETTINGS)
    found = stage.emitted.values("PipelineDuration", DIGEST)
    assert found == [pytest.approx(one, rel=0.01001, abs=0.0101) for one in durations]


def test_an_empty_table_gives_zeros_and_nothing_else(stage: Stage) -> None:
    stage.run(count_pipelines, PIPELINE_SETTINGS)
    emitted = stage.emitted
    types = {"daily_digest", "crisis_alert", "early_intervention", "story_failure", "asset_timeout"}
    by_type = {f"PipelineType={one}" for one in types}
    critical = {f"PipelineType={one},VetoReason=SLA_MISSED" for one in types - {"daily_digest"}}
    assert not any(emitted.sums.values())
    of_the_run = {"LedgerRecovered", "MinutesBehind", "MinutesOverdue"}
    last_counted = START - timedelta(minutes=1)
    for place in emitted.sums:
        assert place.minute == (START if place.metric in of_the_run else last_counted)
    assert emitted.labels("PipelineExecutions") == by_type | {""}
    assert emitted.labels("PipelineVetoes") == by_type | critical | {""}
    assert emitted.labels("SLAViolations") == by_type
    assert emitted.labels("PipelineFailures") == by_type
    for own in ("RowsFolded", "RowsUnreadable", "LedgerRecovered", "MinutesBehind"):
        assert emitted.labels(own) == {RUN}
    for absent in ("PipelineDuration", "EventToProcessingDelay", "MinutesSinceLastExecution"):
        assert not emitted.labels(absent)


def test_silence_is_told_of_scheduled_pipelines_that_have_run_once(stage: Stage) -> None:
    """weekly_insights is scheduled and never ran; crisis_alert ran and is not scheduled."""
    for kind, minutes in (("daily_digest", 3000), ("daily_digest", 90), ("crisis_alert", 5)):
        begin(stage, START - timedelta(minutes=minutes), kind)
    stage.run(count_pipelines, PIPELINE_SETTINGS)
    assert stage.emitted.labels("MinutesSinceLastExecution") == {DIGEST}
    assert stage.emitted.of("MinutesSinceLastExecution", DIGEST) == {"20:00": 90}


def test_labels_that_do_not_fit_are_logged_a_few_and_short(stage: Stage) -> None:
    for number in range(9):
        kind = f"kind {number}\n" + "x" * 500
        begin(stage, CREATED - timedelta(minutes=number), kind)
    stage.run(count_pipelines, PIPELINE_SETTINGS)
    (line,) = [line for line in stage.log.getvalue().splitlines() if "rows do not fit" in line]
    assert '"kinds":9' in line
    assert "kind 4" in line
    assert "kind 5" not in line
    assert len(line) < 1000
    stage.wait(minutes=5)
    stage.run(count_pipelines, PIPELINE_SETTINGS)
    assert stage.log.getvalue().count("rows do not fit") == 1
