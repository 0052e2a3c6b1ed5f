"""A verdict names every expectation that was not met, and nothing else."""

from typing import Any

import pytest

from rehearsal.engine.alarm import State
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.template.reader import read_templates
from rehearsal.runner.evaluation import rehearse_metrics
from rehearsal.runner.result import Page
from rehearsal.runner.verdict import judge
from tests.rehearsals.conftest import make_scenario

ALARM = "storytailor-curator-errors"
OTHER = "storytailor-curator-errors-hourly"
START = make_scenario().start
EXPECTED: dict[str, Any] = {"alarm": ALARM, "fires": ["5m", "10m"]}
QUIET: dict[str, Any] = {"alarm": OTHER, "because": "it is close"}


def change(minute: int, new: State, alarm: str = ALARM, *, old: State = State.OK) -> Transition:
    """Make a change of state so many minutes after the start."""
    at = START + 60 * minute
    return Transition(time=at, alarm=alarm, arn=alarm, old=old, new=new, reason="")


def page(minute: int = 6, topic: str = "storytailor-critical-alerts", **parts: Any) -> Page:
    """Make a page about the alarm."""
    known = {"subject": "ALARM", "message": '{"AlarmName": "x"}', "subscribers": ("https:x",)}
    return Page(at=START + 60 * minute, topic=topic, alarm=ALARM, **{**known, **parts})


FIRES = [change(6, State.ALARM)]
RECOVERS = [*FIRES, change(20, State.OK)]
GOES_BLIND = [*FIRES, change(20, State.INSUFFICIENT_DATA, old=State.ALARM)]
SEES_AGAIN = [*GOES_BLIND, change(30, State.OK, old=State.INSUFFICIENT_DATA)]

# What is expected besides firing, what happened, and what was expected and got in each failure.
CASES: list[tuple[dict[str, Any], list[Transition], list[Page], list[tuple[str, str]]]] = [
    ({}, FIRES, [], []),
    ({}, [], [], [("fires between 5m and 10m", "it stayed quiet")]),
    ({}, [change(4, State.ALARM)], [], [("fires between 5m and 10m", "it fired at 4m")]),
    ({}, [change(11, State.ALARM)], [], [("fires between 5m and 10m", "it fired at 11m")]),
    ({}, [*RECOVERS, change(25, State.ALARM)], [], [("does not fire again", "it fired at 25m")]),
    ({"recovers": ["15m", "20m"]}, RECOVERS, [], []),
    ({}, GOES_BLIND, [], []),
    (
        {"recovers": ["15m", "20m"]},
        GOES_BLIND,
        [],
        [("recovers between 15m and 20m", "it did not recover")],
    ),
    ({"recovers": ["30m", "35m"]}, SEES_AGAIN, [], []),
    (
        {"recovers": ["15m", "35m"]},
        [*GOES_BLIND, change(25, State.ALARM, old=State.INSUFFICIENT_DATA)],
        [],
        [
            ("recovers between 15m and 35m", "it did not recover"),
            ("does not fire again", "it fired at 25m"),
        ],
    ),
    (
        {},
        [*RECOVERS, change(25, State.INSUFFICIENT_DATA)],
        [],
        [("fires and recovers only", "it went to INSUFFICIENT_DATA at 25m")],
    ),
    (
        {},
        [*FIRES, change(7, State.INSUFFICIENT_DATA, OTHER)],
        [],
        [
            (
                "stays quiet, as every alarm that is not named",
                "it went to INSUFFICIENT_DATA at 7m",
            )
        ],
    ),
    ({}, [*FIRES, change(7, State.OK, OTHER, old=State.INSUFFICIENT_DATA)], [], []),
    (
        {"recovers": ["15m", "19m"]},
        RECOVERS,
        [],
        [("recovers between 15m and 19m", "it recovered at 20m")],
    ),
    (
        {"recovers": ["15m", "19m"]},
        FIRES,
        [],
        [("recovers between 15m and 19m", "it did not recover")],
    ),
    ({"reaches": ["P1"]}, FIRES, [page()], []),
    ({"reaches": ["storytailor-critical-alerts"]}, FIRES, [page()], []),
    (
        {"reaches": ["P2"]},
        FIRES,
        [page()],
        [("the page reaches P2", "it reached storytailor-critical-alerts")],
    ),
    ({"reaches": ["P1"]}, FIRES, [], [("the page reaches P1", "it reached no topic")]),
    ({"reaches": ["P1"]}, FIRES, [page(7)], [("the page reaches P1", "it reached no topic")]),
    (
        {"reaches": ["P1"]},
        FIRES,
        [page(subscribers=())],
        [("somebody subscribes to P1", "nobody does")],
    ),
    ({"page_says": ["AlarmName"]}, FIRES, [page()], []),
    ({"page_says": ["Kill"]}, FIRES, [], [("the page says 'Kill'", "there was no page")]),
    (
        {"along_with": [OTHER]},
        FIRES,
        [],
        [("fires between 5m and 10m", "it stayed quiet")],
    ),
    ({"along_with": [OTHER]}, [*FIRES, change(7, State.ALARM, OTHER)], [], []),
    (
        {},
        [*FIRES, change(7, State.ALARM, OTHER)],
        [],
        [("stays quiet, as every alarm that is not named", "it fired at 7m")],
    ),
]


