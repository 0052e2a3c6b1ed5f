"""What befalls the suite's own functions reaches the alarms as it would in AWS."""

from datetime import UTC, datetime

import pytest

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.runner.result import Rehearsal
from tests.rehearsals.conftest import Play

FUNCTION = "watchkeeper-pipeline-metrics"


def fired(rehearsal: Rehearsal) -> set[str]:
    """Name the alarms that fired."""
    return {each.alarm for each in rehearsal.transitions if each.new == "ALARM"}


def total(rehearsal: Rehearsal, namespace: str, name: str, **dimensions: str) -> float:
    """Add up all values of a metric."""
    metric = MetricIdentity.of(namespace, name, dimensions)
    logs = rehearsal.recorded.store.logs(metric).values()
    return float(sum(sum(log.values) for log in logs))


def starts(rehearsal: Rehearsal, function: str = FUNCTION) -> list[str]:
    """List when a function was started, by the clock."""
    runs = (run for run in rehearsal.recorded.runs if run.function == function)
    return [f"{datetime.fromtimestamp(run.at, UTC):%H:%M}" for run in runs]


def test_nothing_fires_and_nothing_fails_when_nothing_is_wrong(play: Play) -> None:
    rehearsal = play()
    assert not rehearsal.transitions
    assert not rehearsal.failures
    assert not [run.error for run in rehearsal.recorded.runs if run.error]
    assert starts(rehearsal)[:2] == ["13:30", "13:35"]
    assert total(rehearsal, "AWS/Lambda", "Invocations", FunctionName=FUNCTION) == 14
    assert total(rehearsal, "AWS/Lambda", "Errors", FunctionName=FUNCTION) == 0


def test_a_stopped_function_is_not_started_and_is_missed(play: Play) -> None:
    rehearsal = play(suite=[{"function": "pipeline_metrics", "is": "stopped"}])
    assert starts(rehearsal)[-1] == "13:55"
    assert fired(rehearsal) == {"watchkeeper-pipeline-metrics-silent"}


def test_a_crashing_function_emits_nothing_and_counts_as_an_error(play: Play) -> None:
    rehearsal = play(suite=[{"function": FUNCTION, "is": "crashing", "to": "15m"}])
    assert total(rehearsal, "AWS/Lambda", "Errors", FunctionName=FUNCTION) == 3
    assert fired(rehearsal) == {
        "watchkeeper-pipeline-metrics-failing",
        "watchkeeper-pipeline-metrics-silent",
        "watchkeeper-dead-letters",
    }


def test_a_killed_function_leaves_its_lease_and_the_next_run_says_so(play: Play) -> None:
    rehearsal = play(suite=[{"function": "pipeline_metrics", "is": "killed", "to": "5m"}])
    assert total(rehearsal, "AWS/Lambda", "Errors", FunctionName=FUNCTION) == 1
    labels = {"Environment": "production", "Function": "pipeline_metrics"}
    assert total(rehearsal, "Watchkeeper/Runs", "LedgerRecovered", **labels) == 1
    assert "watchkeeper-ledger-recovered" in fired(rehearsal)


def test_what_a_killed_function_would_have_said_last_is_lost(play: Play) -> None:
    rehearsal = play(suite=[{"function": "pipeline_metrics", "is": "killed", "to": "5m"}])
    [killed] = [run for run in rehearsal.recorded.runs if run.error]
    assert not [line for line in killed.lines if "RunSucceeded" in line]


def test_a_throttled_function_is_tried_again_until_its_event_is_too_old(play: Play) -> None:
    rehearsal = play(suite=[{"function": FUNCTION, "is": "throttled", "to": "5m"}])
    assert total(rehearsal, "AWS/Lambda", "Throttles", FunctionName=FUNCTION) == 5
    assert fired(rehearsal) == {
        "watchkeeper-throttled-1",
        "watchkeeper-throttled",
        "watchkeeper-dead-letters",
    }


def test_a_start_that_the_schedule_may_not_make_is_tried_again_and_dropped(play: Play) -> None:
    rehearsal = play(suite=[{"function": FUNCTION, "is": "unstartable", "to": "15m"}])
    group = {"ScheduleGroup": "watchkeeper"}
    assert total(rehearsal, "AWS/Scheduler", "TargetErrorCount", **group) == 9
    assert total(rehearsal, "AWS/Scheduler", "InvocationDroppedCount", **group) == 3
    assert fired(rehearsal) >= {"watchkeeper-schedule-failures", "watchkeeper-dead-letters"}


def test_late_logs_arrive_late_and_keep_the_time_they_speak_of(play: Play) -> None:
    rehearsal = play(suite=[{"function": FUNCTION, "is": "late-logs", "delay": "20m"}])
    group = f"/aws/lambda/{FUNCTION}"
    lines = [each for each in rehearsal.recorded.lines if each.log_group == group]
    late = [each for each in lines if each.arrives - each.at > 1000]
    assert {each.arrives - each.at for each in lines if each not in late} == {15}
    assert min(each.at for each in late) >= rehearsal.scenario.start
    assert fired(rehearsal) == {"watchkeeper-pipeline-metrics-silent"}


def test_a_redeployed_function_goes_on_in_a_new_process(play: Play) -> None:
    rehearsal = play(suite=[{"function": FUNCTION, "is": "redeployed", "from": "11m"}])
    assert not fired(rehearsal)
    assert len(starts(rehearsal)) == 14


def test_a_queue_is_full_until_somebody_empties_it(play: Play) -> None:
    rehearsal = play(
        suite=[{"function": FUNCTION, "is": "crashing", "to": "4m"}],
        queue=[{"name": "watchkeeper-dead-letters", "emptied": "20m"}],
    )
    changes = [each.new for each in rehearsal.transitions if "dead-letters" in each.alarm]
    assert changes == ["ALARM", "OK"]


@pytest.mark.timeout(120)
def test_the_backup_runs_at_the_start_of_the_month_against_the_same_world(play: Play) -> None:
    rehearsal = play(starts="2026-04-01T04:50:00Z", warm_up="5m", lasts="20m")
    [run] = [each for each in rehearsal.recorded.runs if each.function == "watchkeeper-ssm-backup"]
    assert not run.error
    # A kill switch for each of the twelve pipelines.
    assert '"parameters":12,' in "".join(run.lines).replace(" ", "")
    assert not fired(rehearsal)
