"""What a scenario says of rows, functions, parameters and rules is what the functions find."""

from typing import Any

import pytest

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.runner.result import Rehearsal
from tests.rehearsals.conftest import Play, make_scenario

CURATOR = "storytailor-intelligence-curator-production"
SWITCH = "/storytailor-production/pipelines/crisis-alert/enabled"
START = make_scenario().start
RUN: dict[str, Any] = {
    "pipeline_type": "crisis_alert",
    "pipeline_name": "crisis-alert",
    "status": "completed",
    "started_at": "{at}",
    "completed_at": "{at + 2s}",
}


def fired(rehearsal: Rehearsal) -> set[str]:
    """Name the alarms that fired."""
    return {each.alarm for each in rehearsal.transitions if each.new == "ALARM"}


def minutes(rehearsal: Rehearsal, namespace: str, name: str, **labels: str) -> dict[int, float]:
    """Give the sums of a metric, except zeros, by minutes after the start."""
    metric = MetricIdentity.of(namespace, name, {"Environment": "production", **labels})
    sums: dict[int, float] = {}
    for line in rehearsal.recorded.store.logs(metric).values():
        for at, value in zip(line.at, line.values, strict=True):
            minute = (int(at) - rehearsal.scenario.start) // 60
            sums[minute] = sums.get(minute, 0.0) + float(value)
    return {minute: value for minute, value in sorted(sums.items()) if value}


def checked(rehearsal: Rehearsal, check: str) -> set[int]:
    """Give the minutes at which a check failed."""
    metric = MetricIdentity.of(
        "Storytailor/Health", "CheckPassed", {"Environment": "production", "Check": check}
    )
    return {
        (int(at) - START) // 60
        for log in rehearsal.recorded.store.logs(metric).values()
        for at, value in zip(log.at, log.values, strict=True)
        if not value
    }


def test_rows_are_counted_in_the_minute_they_came(play: Play) -> None:
    rehearsal = play(insert=[{"table": "pipeline_executions", "rows": "2 0 3", "values": RUN}])
    counted = minutes(
        rehearsal, "Storytailor/Pipelines", "PipelineExecutions", PipelineType="crisis_alert"
    )
    assert counted == {0: 2, 2: 3}


def test_rows_that_are_seen_late_are_counted_in_their_own_minute(play: Play) -> None:
    late = {"table": "pipeline_executions", "rows": "2", "values": RUN, "lag": "12m"}
    rehearsal = play(insert=[late])
    assert minutes(rehearsal, "Storytailor/Pipelines", "PipelineExecutions") == {0: 2}
    [arrival] = {
        line.arrives
        for line in rehearsal.recorded.lines
        if '"PipelineExecutions":[2.0]' in line.text
    }
    assert arrival > START + 15 * 60


def test_the_oldest_rows_that_fit_change_first(play: Play) -> None:
    rehearsal = play(
        insert=[
            {
                "table": "email_delivery_log",
                "rows": "3",
                "values": {"email_type": ["daily_digest", "org_health"], "status": "delivered"},
            }
        ],
        update=[
            {
                "table": "email_delivery_log",
                "at": "11m",
                "rows": "1",
                "where": {"status": ["delivered", "opened"]},
                "set": {"status": "unsubscribed", "updated_at": "{at}"},
                "younger_than": "1h",
                "older_than": "5m",
            }
        ],
    )
    left = minutes(rehearsal, "Storytailor/Email", "Unsubscribes", EmailType="daily_digest")
    assert left == {11: 1}
    assert not minutes(rehearsal, "Storytailor/Email", "Unsubscribes", EmailType="org_health")


def test_rows_that_are_truncated_after_they_were_counted_are_taken_back(play: Play) -> None:
    rehearsal = play(
        insert=[{"table": "pipeline_executions", "rows": "2", "values": RUN}],
        truncate=[{"table": "pipeline_executions", "at": "12m"}],
    )
    assert not minutes(rehearsal, "Storytailor/Pipelines", "PipelineExecutions")


