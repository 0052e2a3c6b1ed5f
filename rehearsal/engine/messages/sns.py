"""What a subscriber of an alarm's topic receives: subject, JSON, text message and e-mail.

Keys and their order are those of delivered messages.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rehearsal.engine.alarm import Alarm, CompositeAlarm, MetricAlarm, MetricStat, Query, State
from rehearsal.engine.messages.email import write_email
from rehearsal.engine.messages.regions import name_region
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.messages.wording import write_json, write_timestamp

MAX_SUBJECT_CHARACTERS: Final = 100
# Of a name in a text message, with its dots: as recorded for one long name.
MAX_SMS_NAME_CHARACTERS: Final = 90

_STANDARD: Final[Mapping[str, str]] = {
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
    "SampleCount": "SAMPLE_COUNT",
}

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Notification:
    """Be one publication to a topic: the subject, and a body for each kind of subscriber."""

    subject: str
    document: Document
    sms: str
    email: str

    @property
    def message(self) -> str:
        """Return the JSON text that every other protocol delivers."""
        return write_json(self.document)

    @property
    def bodies(self) -> dict[str, str]:
        """Return what is published with MessageStructure json."""
        return {"default": self.message, "sms": self.sms, "email": self.email}


def write_notification(
    alarm: Alarm, transition: Transition, *, configured_at: float = 0, after_mute: bool = False
) -> Notification:
    """Write the message that an SNS action publishes for a change of state.

    `configured_at` is when the alarm's configuration last changed, in seconds; `after_mute` says
    that the action was held back by a mute rule until its window ended.
    """
    if isinstance(alarm, MetricAlarm):
        document = _write_metric_document(alarm, transition, configured_at, after_mute=after_mute)
    else:
        document = _write_composite_document(alarm, transition, after_mute=after_mute)
    region = name_region(alarm.region)
    name = re.sub(r"[^\x20-\x7e]+", "_", alarm.name)
    frame = len(_write_line(transition.new, "", region))
    return Notification(
        subject=_write_line(transition.new, _cut(name, MAX_SUBJECT_CHARACTERS - frame), region),
        document=document,
        sms=_write_line(transition.new, _cut(name, MAX_SMS_NAME_CHARACTERS), region),
        email=write_email(alarm, transition),
    )


def _write_line(state: State, name: str, region: str) -> str:
    return f'{state}: "{name}" in {region}'


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else name[: longest - 3] + "..."


def _write_metric_document(
    alarm: MetricAlarm, transition: Transition, configured_at: float, *, after_mute: bool
) -> Document:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description or None,
        "AWSAccountId": alarm.account,
        "AlarmConfigurationUpdatedTimestamp": write_timestamp(configured_at),
        **_write_change(alarm, transition),
        "OldStateValue": str(transition.old),
        "ActionExecutedAfterMuteWindow": after_mute,
        **_write_actions(alarm),
        "Trigger": _write_trigger(alarm),
    }


def _write_composite_document(
    alarm: CompositeAlarm, transition: Transition, *, after_mute: bool
) -> Document:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description or None,
        "AWSAccountId": alarm.account,
        **_write_change(alarm, transition),
        **_write_actions(alarm),
        "ActionExecutedAfterMuteWindow": after_mute,
        "OldStateValue": str(transition.old),
        "AlarmRule": alarm.rule,
        "TriggeringChildren": [
            {
                "Arn": child["arn"],
                "State": {
                    "Value": child["state"]["value"],
                    "Timestamp": child["state"]["timestamp"],
                },
            }
            for child in _list_children(transition)
        ],
    }


def _list_children(transition: Transition) -> list[Document]:
    children: Any = transition.reason_data.get("triggeringAlarms", [])
    return list(children)


def _write_change(alarm: Alarm, transition: Transition) -> Document:
    return {
        "NewStateValue": str(transition.new),
        "NewStateReason": transition.reason,
        "StateChangeTime": write_timestamp(transition.time),
        "Region": name_region(alarm.region),
        "AlarmArn": alarm.arn,
    }


def _write_actions(alarm: Alarm) -> Document:
    return {
        "OKActions": list(alarm.actions.ok),
        "AlarmActions": list(alarm.actions.alarm),
        "InsufficientDataActions": list(alarm.actions.insufficient_data),
    }


def _write_trigger(alarm: MetricAlarm) -> Document:
    stat = alarm.returned.stat
    shared: Document = {
        "Period": alarm.period_seconds,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "ComparisonOperator": str(alarm.comparison),
        "Threshold": float(alarm.threshold),
        "TreatMissingData": str(alarm.treatment),
        "EvaluateLowSampleCountPercentile": "ignore" if alarm.ignores_low_samples else "",
    }
    if stat is None or alarm.is_math:
        return {**shared, "Metrics": [_write_query(query) for query in alarm.queries]}
    return {
        "MetricName": stat.metric.name,
        "Namespace": stat.metric.namespace,
        **_write_statistic(stat),
        "Unit": stat.unit,
        "Dimensions": _write_dimensions(stat),
        **shared,
    }


def _write_statistic(stat: MetricStat) -> Document:
    if stat.statistic in _STANDARD:
        return {"StatisticType": "Statistic", "Statistic": _STANDARD[stat.statistic]}
    return {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": stat.statistic}


def _write_dimensions(stat: MetricStat) -> list[Document]:
    return [{"value": value, "name": name} for name, value in stat.metric.dimensions]


def _write_query(query: Query) -> Document:
    label = {} if query.label is None else {"Label": query.label}
    if query.stat is None:
        period = {} if query.period_seconds is None else {"Period": query.period_seconds}
        head = {"Expression": query.expression, "Id": query.id, **label}
        return {**head, "ReturnData": query.returns_data, **period}
    stat = {
        "Metric": {
            "Dimensions": _write_dimensions(query.stat),
            "MetricName": query.stat.metric.name,
            "Namespace": query.stat.metric.namespace,
        },
        "Period": query.stat.period_seconds,
        "Stat": query.stat.statistic,
        **({} if query.stat.unit is None else {"Unit": query.stat.unit}),
    }
    account = {} if query.account is None else {"AccountId": query.account}
    return {
        "Id": query.id,
        **label,
        "MetricStat": stat,
        "ReturnData": query.returns_data,
        **account,
    }