@pytest.mark.parametrize(("more", "changes", "pages", "failures"), CASES)
def test_what_differs_is_told(
    more: dict[str, Any],
    changes: list[Transition],
    pages: list[Page],
    failures: list[tuple[str, str]],
) -> None:
    scenario = make_scenario(expect=[{**EXPECTED, **more}], quiet=[])
    found = list(judge(scenario, changes, pages))
    assert [(each.expected, each.got) for each in found] == failures


def test_a_near_miss_that_fires_is_told_with_why_it_should_not() -> None:
    scenario = make_scenario(quiet=[QUIET])
    [failure] = judge(scenario, [change(7, State.ALARM, OTHER)], [])
    assert failure.expected == "stays quiet: it is close"
    assert failure.at == START + 420


def test_an_alarm_may_be_expected_to_fire_twice() -> None:
    again = {"alarm": ALARM, "fires": ["20m", "30m"]}
    scenario = make_scenario(expect=[EXPECTED, again], quiet=[])
    changes = [*FIRES, change(15, State.OK), change(25, State.ALARM)]
    assert not list(judge(scenario, changes, []))
    [failure] = judge(scenario, FIRES, [])
    assert failure.expected == "fires between 20m and 30m"


def test_a_strangers_alarms_are_rehearsed_on_metrics_of_aws_alone() -> None:
    template = {
        "Resources": {
            "Errors": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "AlarmName": ALARM,
                    "Namespace": "AWS/Lambda",
                    "MetricName": "Errors",
                    "Statistic": "Sum",
                    "Period": 60,
                    "EvaluationPeriods": 1,
                    "Threshold": 5,
                    "ComparisonOperator": "GreaterThanThreshold",
                    "TreatMissingData": "notBreaching",
                },
            }
        }
    }
    deployment = read_templates({"Theirs": template}, account="111111111111", region="eu-west-1")
    emitted = {"namespace": "AWS/Lambda", "metric": "Errors", "values": "0x5 6 0x5"}
    fires = {**EXPECTED, "fires": ["6m", "9m"], "recovers": ["7m", "10m"]}
    rehearsal = rehearse_metrics(make_scenario(aws=[emitted], expect=[fires], quiet=[]), deployment)
    assert rehearsal.has_passed
    assert [each.new for each in rehearsal.transitions] == ["ALARM", "OK"]


@pytest.mark.parametrize(
    ("treatment", "series", "changes"),
    [
        ("notBreaching", {"at": "5m", "values": "0x40"}, []),
        ("notBreaching", {"values": "0x3 _x20"}, []),
        # Nothing is known before the first value, which is no loss.
        ("missing", {"at": "5m", "values": "0x40"}, ["OK"]),
        ("missing", {"at": "5m", "values": "0x3 _x20"}, ["OK", "INSUFFICIENT_DATA"]),
        # What a metric begins with it had before the start, too.
        ("missing", {"values": "0x40"}, []),
        ("missing", {"values": "0x3 _x20"}, ["INSUFFICIENT_DATA"]),
    ],
)
def test_only_an_alarm_that_had_data_and_treats_missing_as_missing_can_lose_sight(
    treatment: str, series: dict[str, str], changes: list[str]
) -> None:
    properties = {
        "AlarmName": ALARM,
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": treatment,
    }
    template = {"Resources": {"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}}
    deployment = read_templates({"Theirs": template}, account="111111111111", region="eu-west-1")
    emitted = {"namespace": "AWS/Lambda", "metric": "Errors", **series}
    rehearsal = rehearse_metrics(make_scenario(aws=[emitted]), deployment)
    assert [each.new for each in rehearsal.transitions] == changes
    assert rehearsal.has_passed is ("INSUFFICIENT_DATA" not in changes)