# What the scenario says, the check that fails, its minutes.
SICK: list[tuple[dict[str, Any], str, set[int]]] = [
    (
        {"endpoint": [{"function": CURATOR, "answers": "error", "from": "4m", "to": "11m"}]},
        "curator",
        {5, 10},
    ),
    ({"endpoint": [{"function": CURATOR, "answers": "throttled", "to": "4m"}]}, "curator", {0}),
    ({"endpoint": [{"function": CURATOR, "answers": "missing", "to": "4m"}]}, "curator", {0}),
    ({"endpoint": [{"function": CURATOR, "answers": "unreachable", "to": "4m"}]}, "curator", {0}),
    (
        {"endpoint": [{"function": CURATOR, "answers": "slow", "seconds": 9, "to": "4m"}]},
        "curator",
        {0},
    ),
    (
        {"endpoint": [{"function": CURATOR, "answers": "slow", "seconds": 7, "to": "4m"}]},
        "curator",
        set(),
    ),
    (
        {"endpoint": [{"function": CURATOR, "answers": "wrong", "says": "{}", "to": "4m"}]},
        "curator",
        {0},
    ),
    (
        {"endpoint": [{"function": CURATOR, "answers": "error", "payload": "crisis", "to": "4m"}]},
        "crisis-pipeline",
        {0},
    ),
    (
        {"endpoint": [{"function": CURATOR, "answers": "error", "payload": "crisis"}]},
        "curator",
        set(),
    ),
    (
        {"parameter": [{"name": SWITCH, "value": "false", "from": "3m", "to": "8m"}]},
        "crisis-kill-switch",
        {5},
    ),
    ({"parameter": [{"name": SWITCH, "missing": True, "to": "4m"}]}, "crisis-kill-switch", {0}),
    (
        {
            "rule": [
                {"name": "storytailor-daily-digest-production", "state": "DISABLED", "to": "4m"}
            ]
        },
        "eventbridge-rules",
        {0},
    ),
    (
        {"rule": [{"name": "storytailor-daily-digest-production", "state": "MISSING", "to": "4m"}]},
        "eventbridge-rules",
        {0},
    ),
    ({"database": [{"is": "down", "from": "4m", "to": "11m"}]}, "database", {5, 10}),
    ({"database": [{"is": "slow", "seconds": 6, "to": "4m"}]}, "database", {0}),
    ({"database": [{"is": "slow", "seconds": 0.5, "to": "4m"}]}, "database", set()),
]


@pytest.mark.parametrize(("parts", "check", "failed"), SICK)
def test_a_check_fails_while_its_target_is_sick(
    play: Play, parts: dict[str, Any], check: str, failed: set[int]
) -> None:
    assert checked(play(lasts="16m", warm_up="5m", **parts), check) == failed


def test_what_starts_hourly_or_daily_was_not_silent_before_the_rehearsal(play: Play) -> None:
    assert fired(play(lasts="16m", warm_up="5m")) == set()


def test_a_kill_switch_that_no_check_looks_at_can_be_flipped_too(play: Play) -> None:
    switch = "/storytailor-production/pipelines/story-failure/enabled"
    rehearsal = play(
        lasts="31m", parameter=[{"name": switch, "value": "false", "from": "3m", "to": "20m"}]
    )
    active = minutes(
        rehearsal, "Storytailor/Pipelines", "KillSwitchActive", Pipeline="story-failure"
    )
    assert active == {15: 1}


def test_a_login_that_is_refused_breaks_the_checker_and_says_nothing_of_the_target(
    play: Play,
) -> None:
    rehearsal = play(lasts="21m", database=[{"is": "refusing-logins", "to": "11m"}])
    assert checked(rehearsal, "database") == set()
    assert "watchkeeper-health-check-failing" in fired(rehearsal)


def test_a_slow_function_shows_in_the_latency_of_its_check_and_in_its_duration(
    play: Play,
) -> None:
    slow = {"function": CURATOR, "answers": "slow", "seconds": 7, "to": "4m"}
    rehearsal = play(lasts="16m", endpoint=[slow])
    latency = minutes(rehearsal, "Storytailor/Health", "CheckLatency", Check="curator")
    assert 7000 < latency[0] < 7100
    assert latency[5] < 1000
    metric = MetricIdentity.of("AWS/Lambda", "Duration", {"FunctionName": CURATOR})
    [log] = rehearsal.recorded.store.logs(metric).values()
    assert max(log.values) == 7000


def test_a_metric_of_aws_is_seen_late_by_its_delay(play: Play) -> None:
    errors = {
        "namespace": "AWS/Lambda",
        "metric": "Errors",
        "dimensions": {"FunctionName": CURATOR},
        "values": "11x10",
        "unit": "Count",
    }
    soon, late = (play(aws=[{**errors, "delay": delay}]) for delay in ("60s", "10m"))
    moments = [
        next(each.time for each in one.transitions if each.alarm.endswith("-errors-hourly"))
        for one in (soon, late)
    ]
    assert moments[1] - moments[0] == 540


def test_other_alarms_can_live_through_what_was_recorded(play: Play, assembly: Any) -> None:
    rehearsal = play(endpoint=[{"function": CURATOR, "answers": "error"}])
    assert "storytailor-health-check" in fired(rehearsal)
    others = [each for each in assembly.deployment.alarms if "health-check" not in each.name]
    outcome = rehearsal.recorded.evaluate(assembly.deployment, others)
    assert not [each for each in outcome.transitions if "health-check" in each.alarm]
