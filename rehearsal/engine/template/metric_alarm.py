"""AWS::CloudWatch::Alarm: the engine's alarm, with the API's defaults, or a refusal by name."""

import re
from enum import StrEnum
from typing import Final

from rehearsal.engine.alarm import Actions, Comparison, MetricAlarm, Query, Treatment
from rehearsal.engine.errors import RefusedError
from rehearsal.engine.template.entry import Entry
from rehearsal.engine.template.fields import Fields
from rehearsal.engine.template.query import read_queries, read_single_metric

MOST_ACTIONS: Final = 5
MOST_WARM_UP_MINUTES: Final = 2_880
WALL_CLOCK_SECONDS: Final = (60, 300, 3_600, 86_400, 604_800)
# The API model says that missing data of these metrics is ignored, the guide that this is only
# the default: the default is what the two have in common.
IGNORED_WHEN_MISSING: Final = "AWS/DynamoDB"

_TIMEZONE: Final = re.compile(
    r"(UTC)?[+-]([01]\d|2[0-3]):[0-5][05]|[A-Za-z]+([/_+-][A-Za-z0-9_+-]+)*"
)
_BANDS: Final = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
_SINGLE: Final = (
    "Dimensions",
    "ExtendedStatistic",
    "MetricName",
    "Namespace",
    "Period",
    "Statistic",
    "Unit",
)
_KNOWN: Final = (
    *_SINGLE,
    "ActionConfiguration",
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "EvaluateLowSampleCountPercentile",
    "EvaluationCriteria",
    "EvaluationInterval",
    "EvaluationPeriods",
    "EvaluationWindow",
    "InsufficientDataActions",
    "Metrics",
    "OKActions",
    "Tags",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "WarmUpConfiguration",
)


class LowSamples(StrEnum):
    """Say what a percentile of few samples does."""

    EVALUATE = "evaluate"
    IGNORE = "ignore"


def read_metric_alarm(entry: Entry) -> MetricAlarm:
    """Read an alarm; RefusedError where CloudWatch would evaluate it and the engine cannot."""
    fields = entry.fields
    fields.refuse_unknown(_KNOWN, "an alarm")
    _refuse_other_kinds(fields)
    return _build(entry, fields)


def read_actions(fields: Fields) -> Actions:
    """Read what an alarm of either kind runs on changes of its state."""
    return Actions(
        enabled=fields.flag("ActionsEnabled", default=True),
        ok=fields.shown_texts("OKActions", MOST_ACTIONS),
        alarm=fields.shown_texts("AlarmActions", MOST_ACTIONS),
        insufficient_data=fields.shown_texts("InsufficientDataActions", MOST_ACTIONS),
    )


def _refuse_other_kinds(fields: Fields) -> None:
    if "EvaluationCriteria" in fields or "EvaluationInterval" in fields:
        message = "it is a PromQL alarm (EvaluationCriteria)"
        raise RefusedError(message)
    if "ThresholdMetricId" in fields or fields.value("ComparisonOperator") in _BANDS:
        message = "it compares with an anomaly detection band, which only CloudWatch has learned"
        raise RefusedError(message)


def _build(entry: Entry, fields: Fields) -> MetricAlarm:
    queries, period = _read_watched(fields, entry.resource.account)
    periods = fields.whole("EvaluationPeriods")
    warm_up = fields.part("WarmUpConfiguration")
    return MetricAlarm(
        name=entry.name,
        arn=entry.arn,
        account=entry.resource.account,
        region=entry.resource.region,
        queries=queries,
        is_math="Metrics" in fields,
        period_seconds=period,
        evaluation_periods=periods,
        datapoints_to_alarm=fields.whole("DatapointsToAlarm", periods),
        comparison=fields.choice("ComparisonOperator", Comparison),
        threshold=fields.number("Threshold"),
        treatment=fields.choice("TreatMissingData", Treatment, _default_treatment(queries)),
        description=fields.shown_text("AlarmDescription"),
        actions=read_actions(fields),
        ignores_low_samples=_ignores_low_samples(fields),
        timezone=_read_timezone(fields, period),
        warm_up_minutes=_read_warm_up(warm_up) if "WarmUpConfiguration" in fields else 0,
        warms_up_whole_period=warm_up.flag(
            "OnlyStartEvaluatingAfterWarmUpPeriodEnds", default=False
        ),
        tags=entry.resource.tags,
        source=entry.source,
    )


def _read_watched(fields: Fields, account: str) -> tuple[tuple[Query, ...], int]:
    if "Metrics" not in fields:
        query = read_single_metric(fields)
        return (query,), fields.whole("Period")
    beside = [name for name in _SINGLE if name in fields]
    if beside:
        message = f"{beside[0]} stands beside Metrics, expected one of the two"
        raise fields.error(message)
    return read_queries(fields, account)


def _default_treatment(queries: tuple[Query, ...]) -> Treatment:
    namespaces = {query.stat.metric.namespace for query in queries if query.stat}
    return Treatment.IGNORE if namespaces == {IGNORED_WHEN_MISSING} else Treatment.MISSING


def _ignores_low_samples(fields: Fields) -> bool:
    name = "EvaluateLowSampleCountPercentile"
    return fields.choice(name, LowSamples, LowSamples.EVALUATE) == LowSamples.IGNORE


def _read_timezone(fields: Fields, period: int) -> str | None:
    window = fields.part("EvaluationWindow")
    window.refuse_unknown(("SlidingWindow", "WallClockWindow"), "an evaluation window")
    if "WallClockWindow" not in window:
        return None
    if "SlidingWindow" in window:
        message = "expected SlidingWindow or WallClockWindow and found both"
        raise window.error(message)
    timezone = window.part("WallClockWindow").text("Timezone", "UTC")
    if not _TIMEZONE.fullmatch(timezone):
        message = f"Timezone is {timezone!r}, expected a name such as Europe/Paris or +05:30"
        raise window.error(message)
    if period not in WALL_CLOCK_SECONDS:
        listed = ", ".join(map(str, WALL_CLOCK_SECONDS))
        message = f"a wall clock window has a period of {listed} s, not {period}"
        raise window.error(message)
    return timezone


def _read_warm_up(fields: Fields) -> int:
    minutes = fields.whole("WarmUpPeriodDurationInMinutes")
    if not 1 <= minutes <= MOST_WARM_UP_MINUTES:
        message = f"WarmUpPeriodDurationInMinutes is {minutes}, expected 1 to 2880"
        raise fields.error(message)
    return minutes
