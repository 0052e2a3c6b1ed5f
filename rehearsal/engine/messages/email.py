"""The text that an alarm's topic sends to an e-mail address, line by line as it is delivered."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from rehearsal.engine.alarm import Actions, Alarm, CompositeAlarm, MetricAlarm
from rehearsal.engine.messages.regions import name_region
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.messages.wording import read_timestamp, write_long_date, write_number

_MAX_CHILDREN = 10


def write_email(alarm: Alarm, transition: Transition) -> str:
    """Write the body of the e-mail about a change of state."""
    middle = (
        _write_threshold(alarm) if isinstance(alarm, MetricAlarm) else _write_children(transition)
    )
    console = f"https://{alarm.region}.console.aws.amazon.com/cloudwatch/deeplink.js"
    link = f"{console}?region={alarm.region}#alarmsV2:alarm/{quote(alarm.name, safe='')}"
    lines = [
        _write_opening(alarm, transition),
        "",
        "View this alarm in the AWS Management Console:",
        link,
        "",
        *_write_details(alarm, transition),
        "",
        *middle,
        "",
        *_write_actions(alarm.actions),
        "",
    ]
    return "\n".join(lines)


def _write_opening(alarm: Alarm, transition: Transition) -> str:
    date = write_long_date(transition.time)
    start = (
        f'You are receiving this email because your Amazon CloudWatch Alarm "{alarm.name}" '
        f"in the {name_region(alarm.region)} region has"
    )
    if isinstance(alarm, CompositeAlarm):
        change = f"transitioned to {transition.new} state on {date}"
        return f'{start} {change}, because "{transition.reason}".'
    return f'{start} entered the {transition.new} state, because "{transition.reason}" at "{date}".'


def _write_details(alarm: Alarm, transition: Transition) -> list[str]:
    rule = [("Alarm Rule", alarm.rule)] if isinstance(alarm, CompositeAlarm) else []
    rows = [
        ("Name", alarm.name),
        ("Description", alarm.description),
        ("State Change", f"{transition.old} -> {transition.new}"),
        *rule,
        ("Reason for State Change", transition.reason),
        ("Timestamp", write_long_date(transition.time)),
        ("AWS Account", alarm.account),
        ("Alarm Arn", alarm.arn),
    ]
    return ["Alarm Details:", *_write_rows(rows, 28)]


def _write_rows(rows: Iterable[tuple[str, str]], width: int) -> list[str]:
    return [f"- {name + ':':<{width}}{value}" for name, value in rows]


def _write_threshold(alarm: MetricAlarm) -> list[str]:
    rule = (
        f"- The alarm is in the ALARM state when the metric is {alarm.comparison} "
        f"{write_number(alarm.threshold)} for at least {alarm.datapoints_to_alarm} of the last "
        f"{alarm.evaluation_periods} period(s) of {alarm.period_seconds} seconds. "
    )
    return ["Threshold:", rule, "", *_write_metric(alarm)]


def _write_metric(alarm: MetricAlarm) -> list[str]:
    stat = alarm.returned.stat
    if stat is None or alarm.is_math:
        rows = [
            ("MetricExpression", alarm.returned.expression or ""),
            ("MetricLabel", alarm.returned.label or ""),
        ]
        return ["Monitored Metrics:", *_write_rows(rows, 28)]
    dimensions = ", ".join(f"[{name} = {value}]" for name, value in stat.metric.dimensions)
    rows = [
        ("MetricNamespace", stat.metric.namespace),
        ("MetricName", stat.metric.name),
        ("Dimensions", dimensions),
        ("Period", f"{stat.period_seconds} seconds"),
        ("Statistic", stat.statistic),
        ("Unit", stat.unit or "not specified"),
        ("TreatMissingData", str(alarm.treatment)),
    ]
    return ["Monitored Metric:", *_write_rows(rows, 37), ""]


def _write_children(transition: Transition) -> list[str]:
    children: Any = transition.reason_data.get("triggeringAlarms", [])
    rows = [
        f"- {child['arn']}   {child['state']['value']:<20}"
        f"{write_long_date(read_timestamp(child['state']['timestamp']))}"
        for child in children[:_MAX_CHILDREN]
    ]
    return [f"Triggering children (max. {_MAX_CHILDREN}):", *rows]


def _write_actions(actions: Actions) -> list[str]:
    rows = {
        "OK": actions.ok,
        "ALARM": actions.alarm,
        "INSUFFICIENT_DATA": actions.insufficient_data,
    }
    listed = {name: " ".join(f"[{arn}]" for arn in arns) for name, arns in rows.items()}
    return ["State Change Actions:", *(f"- {name}: {arns}" for name, arns in listed.items())]
