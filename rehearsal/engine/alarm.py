"""What an alarm is, as CloudWatch holds it; the template's reader builds these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rehearsal.engine.errors import AlarmError
from rehearsal.engine.metrics.identity import MetricIdentity


class State(StrEnum):
    """Be one of the three states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Treatment(StrEnum):
    """Say how an evaluation treats slots without data."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class Comparison(StrEnum):
    """Say how a value is compared with the threshold; the value is the left operand."""

    ABOVE = "GreaterThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"
    AT_MOST = "LessThanOrEqualToThreshold"


@dataclass(frozen=True, kw_only=True)
class Actions:
    """List what runs on a change to each state: ARNs, in the template's order."""

    enabled: bool = True
    ok: tuple[str, ...] = ()
    alarm: tuple[str, ...] = ()
    insufficient_data: tuple[str, ...] = ()

    def of(self, state: State) -> tuple[str, ...]:
        """Return the actions of a change to this state."""
        return {
            State.OK: self.ok,
            State.ALARM: self.alarm,
            State.INSUFFICIENT_DATA: self.insufficient_data,
        }[state]


@dataclass(frozen=True, kw_only=True)
class MetricStat:
    """Name one statistic of one metric over a period."""

    metric: MetricIdentity
    statistic: str
    period_seconds: int
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Query:
    """Be one entry of an alarm's Metrics: a metric's statistic, or an expression over other ids."""

    id: str
    stat: MetricStat | None = None
    expression: str | None = None
    label: str | None = None
    returns_data: bool = True
    period_seconds: int | None = None  # of an expression, where it is given
    account: str | None = None

    def __post_init__(self) -> None:
        """Refuse an entry that is both or neither."""
        if (self.stat is None) == (self.expression is None):
            message = f"query {self.id!r} must have either a metric's statistic or an expression"
            raise AlarmError(message)


@dataclass(frozen=True, kw_only=True)
class MetricAlarm:
    """Be a metric alarm; `is_math` tells an alarm given as Metrics from one on a single metric.

    `timezone` set means a wall-clock window in that zone; None is the sliding window.
    """

    name: str
    arn: str
    account: str
    region: str
    queries: tuple[Query, ...]
    is_math: bool
    period_seconds: int
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison: Comparison
    threshold: float
    treatment: Treatment
    description: str = ""
    actions: Actions = field(default_factory=Actions)
    ignores_low_samples: bool = False
    timezone: str | None = None
    warm_up_minutes: int = 0
    warms_up_whole_period: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    source: str = ""  # the template and logical id it was read from

    def __post_init__(self) -> None:
        """Refuse what PutMetricAlarm would refuse."""
        for problem in _list_problems(self):
            raise AlarmError(f"alarm {self.name!r}: {problem}")

    @property
    def returned(self) -> Query:
        """Return the one query whose result the alarm watches."""
        return next(query for query in self.queries if query.returns_data)


@dataclass(frozen=True, kw_only=True)
class CompositeAlarm:
    """Be an alarm whose state is a rule over other alarms' states."""

    name: str
    arn: str
    account: str
    region: str
    rule: str
    description: str = ""
    actions: Actions = field(default_factory=Actions)
    suppressor: str | None = None  # a name or ARN
    suppressor_wait_seconds: int = 0
    suppressor_extension_seconds: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


Alarm = MetricAlarm | CompositeAlarm


def _list_problems(alarm: MetricAlarm) -> list[str]:
    """Check API limits: PutMetricAlarm of the API reference."""
    period, count = alarm.period_seconds, alarm.evaluation_periods
    longest = 86_400 if period < 3_600 else 604_800
    returned = sum(query.returns_data for query in alarm.queries)
    checks = {
        f"the period is 10, 20, 30 or a multiple of 60 seconds, not {period}": period
        in (10, 20, 30)
        or (period > 0 and period % 60 == 0),
        f"EvaluationPeriods is at least 1, not {count}": count >= 1,
        f"DatapointsToAlarm is from 1 to EvaluationPeriods ({count}), not "
        f"{alarm.datapoints_to_alarm}": 1 <= alarm.datapoints_to_alarm <= count,
        f"{count} periods of {period} s exceed the {longest} s that CloudWatch looks back": period
        * count
        <= longest,
        f"exactly one query returns data, not {returned}": returned == 1,
    }
    return [problem for problem, holds in checks.items() if not holds]
