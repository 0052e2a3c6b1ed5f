"""Rules 11 and 20: windows that CloudWatch takes, and that fit what runs in them."""

import math
from collections.abc import Iterator, Mapping

from rehearsal.engine.template.deployment import Resource
from rehearsal.engine.template.values import read_number
from rehearsal.lint.alarm_view import AlarmView, Read
from rehearsal.lint.cadence import read_cadence
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Judgement, Problem, Severity
from rehearsal.lint.functions import list_starts
from rehearsal.lint.landscape import Landscape, place_of
from rehearsal.lint.rule import Rule

DAY_SECONDS = 86_400
WEEK_SECONDS = 604_800
DEFAULT_TIMEOUT_SECONDS = 3


def within_limits(landscape: Landscape, _facts: Facts) -> Iterator[Judgement]:
    """Find windows longer than CloudWatch looks back."""
    for alarm in landscape.metric_alarms:
        period, count = alarm.period_seconds, alarm.evaluation_periods
        if period is None or count is None:
            if not alarm.is_query:
                yield alarm.unchecked("a period and evaluation periods that can be read")
            continue
        longest = DAY_SECONDS if period < 3600 else WEEK_SECONDS
        if period * count > longest:
            yield alarm.problem(
                f"{count} periods of {period} s are {period * count} s",
                f"at most {longest} s for this period",
                "take fewer or shorter periods, or a metric that is summed before it is sent",
            )


def schedule_fits(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find runs that overlap the next one, and alarms that can never gather their datapoints."""
    cadences: dict[str, int] = {}
    for start in list_starts(landscape):
        cadence = read_cadence(start.expression) if start.expression else None
        if cadence is None:
            continue
        name = start.function.name or start.function.logical_id
        cadences[name] = min(cadence, cadences.get(name, cadence))
        yield from _judge_timeout(start.function, start.expression, cadence)
    for alarm in landscape.metric_alarms:
        yield from _judge_datapoints(alarm, cadences, facts)


def _judge_timeout(function: Resource, expression: str, cadence: int) -> Iterator[Problem]:
    timeout = read_number(function.properties.get("Timeout", DEFAULT_TIMEOUT_SECONDS))
    if timeout is not None and timeout >= cadence:
        yield Problem(
            place=place_of(function),
            found=f"may run {timeout:g} s, but {expression} starts the next run after {cadence} s",
            expected="a timeout shorter than the cadence",
            fix="shorten the timeout or start it less often",
        )


def _judge_datapoints(
    alarm: AlarmView, cadences: Mapping[str, int], facts: Facts
) -> Iterator[Problem]:
    period, count, needed = (
        alarm.period_seconds,
        alarm.evaluation_periods,
        alarm.datapoints_to_alarm,
    )
    if alarm.treatment not in ("notBreaching", "ignore") or len(alarm.reads) != 1:
        return
    if period is None or count is None or needed is None:
        return
    cadence = _find_cadence(alarm.reads[0], cadences, facts)
    at_most = min(count, math.ceil(period * count / cadence)) if cadence else count
    if at_most < needed:
        yield alarm.problem(
            f"needs {needed} datapoints within {count} × {period} s, but {cadence} s lie between "
            "two: it can never fire",
            f"a window that holds {needed} of them",
            f"lengthen the period to {cadence} s",
        )


def _find_cadence(read: Read, cadences: Mapping[str, int], facts: Facts) -> int | None:
    fact = facts.find_metric(read.metric)
    if fact and fact.cadence_seconds:
        return fact.cadence_seconds
    if read.metric.namespace == "AWS/Lambda":
        return cadences.get(dict(read.metric.dimensions).get("FunctionName", ""))
    return None


WINDOW_WITHIN_LIMITS = Rule(
    number=11,
    slug="window-within-limits",
    severity=Severity.ERROR,
    says="Period × evaluation periods is at most a day below periods of an hour, else a week.",
    source="CloudWatch API reference, PutMetricAlarm, EvaluationPeriods",
    check=within_limits,
)
SCHEDULE_FITS = Rule(
    number=20,
    slug="schedule-fits",
    severity=Severity.WARNING,
    says="A scheduled function ends before its next start, and alarms on it can gather their "
    "datapoints.",
    source="AWS Lambda Developer Guide, Configure Lambda function timeout; CloudWatch User Guide, "
    "Alarm evaluation",
    check=schedule_fits,
)
