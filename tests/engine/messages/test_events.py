"""Events and Lambda payloads: held against those the real service sent."""

import json
import uuid
from typing import Any

import pytest

from rehearsal.engine.alarm import MetricStat, Query, State
from rehearsal.engine.composite.mute import Window
from rehearsal.engine.messages.events import (
    Operation,
    write_configuration_event,
    write_lambda_payload,
    write_state_event,
)
from rehearsal.engine.messages.transition import Reason, Standing
from rehearsal.engine.metrics.identity import MetricIdentity
from tests.engine.messages.samples import (
    ACCOUNT,
    HOME,
    TOPIC,
    change,
    composite_alarm,
    metric_alarm,
    moment,
)

METRIC = MetricIdentity.of("Delivery", "Value", {"Probe": "p"})
ALARM = metric_alarm(
    stat=MetricStat(metric=METRIC, statistic="Average", period_seconds=60),
    threshold=10,
    description="how much is delivered",
)
BEFORE = Standing(
    state=State.OK,
    since=moment("2026-09-14T05:45:02.890"),
    reason=Reason(text="fine", data={"probe": "fine", "nested": {"number": 7}}),
)
AFTER = Standing.after(change(ALARM, moment("2026-09-14T05:45:39.688"), reason="not fine"))


def without_ids(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document whose made-up ids are checked and then replaced."""
    text = json.dumps(document)
    made_up = document["detail"]["configuration"]["metrics"][0]["id"]
    for found, name in ((document["id"], "EVENT"), (made_up, "METRIC")):
        assert str(uuid.UUID(found)) == found
        text = text.replace(found, name)
    read: dict[str, Any] = json.loads(text)
    return read


METRICS = [
    {
        "id": "METRIC",
        "metricStat": {
            "metric": {"namespace": "Delivery", "name": "Value", "dimensions": {"Probe": "p"}},
            "period": 60,
            "stat": "Average",
        },
        "returnData": True,
    }
]


def test_a_change_of_state_is_sent_as_recorded() -> None:
    event = write_state_event(ALARM, standing=AFTER, previous=BEFORE)
    assert without_ids(event) == {
        "version": "0",
        "id": "EVENT",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": "2026-09-14T05:45:39Z",
        "region": "us-east-1",
        "resources": [HOME + "cpu"],
        "detail": {
            "alarmName": "cpu",
            "state": {
                "value": "ALARM",
                "reason": "not fine",
                "timestamp": "2026-09-14T05:45:39.688+0000",
            },
            "previousState": {
                "value": "OK",
                "reason": "fine",
                "reasonData": '{"probe":"fine","nested":{"number":7}}',
                "timestamp": "2026-09-14T05:45:02.890+0000",
            },
            "configuration": {"metrics": METRICS, "description": "how much is delivered"},
        },
    }


def test_the_same_change_has_the_same_id_and_another_has_another() -> None:
    first = write_state_event(ALARM, standing=AFTER, previous=BEFORE)
    assert write_state_event(ALARM, standing=AFTER, previous=BEFORE) == first
    assert write_state_event(ALARM, standing=BEFORE, previous=AFTER)["id"] != first["id"]


def test_a_first_change_comes_from_the_alarm_s_creation() -> None:
    created = Standing.created(moment("2026-09-14T05:45:00"))
    event = write_state_event(ALARM, standing=AFTER, previous=created)
    assert event["detail"]["previousState"] == {
        "value": "INSUFFICIENT_DATA",
        "reason": "Unchecked: Initial alarm creation",
        "timestamp": "2026-09-14T05:45:00.000+0000",
    }


def test_a_muted_change_says_by_what_and_how_long() -> None:
    window = Window(
        rule_arn="arn:mute",
        start=int(moment("2026-09-14T05:00:00")),
        end=int(moment("2026-09-14T07:00:00")),
    )
    event = write_state_event(ALARM, standing=AFTER, previous=BEFORE, mute=window)
    assert event["detail"]["muteDetail"] == {
        "mutedByArn": "arn:mute",
        "muteWindowStart": "2026-09-14T05:00:00.000+0000",
        "muteWindowEnd": "2026-09-14T07:00:00.000+0000",
    }


def test_metric_math_is_described_query_by_query() -> None:
    stat = MetricStat(metric=METRIC, statistic="Maximum", period_seconds=300)
    queries = (
        Query(id="e1", expression="SUM(METRICS())", label="Total"),
        Query(id="e2", expression="m1 * 2", returns_data=False),
        Query(id="m1", stat=stat, returns_data=False),
    )
    event = write_state_event(metric_alarm(queries=queries), standing=AFTER, previous=BEFORE)
    assert event["detail"]["configuration"] == {
        "metrics": [
            {"id": "e1", "expression": "SUM(METRICS())", "label": "Total", "returnData": True},
            {"id": "e2", "expression": "m1 * 2", "returnData": False},
            {
                "id": "m1",
                "metricStat": {
                    "metric": {
                        "namespace": "Delivery",
                        "name": "Value",
                        "dimensions": {"Probe": "p"},
                    },
                    "period": 300,
                    "stat": "Maximum",
                },
                "returnData": False,
            },
        ]
    }


WAITING = Standing(
    state=State.ALARM,
    since=moment("2026-09-14T06:42:02.864"),
    reason=Reason(text="child", data={"triggeringAlarms": []}),
    suppressed_by="WaitPeriod",
    suppressed_reason="Actions suppressed by WaitPeriod",
)
RELEASED = Standing(
    state=State.ALARM, since=moment("2026-09-14T06:42:07.864"), reason=WAITING.reason
)


def test_the_end_of_a_suppression_is_a_change_from_alarm_to_alarm() -> None:
    alarm = composite_alarm(suppressor="quiet")
    detail = write_state_event(alarm, standing=RELEASED, previous=WAITING)["detail"]
    assert detail == {
        "alarmName": "both",
        "state": {
            "value": "ALARM",
            "reason": "child",
            "reasonData": '{"triggeringAlarms":[]}',
            "timestamp": "2026-09-14T06:42:07.864+0000",
        },
        "previousState": {
            "actionsSuppressedBy": "WaitPeriod",
            "actionsSuppressedReason": "Actions suppressed by WaitPeriod",
            "value": "ALARM",
            "reason": "child",
            "reasonData": '{"triggeringAlarms":[]}',
            "timestamp": "2026-09-14T06:42:02.864+0000",
        },
        "configuration": {
            "alarmRule": 'ALARM("child")',
            "actionsSuppressor": "quiet",
            "actionsSuppressorWaitPeriod": 5,
            "actionsSuppressorExtensionPeriod": 6,
        },
    }


def test_a_composite_without_suppressor_is_described_by_its_rule_alone() -> None:
    event = write_state_event(composite_alarm(), standing=RELEASED, previous=BEFORE)
    assert event["detail"]["configuration"] == {"alarmRule": 'ALARM("child")'}


def test_a_function_is_invoked_with_the_same_state_and_its_own_frame() -> None:
    payload = write_lambda_payload(ALARM, standing=AFTER, previous=BEFORE)
    event = write_state_event(ALARM, standing=AFTER, previous=BEFORE)
    assert payload == {
        "source": "aws.cloudwatch",
        "alarmArn": HOME + "cpu",
        "accountId": ACCOUNT,
        "time": "2026-09-14T05:45:39.688+0000",
        "region": "us-east-1",
        "alarmData": event["detail"],
    }


def configuration(threshold: int, configured: str) -> dict[str, Any]:
    """Return a recorded configuration."""
    return {
        "evaluationPeriods": 1,
        "datapointsToAlarm": 1,
        "threshold": threshold,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "ignore",
        "metrics": METRICS,
        "alarmName": "cpu",
        "description": "how much is delivered",
        "actionsEnabled": True,
        "timestamp": configured,
        "okActions": [],
        "alarmActions": [TOPIC],
        "insufficientDataActions": [],
    }


def test_an_update_shows_the_configuration_before_and_after() -> None:
    earlier = metric_alarm(stat=ALARM.returned.stat, threshold=20, description=ALARM.description)
    event = write_configuration_event(
        ALARM,
        operation="update",
        moment=moment("2026-09-14T05:46:16.142"),
        standing=AFTER,
        previous=(earlier, moment("2026-09-14T05:43:51.837")),
    )
    assert without_ids(event) == {
        "version": "0",
        "id": "EVENT",
        "detail-type": "CloudWatch Alarm Configuration Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": "2026-09-14T05:46:16Z",
        "region": "us-east-1",
        "resources": [HOME + "cpu"],
        "detail": {
            "alarmName": "cpu",
            "operation": "update",
            "state": {"value": "ALARM", "timestamp": "2026-09-14T05:45:39.688+0000"},
            "configuration": configuration(10, "2026-09-14T05:46:16.142+0000"),
            "previousConfiguration": configuration(20, "2026-09-14T05:43:51.837+0000"),
        },
    }


@pytest.mark.parametrize("operation", ["create", "delete"])
def test_creation_and_deletion_show_one_configuration(operation: Operation) -> None:
    event = write_configuration_event(
        composite_alarm(suppressor="quiet"),
        operation=operation,
        moment=moment("2026-09-14T06:50:00"),
        standing=WAITING,
    )
    assert event["detail"] == {
        "alarmName": "both",
        "operation": operation,
        "state": {
            "actionsSuppressedBy": "WaitPeriod",
            "value": "ALARM",
            "timestamp": "2026-09-14T06:42:02.864+0000",
        },
        "configuration": {
            "alarmRule": 'ALARM("child")',
            "actionsSuppressor": "quiet",
            "actionsSuppressorWaitPeriod": 5,
            "actionsSuppressorExtensionPeriod": 6,
            "alarmName": "both",
            "actionsEnabled": True,
            "timestamp": "2026-09-14T06:50:00.000+0000",
            "okActions": [],
            "alarmActions": [TOPIC],
            "insufficientDataActions": [],
        },
    }
