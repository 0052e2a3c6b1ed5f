"""An alarm as its template has it, also one that CloudWatch would refuse.

The engine's own alarms refuse what cannot be deployed; a design rule must be able to say of such an
alarm what is wrong with it. Values that could not be resolved are None or left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.template.deployment import Resource
from rehearsal.engine.template.values import read_number
from rehearsal.lint.finding import Place, Problem, Unchecked
from rehearsal.lint.values import listed

METRIC_ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"
ACTION_LISTS = {
    "AlarmActions": "ALARM",
    "OKActions": "OK",
    "InsufficientDataActions": "INSUFFICIENT_DATA",
}
BAND_COMPARISONS = frozenset(
    {
        "LessThanLowerOrGreaterThanUpperThreshold",
        "LessThanLowerThreshold",
        "GreaterThanUpperThreshold",
    }
)


@dataclass(frozen=True, kw_only=True)
class Read:
    """Be one statistic of one metric that an alarm reads."""

    id: str
    metric: MetricIdentity
    statistic: str
    period_seconds: int | None
    unit: str | None


@dataclass(frozen=True, kw_only=True)
class Formula:
    """Be one expression of an alarm's Metrics."""

    id: str
    text: str
    returns_data: bool


@dataclass(frozen=True)
class AlarmView:
    """Read one alarm resource of a template."""

    resource: Resource

    @property
    def name(self) -> str:
        """Give what the alarm is called, or its logical id where that cannot be told."""
        return self.resource.name or self.resource.logical_id

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the alarm's properties as they were resolved."""
        return self.resource.properties

    @property
    def is_composite(self) -> bool:
        """Tell a rule over alarms from an alarm on metrics."""
        return self.resource.type == COMPOSITE_ALARM

    @property
    def place(self) -> Place:
        """Point at this alarm."""
        own = self.resource
        return Place(stack=own.stack, logical_id=own.logical_id, alarm=self.name)

    def problem(self, found: str, expected: str, fix: str) -> Problem:
        """Say what is wrong with this alarm."""
        return Problem(place=self.place, found=found, expected=expected, fix=fix)

    def unchecked(self, needs: str) -> Unchecked:
        """Say what one would have to know to judge this alarm."""
        return Unchecked(place=self.place, needs=needs)

    def actions(self, key: str = "AlarmActions") -> tuple[str, ...]:
        """List what runs on a change of state, by the property's name."""
        return tuple(each for each in listed(self.properties.get(key)) if isinstance(each, str))

    @property
    def has_actions(self) -> bool:
        """Tell whether a change to ALARM runs anything, also what cannot be resolved."""
        return self.may_act and bool(listed(self.properties.get("AlarmActions")))

    @property
    def every_action(self) -> frozenset[str]:
        """Return what runs on a change to any state."""
        return frozenset(action for key in ACTION_LISTS for action in self.actions(key))

    @property
    def may_act(self) -> bool:
        """Tell whether actions are enabled at all."""
        return self.properties.get("ActionsEnabled", True) not in (False, "false")

    @property
    def treatment(self) -> str | None:
        """Return the stated treatment of missing data; None when the template states none."""
        treatment = self.properties.get("TreatMissingData")
        return treatment if isinstance(treatment, str) else None

    @cached_property
    def tags(self) -> Mapping[str, str]:
        """Return the alarm's tags by key in small letters."""
        return {key.lower(): value for key, value in self.resource.tags.items()}

    @property
    def description(self) -> str:
        """Return what the alarm tells whoever is woken."""
        text = self.properties.get("AlarmDescription", "")
        return text if isinstance(text, str) else ""

    @cached_property
    def reads(self) -> tuple[Read, ...]:
        """List the statistics that the alarm reads."""
        return tuple(self._reads())

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """List the alarm's expressions."""
        return tuple(
            Formula(
                id=str(each.get("Id", "")),
                text=each["Expression"],
                returns_data=each.get("ReturnData", True) not in (False, "false"),
            )
            for each in self.queries
            if isinstance(each.get("Expression"), str)
        )

    @property
    def queries(self) -> list[Mapping[str, Any]]:
        """List the entries of the alarm's Metrics."""
        return [
            each for each in listed(self.properties.get("Metrics")) if isinstance(each, Mapping)
        ]

    @property
    def returned_ids(self) -> list[str]:
        """List the ids of the queries that return data; the one of a single metric is empty."""
        return [
            str(each.get("Id", ""))
            for each in self.queries
            if each.get("ReturnData", True) not in (False, "false")
        ]

    @property
    def is_query(self) -> bool:
        """Tell an alarm on a query language, which has no periods of the usual kind."""
        return "EvaluationCriteria" in self.properties

    @property
    def is_anomaly(self) -> bool:
        """Tell whether the alarm holds a metric against a learned band."""
        return str(self.properties.get("ComparisonOperator")) in BAND_COMPARISONS or any(
            "ANOMALY_DETECTION_BAND" in formula.text for formula in self.formulas
        )

    @property
    def period_seconds(self) -> int | None:
        """Return the period, the longest of several; None when nothing in the template says it."""
        periods = [read.period_seconds for read in self.reads if read.period_seconds]
        periods += [int(each) for each in self._expression_periods()]
        return max(periods, default=None)

    @property
    def evaluation_periods(self) -> int | None:
        """Return N."""
        number = read_number(self.properties.get("EvaluationPeriods"))
        return None if number is None else int(number)

    @property
    def datapoints_to_alarm(self) -> int | None:
        """Return M, which is N when the template does not state it."""
        number = read_number(self.properties.get("DatapointsToAlarm"))
        return self.evaluation_periods if number is None else int(number)

    @property
    def threshold(self) -> float | None:
        """Return the threshold; None for a band."""
        return read_number(self.properties.get("Threshold"))

    def _expression_periods(self) -> Iterator[float]:
        for each in self.queries:
            period = read_number(each.get("Period"))
            if period and "Expression" in each:
                yield period

    def _reads(self) -> Iterator[Read]:
        if isinstance(self.properties.get("MetricName"), str):
            own = self.properties
            statistic = own.get("Statistic") or own.get("ExtendedStatistic") or ""
            yield _read("", own, str(statistic), own.get("Period"), own.get("Unit"))
        for each in self.queries:
            stat = each.get("MetricStat")
            if isinstance(stat, Mapping) and isinstance(stat.get("Metric"), Mapping):
                period, unit = stat.get("Period"), stat.get("Unit")
                name = str(each.get("Id", ""))
                yield _read(name, stat["Metric"], str(stat.get("Stat", "")), period, unit)


def _read(name: str, metric: Mapping[str, Any], statistic: str, period: Any, unit: Any) -> Read:
    dimensions = {
        str(each.get("Name")): str(each.get("Value"))
        for each in listed(metric.get("Dimensions"))
        if isinstance(each, Mapping)
    }
    number = read_number(period)
    return Read(
        id=name,
        metric=MetricIdentity.of(
            str(metric.get("Namespace", "")), str(metric.get("MetricName", "")), dimensions
        ),
        statistic=statistic,
        period_seconds=None if number is None else int(number),
        unit=unit if isinstance(unit, str) else None,
    )
