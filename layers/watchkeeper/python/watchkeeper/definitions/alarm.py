"""What an alarm is: a metric or expression held against a threshold, or a rule over other alarms.

An `AlarmDefinition` is everything the template, the docs and the rehearsals need to know of one
alarm. Limits are those of PutMetricAlarm and PutCompositeAlarm (CloudWatch API reference).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.metric import MetricSeries
from watchkeeper.definitions.severity import Severity

MAX_METRICS_IN_EXPRESSION = 10
MAX_EXPRESSION_LENGTH = 2048
MAX_CHILDREN = 100
MAX_WINDOW_SECONDS = 604_800
MAX_WINDOW_SECONDS_BELOW_ONE_HOUR = 86_400
ALARM_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
METRIC_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
STATISTIC = re.compile(r"Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?")
COUNTER_STATISTICS = frozenset({"Sum", "SampleCount"})


class TreatMissingData(StrEnum):
    """What CloudWatch assumes of a missing datapoint."""

    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"
    IGNORE = "ignore"
    MISSING = "missing"


class Comparison(StrEnum):
    """How the value is held against the threshold; the value is the left operand."""

    GREATER = "GreaterThanThreshold"
    GREATER_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    LESS = "LessThanThreshold"
    LESS_OR_EQUAL = "LessThanOrEqualToThreshold"

    @property
    def sign(self) -> str:
        """Give the comparison as a sign for sentences and tables."""
        return {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": "≥"}.get(
            self.value, "<" if self is Comparison.LESS else "≤"
        )


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """Read a series: one statistic over each period."""

    series: MetricSeries
    statistic: str

    def __post_init__(self) -> None:
        """Refuse a statistic CloudWatch does not know or the metric cannot answer."""
        name = self.series.metric.name
        if not STATISTIC.fullmatch(self.statistic):
            raise DefinitionError(
                f"metric {name}: statistic {self.statistic!r}, expected Sum, Average, Minimum, "
                "Maximum, SampleCount or a percentile such as p99"
            )
        if self.series.metric.has_corrections and self.statistic not in COUNTER_STATISTICS:
            raise DefinitionError(
                f"metric {name} is a counter with corrections: read it with Sum, "
                f"not {self.statistic}"
            )


@dataclass(frozen=True, kw_only=True)
class Expression:
    """Compute one series from others by CloudWatch metric math.

    `metrics` maps the ids used in `text` to what they read. `steps` are expressions by id that
    `text` (or a later step) refers to. `minimum_volume` is the volume gate of a rate: below it
    the expression is 0, so that three e-mails on a quiet night page nobody.
    """

    text: str
    metrics: Mapping[str, Statistic]
    steps: Mapping[str, str] = field(default_factory=dict)
    minimum_volume: str = ""
    is_rate: bool = False

    def __post_init__(self) -> None:
        """Refuse wrong ids, endless texts and a rate without a volume gate."""
        object.__setattr__(self, "metrics", dict(self.metrics))
        object.__setattr__(self, "steps", dict(self.steps))
        ids = [*self.metrics, *self.steps]
        wrong = [name for name in ids if not METRIC_ID.fullmatch(name)]
        if wrong or len(set(ids)) != len(ids):
            raise DefinitionError(
                f"expression {self.text!r}: ids {ids} must differ and begin with a small letter"
            )
        if not self.metrics:
            raise DefinitionError(f"expression {self.text!r} reads no metric")
        if max(map(len, [self.text, *self.steps.values()])) > MAX_EXPRESSION_LENGTH:
            raise DefinitionError(
                f"expression {self.text[:60]!r}… is longer than {MAX_EXPRESSION_LENGTH} characters"
            )
        if self.is_rate and not self.minimum_volume:
            raise DefinitionError(f"expression {self.text!r} is a rate: give it a volume gate")


@dataclass(frozen=True, kw_only=True)
class AnyOf:
    """Be in ALARM while any of the named alarms is."""

    alarms: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse an empty or oversized rule."""
        if not 1 <= len(set(self.alarms)) == len(self.alarms) <= MAX_CHILDREN:
            raise DefinitionError(
                f"composite of {self.alarms}: expected 1 to {MAX_CHILDREN} different alarms"
            )


