"""The events an alarm sends to EventBridge, and the payload it invokes a function with.

Events are sent whether or not actions run: for each change of state, of suppression, and of
configuration.
"""

import uuid
from typing import Any, Literal

from rehearsal.engine.alarm import Alarm
from rehearsal.engine.composite.mute import Window
from rehearsal.engine.messages.configuration import write_configuration, write_full_configuration
from rehearsal.engine.messages.transition import Standing
from rehearsal.engine.messages.wording import write_event_time, write_json, write_timestamp

Document = dict[str, Any]
Operation = Literal["create", "update", "delete"]


def write_state_event(
    alarm: Alarm, *, standing: Standing, previous: Standing, mute: Window | None = None
) -> Document:
    """Write the event of a change of state, or of what suppresses its actions."""
    detail: Document = {
        "alarmName": alarm.name,
        "state": _write_standing(standing),
        "previousState": _write_standing(previous),
        "configuration": write_configuration(alarm),
    }
    if mute is not None:
        detail["muteDetail"] = {
            "mutedByArn": mute.rule_arn,
            "muteWindowStart": write_timestamp(mute.start),
            "muteWindowEnd": write_timestamp(mute.end),
        }
    return _write_event(alarm, "CloudWatch Alarm State Change", standing.since, detail)


def write_configuration_event(
    alarm: Alarm,
    *,
    operation: Operation,
    moment: float,
    standing: Standing,
    previous: tuple[Alarm, float] | None = None,
) -> Document:
    """Write the event of an alarm's creation, update or deletion at a moment.

    `previous` is the alarm as it was before an update, and since when.
    """
    state: Document = {"value": str(standing.state), "timestamp": write_timestamp(standing.since)}
    if standing.suppressed_by is not None:
        state = {"actionsSuppressedBy": standing.suppressed_by, **state}
    detail: Document = {
        "alarmName": alarm.name,
        "operation": operation,
        "state": state,
        "configuration": write_full_configuration(alarm, moment),
    }
    if previous is not None:
        detail["previousConfiguration"] = write_full_configuration(*previous)
    return _write_event(alarm, "CloudWatch Alarm Configuration Change", moment, detail)


def write_lambda_payload(alarm: Alarm, *, standing: Standing, previous: Standing) -> Document:
    """Write what a Lambda action is invoked with."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": alarm.account,
        "time": write_timestamp(standing.since),
        "region": alarm.region,
        "alarmData": {
            "alarmName": alarm.name,
            "state": _write_standing(standing),
            "previousState": _write_standing(previous),
            "configuration": write_configuration(alarm),
        },
    }


def _write_standing(standing: Standing) -> Document:
    document: Document = {}
    if standing.suppressed_by is not None:
        document["actionsSuppressedBy"] = standing.suppressed_by
        document["actionsSuppressedReason"] = standing.suppressed_reason
    document |= {"value": str(standing.state), "reason": standing.reason.text}
    if standing.reason.data:
        document["reasonData"] = write_json(standing.reason.data)
    document["timestamp"] = write_timestamp(standing.since)
    return document


def _write_event(alarm: Alarm, kind: str, moment: float, detail: Document) -> Document:
    """Wrap a detail; the event's id is made of its content, so that a rehearsal repeats exactly."""
    content = f"{alarm.arn} {kind} {moment} {write_json(detail)}"
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, content)),
        "detail-type": kind,
        "source": "aws.cloudwatch",
        "account": alarm.account,
        "time": write_event_time(moment),
        "region": alarm.region,
        "resources": [alarm.arn],
        "detail": detail,
    }
