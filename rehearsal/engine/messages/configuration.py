"""An alarm's configuration as EventBridge events and Lambda payloads carry it."""

import uuid
from typing import Any

from rehearsal.engine.alarm import Alarm, CompositeAlarm, MetricAlarm, Query
from rehearsal.engine.messages.wording import write_timestamp

Document = dict[str, Any]


def write_configuration(alarm: Alarm) -> Document:
    """Write the short form, which comes with a change of state."""
    if isinstance(alarm, CompositeAlarm):
        return _write_rule(alarm)
    return {"metrics": _write_metrics(alarm), **_write_description(alarm)}


def write_full_configuration(alarm: Alarm, configured_at: float) -> Document:
    """Write the long form, which comes with a change of the configuration itself."""
    if isinstance(alarm, CompositeAlarm):
        head = _write_rule(alarm)
    else:
        head = {
            "evaluationPeriods": alarm.evaluation_periods,
            "datapointsToAlarm": alarm.datapoints_to_alarm,
            "threshold": alarm.threshold,
            "comparisonOperator": str(alarm.comparison),
            "treatMissingData": str(alarm.treatment),
            "metrics": _write_metrics(alarm),
        }
    return {
        **head,
        "alarmName": alarm.name,
        **_write_description(alarm),
        "actionsEnabled": alarm.actions.enabled,
        "timestamp": write_timestamp(configured_at),
        "okActions": list(alarm.actions.ok),
        "alarmActions": list(alarm.actions.alarm),
        "insufficientDataActions": list(alarm.actions.insufficient_data),
    }


def _write_description(alarm: Alarm) -> Document:
    return {"description": alarm.description} if alarm.description else {}


def _write_rule(alarm: CompositeAlarm) -> Document:
    document: Document = {"alarmRule": alarm.rule}
    if alarm.suppressor is not None:
        document |= {
            "actionsSuppressor": alarm.suppressor,
            "actionsSuppressorWaitPeriod": alarm.suppressor_wait_seconds,
            "actionsSuppressorExtensionPeriod": alarm.suppressor_extension_seconds,
        }
    return document


def _write_metrics(alarm: MetricAlarm) -> list[Document]:
    if alarm.is_math:
        return [_write_query(query, query.id) for query in alarm.queries]
    # CloudWatch gives the one metric of such an alarm an id of its own making.
    made_up = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.arn))
    return [_write_query(alarm.returned, made_up)]


def _write_query(query: Query, query_id: str) -> Document:
    if query.stat is None:
        label = {} if query.label is None else {"label": query.label}
        head = {"id": query_id, "expression": query.expression, **label}
        return {**head, "returnData": query.returns_data}
    stat = {
        "metric": {
            "namespace": query.stat.metric.namespace,
            "name": query.stat.metric.name,
            "dimensions": dict(query.stat.metric.dimensions),
        },
        "period": query.stat.period_seconds,
        "stat": query.stat.statistic,
    }
    return {"id": query_id, "metricStat": stat, "returnData": query.returns_data}