@dataclass(frozen=True, kw_only=True)
class Window:
    """Say how many of how many periods must breach.

    `datapoints_to_alarm` (M) of `evaluation_periods` (N) periods of `period_seconds`.
    """

    period_seconds: int
    evaluation_periods: int = 1
    datapoints_to_alarm: int = 0

    def __post_init__(self) -> None:
        """Refuse windows that PutMetricAlarm refuses; M defaults to N."""
        if not self.datapoints_to_alarm:
            object.__setattr__(self, "datapoints_to_alarm", self.evaluation_periods)
        if self.period_seconds < 60 or self.period_seconds % 60:
            raise DefinitionError(f"period of {self.period_seconds} s: expected a multiple of 60 s")
        if not 1 <= self.datapoints_to_alarm <= self.evaluation_periods:
            raise DefinitionError(
                f"{self.datapoints_to_alarm} of {self.evaluation_periods} datapoints: "
                "expected at least 1 and no more than the evaluation periods"
            )
        limit = (
            MAX_WINDOW_SECONDS_BELOW_ONE_HOUR if self.period_seconds < 3600 else MAX_WINDOW_SECONDS
        )
        if self.period_seconds * self.evaluation_periods > limit:
            raise DefinitionError(
                f"window of {self.evaluation_periods} × {self.period_seconds} s: "
                f"expected at most {limit} s"
            )

    def __str__(self) -> str:
        """Show the window as `2 of 3 × 5 min`."""
        minutes = self.period_seconds // 60
        hours, rest = divmod(minutes, 60)
        period = f"{hours} h" if hours and not rest else f"{minutes} min"
        if self.evaluation_periods == 1:
            return period
        return f"{self.datapoints_to_alarm} of {self.evaluation_periods} × {period}"


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Hold a value against a number over a window, with a decision about missing data."""

    watches: Statistic | Expression
    comparison: Comparison
    value: float
    window: Window
    treat_missing_data: TreatMissingData

    def __post_init__(self) -> None:
        """Refuse an expression over more metrics than an alarm may read."""
        if (
            isinstance(self.watches, Expression)
            and len(self.watches.metrics) > MAX_METRICS_IN_EXPRESSION
        ):
            raise DefinitionError(
                f"alarm on {self.watches.text[:60]!r} reads {len(self.watches.metrics)} metrics, "
                f"expected at most {MAX_METRICS_IN_EXPRESSION}"
            )


@dataclass(frozen=True, kw_only=True)
class AlarmDefinition:
    """Declare one alarm with all a person needs at three in the morning.

    `name` is without the environment suffix. A `silent` alarm runs no action of its own: it is a
    child of a composite that does. `also_notifies` adds the topics of further severities.
    `rationale` says where the number comes from.
    """

    name: str
    severity: Severity
    condition: Threshold | AnyOf
    meaning: str
    first_checks: tuple[str, str, str]
    runbook: str
    dashboard: str
    rationale: str = ""
    kill_switch: str = ""
    silent: bool = False
    also_notifies: tuple[Severity, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an alarm that would wake somebody without telling them what to do."""
        if not ALARM_NAME.fullmatch(self.name):
            raise DefinitionError(f"alarm name {self.name!r}: expected kebab-case")
        for label in ("meaning", "runbook", "dashboard"):
            if not getattr(self, label).strip():
                raise DefinitionError(f"alarm {self.name}: expected a {label}")
        if sum(bool(text.strip()) for text in self.first_checks) != 3:
            raise DefinitionError(f"alarm {self.name}: expected three first checks")

    @property
    def children(self) -> tuple[str, ...]:
        """Name the alarms this one is made of; empty for a metric alarm."""
        return self.condition.alarms if isinstance(self.condition, AnyOf) else ()

    @property
    def notifies(self) -> tuple[Severity, ...]:
        """List the severities whose topics this alarm publishes to."""
        return () if self.silent else (self.severity, *self.also_notifies)
