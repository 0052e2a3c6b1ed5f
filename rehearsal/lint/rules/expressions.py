"""Rules 12 and 16: metric math that CloudWatch takes, and rates that mean something."""

import re
from collections.abc import Iterator

from rehearsal.engine.alarm import MetricStat, Query, State
from rehearsal.engine.errors import ExpressionError, RefusedError
from rehearsal.engine.expression.plan import MathPlan
from rehearsal.lint.alarm_rule import list_children, read_rule
from rehearsal.lint.alarm_view import AlarmView
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Judgement, Problem, Severity
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.ratio import UnreadableError, list_ratios
from rehearsal.lint.rule import Rule

MAX_METRICS = 10
MAX_QUERIES = 20
SEARCH = re.compile(r"\bSEARCH\s*\(")


def math_within_limits(landscape: Landscape, _facts: Facts) -> Iterator[Judgement]:
    """Find metric math that PutMetricAlarm refuses."""
    for alarm in landscape.metric_alarms:
        if alarm.queries:
            broken = list(_broken_limits(alarm))
            yield from broken or _judge_math(alarm)


def _broken_limits(alarm: AlarmView) -> Iterator[Problem]:
    metrics, returned = len(alarm.reads), len(alarm.returned_ids)
    if metrics > MAX_METRICS or len(alarm.queries) > MAX_QUERIES:
        yield alarm.problem(
            f"reads {metrics} metrics in {len(alarm.queries)} queries",
            f"at most {MAX_METRICS} metrics and {MAX_QUERIES} queries",
            "sum them before they are sent, or make a composite of several alarms",
        )
    if returned != 1:
        yield alarm.problem(
            f"{returned} queries return data",
            "exactly one, which the alarm watches",
            "set ReturnData: false on the others",
        )
    if any(SEARCH.search(formula.text) for formula in alarm.formulas):
        yield alarm.problem(
            "an expression with SEARCH, which an alarm may not use",
            "metrics named one by one",
            "name the metrics, or send a total",
        )


def _judge_math(alarm: AlarmView) -> Iterator[Judgement]:
    """Let the engine check grammar, types and that one series comes out."""
    queries = tuple(_queries(alarm))
    if len(queries) < len(alarm.queries):
        yield alarm.unchecked("queries that can be read")
        return
    try:
        MathPlan.build(queries)
    except RefusedError as error:
        yield alarm.unchecked(f"what only CloudWatch can evaluate: {error}")
    except ExpressionError as error:
        yield alarm.problem(
            str(error),
            "expressions by the grammar of metric math with one time series as their result",
            "correct the expression",
        )


def _queries(alarm: AlarmView) -> Iterator[Query]:
    for formula in alarm.formulas:
        yield Query(id=formula.id, expression=formula.text, returns_data=formula.returns_data)
    for read in alarm.reads:
        if read.period_seconds:
            stat = MetricStat(
                metric=read.metric,
                statistic=read.statistic,
                period_seconds=read.period_seconds,
                unit=read.unit,
            )
            yield Query(id=read.id, stat=stat, returns_data=read.id in alarm.returned_ids)


def rate_has_gate(landscape: Landscape, _facts: Facts) -> Iterator[Judgement]:
    """Find rates that a single event on a quiet night sets off."""
    ungated: list[AlarmView] = []
    for alarm in landscape.metric_alarms:
        try:
            if not all(ratio.is_gated for ratio in list_ratios(alarm)):
                ungated.append(alarm)
        except UnreadableError as error:
            yield alarm.unchecked(f"an expression that can be read: {error}")
    names = frozenset(alarm.name for alarm in ungated)
    for alarm in ungated:
        if not _is_gated_by_composites(landscape, alarm, names):
            yield alarm.problem(
                "divides by a count that may be tiny: one event in two is 50 %",
                "a minimum volume below which the rate does not count",
                "write IF(count >= minimum, rate, 0), or page by a composite alarm of the rate AND "
                "an alarm on the volume",
            )


def _is_gated_by_composites(landscape: Landscape, alarm: AlarmView, rates: frozenset[str]) -> bool:
    """Tell whether a silent rate alarm pages only together with an alarm that is no rate."""
    parents = [
        each
        for each in landscape.composites
        if any(landscape.find_alarm(child) == alarm for child in list_children(each))
    ]
    if alarm.has_actions or not parents:
        return False
    return not any(_pages_on_rates_alone(landscape, each, rates) for each in parents)


def _pages_on_rates_alone(
    landscape: Landscape, composite: AlarmView, rates: frozenset[str]
) -> bool:
    rule = read_rule(composite)
    states = {}
    for reference in list_children(composite):
        child = landscape.find_alarm(reference)
        burns = child is not None and child.name in rates
        states[reference] = State.ALARM if burns else State.OK
    return rule is not None and rule.is_true(states)


MATH_WITHIN_LIMITS = Rule(
    number=12,
    slug="math-within-limits",
    severity=Severity.ERROR,
    says="A metric-math alarm reads at most ten metrics, returns one series and does not SEARCH.",
    source="CloudWatch API reference, PutMetricAlarm, Metrics; User Guide, Limits",
    check=math_within_limits,
)
RATE_HAS_VOLUME_GATE = Rule(
    number=16,
    slug="rate-has-volume-gate",
    severity=Severity.WARNING,
    says="An alarm on a rate counts only above a minimum volume.",
    source="Google SRE workbook, Alerting on SLOs: low-traffic services; pyrra-dev/pyrra#1925",
    check=rate_has_gate,
)
