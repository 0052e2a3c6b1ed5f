"""Composite alarms: their suppressors, and which of them can be evaluated."""

import pytest

from rehearsal.engine.errors import TemplateError
from tests.engine.template.template_play import (
    ARN,
    alarm,
    composite,
    read,
    read_all,
    refusals,
    resource,
)

CHILD = alarm(AlarmName="child")
REFUSED = alarm(AlarmName="odd", ThresholdMetricId="band")


def test_a_composite_alarm_is_read_with_its_suppressor() -> None:
    deployment = read(
        {
            "Child": CHILD,
            "Quiet": alarm(AlarmName="quiet"),
            "Both": composite(
                {"Fn::Sub": 'ALARM("${Child.Arn}") OR OK("quiet")'},
                AlarmName="both",
                AlarmDescription="Either",
                ActionsEnabled=False,
                AlarmActions=["arn:page"],
                ActionsSuppressor={"Ref": "Quiet"},
                ActionsSuppressorWaitPeriod=60,
                ActionsSuppressorExtensionPeriod="0",
                Tags=[{"Key": "severity", "Value": "P1"}],
            ),
        }
    )
    (found,) = deployment.composite_alarms
    assert (found.name, found.arn, found.source) == ("both", f"{ARN}both", "Shop/Both")
    assert found.rule == f'ALARM("{ARN}child") OR OK("quiet")'
    assert (found.description, found.tags) == ("Either", {"severity": "P1"})
    assert (found.actions.enabled, found.actions.alarm) == (False, ("arn:page",))
    assert (found.suppressor, found.suppressor_wait_seconds) == ("quiet", 60)
    assert found.suppressor_extension_seconds == 0
    assert [each.name for each in deployment.alarms] == ["child", "quiet", "both"]


def test_a_composite_may_rest_on_alarms_of_other_stacks_and_other_composites() -> None:
    deployment = read_all(
        {
            "Top": {"Resources": {"Top": composite("ALARM(middle)", AlarmName="top")}},
            "Middle": {"Resources": {"Mid": composite("ALARM(child)", AlarmName="middle")}},
            "Low": {"Resources": {"Child": CHILD}},
        }
    )
    assert deployment.refused == ()
    assert [each.name for each in deployment.composite_alarms] == ["top", "middle"]


def test_a_composite_on_a_refused_alarm_is_refused_and_so_is_all_above_it() -> None:
    deployment = read(
        {
            "Odd": REFUSED,
            "Child": CHILD,
            "Low": composite("ALARM(child) AND NOT ALARM(odd)", AlarmName="low"),
            "High": composite("ALARM(low) OR ALARM(child)", AlarmName="high"),
            "Fine": composite("ALARM(child)", AlarmName="fine"),
        }
    )
    assert [each.name for each in deployment.composite_alarms] == ["fine"]
    assert refusals(deployment) == {
        "odd": "it compares with an anomaly detection band, which only CloudWatch has learned",
        "low": "it rests on odd, which is not evaluated either",
        "high": "it rests on low, which is not evaluated either",
    }


@pytest.mark.parametrize(
    ("rule", "more", "reason"),
    [
        ("ALARM(nobody)", {}, "it rests on nobody, which is in none of the templates"),
        (f"ALARM({ARN}nobody)", {}, f"it rests on {ARN}nobody, which is in none"),
        (
            "ALARM(child)",
            {
                "ActionsSuppressor": "nobody",
                "ActionsSuppressorWaitPeriod": 1,
                "ActionsSuppressorExtensionPeriod": 1,
            },
            "it rests on nobody, which is in none of the templates",
        ),
        ("ALARM child", {}, "alarm"),
        ("alarm(child)", {}, "alarm"),
        ({"Ref": "Unknown"}, {}, "AlarmRule is not known: parameter Unknown"),
        ("ALARM(child)", {"Mood": 1}, "Mood is nothing that the engine knows of a composite alarm"),
    ],
)
def test_a_composite_that_cannot_be_evaluated_is_refused(
    rule: object, more: dict[str, object], reason: str
) -> None:
    deployment = read(
        {"Child": CHILD, "It": composite(rule, AlarmName="it", **more)},
        Parameters={"Unknown": {"Type": "String"}},
    )
    assert deployment.composite_alarms == ()
    assert reason in refusals(deployment)["it"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {"ActionsSuppressor": "child"},
            "ActionsSuppressorWaitPeriod is missing, expected it beside ActionsSuppressor",
        ),
        (
            {"ActionsSuppressorWaitPeriod": 60},
            "ActionsSuppressor is missing, expected it beside ActionsSuppressorWaitPeriod",
        ),
        (
            {
                "ActionsSuppressor": "child",
                "ActionsSuppressorWaitPeriod": -1,
                "ActionsSuppressorExtensionPeriod": 1,
            },
            "a suppressor waits -1 s and extends 1 s, expected at least 0",
        ),
        ({"AlarmRule": "TRUE " * 2100}, "AlarmRule has 10500 characters, expected at most 10240"),
        ({"AlarmRule": ""}, "AlarmRule is '', expected a text"),
    ],
)
def test_a_wrong_composite_is_an_error(more: dict[str, object], sentence: str) -> None:
    written = resource("AWS::CloudWatch::CompositeAlarm", **{"AlarmRule": "ALARM(child)", **more})
    with pytest.raises(TemplateError) as caught:
        read({"Child": CHILD, "It": written})
    assert str(caught.value) == f"stack Shop, It (AWS::CloudWatch::CompositeAlarm): {sentence}"


def test_a_circle_of_composites_is_an_error() -> None:
    with pytest.raises(TemplateError, match="depend on each other in a circle"):
        read(
            {
                "A": composite("ALARM(b)", AlarmName="a"),
                "B": composite("ALARM(a)", AlarmName="b"),
            }
        )
