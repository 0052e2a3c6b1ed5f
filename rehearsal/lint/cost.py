"""What a deployment costs a month, as far as its templates and the facts tell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.template.deployment import Resource
from rehearsal.engine.template.values import read_number
from rehearsal.lint.cadence import read_cadence
from rehearsal.lint.facts import CostFact, Facts
from rehearsal.lint.functions import list_starts
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.prices import METRICS_OF_ANOMALY_ALARM, MONTH_SECONDS, PRICES
from rehearsal.lint.values import dig, list_objects, listed

DEFAULT_TIMEOUT_SECONDS = 3.0
DEFAULT_MEMORY_MEGABYTES = 128.0
MONTH_DAYS = MONTH_SECONDS / 86_400
LOG_GROUP = "LoggingConfig.LogGroup"


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """Be one line of the estimate."""

    what: str
    count: float

    @property
    def usd(self) -> float:
        """Return what the line costs a month."""
        return self.count * PRICES[self.what].usd

    def __str__(self) -> str:
        """Show the line."""
        return f"{self.what} × {self.count:,.5g}: {self.usd:.2f} USD"


def estimate_cost(landscape: Landscape, facts: Facts) -> tuple[CostLine, ...]:
    """Return the lines of the estimate that cost anything, the dearest first."""
    counts: dict[str, float] = {}
    for what, count in _count(landscape, facts):
        counts[what] = counts.get(what, 0.0) + count
    lines = (CostLine(what=what, count=count) for what, count in counts.items() if count)
    return tuple(sorted(lines, key=lambda line: (-line.usd, line.what)))


def add_up(lines: Iterable[CostLine]) -> float:
    """Return the sum of an estimate in USD a month."""
    return sum(line.usd for line in lines)


def _count(landscape: Landscape, facts: Facts) -> Iterator[tuple[str, float]]:
    for alarm in landscape.metric_alarms:
        is_fine = 0 < (alarm.period_seconds or 60) < 60
        yield (
            "high-resolution alarm metric" if is_fine else "alarm metric",
            METRICS_OF_ANOMALY_ALARM if alarm.is_anomaly else max(1, len(alarm.reads)),
        )
    yield "composite alarm", len(landscape.composites)
    yield "dashboard", len(landscape.of_type("AWS::CloudWatch::Dashboard"))
    yield "key", len(landscape.of_type("AWS::KMS::Key"))
    yield "custom metric", _count_series(landscape, facts)
    cost = facts.cost or CostFact(budget_usd=1)
    yield from cost.usage.items()
    yield from _count_runs(landscape, cost)


def _count_series(landscape: Landscape, facts: Facts) -> int:
    """Count the custom series: as the facts say, else those that alarms and filters name."""
    told = {fact.namespace + fact.name: fact.series for fact in facts.metrics or ()}
    named = {read.metric for alarm in landscape.metric_alarms for read in alarm.reads}
    named |= set(_filtered(landscape))
    custom = {each for each in named if not each.namespace.startswith("AWS/")}
    untold = [each for each in custom if told.get(each.namespace + each.name) is None]
    counted = [
        fact.series or 0 for fact in facts.metrics or () if not fact.namespace.startswith("AWS/")
    ]
    return sum(counted) + len(untold)


def _filtered(landscape: Landscape) -> Iterator[MetricIdentity]:
    for resource in landscape.of_type("AWS::Logs::MetricFilter"):
        for each in list_objects(resource.properties, "MetricTransformations"):
            yield MetricIdentity(str(each.get("MetricNamespace")), str(each.get("MetricName")))


def _count_runs(landscape: Landscape, cost: CostFact) -> Iterator[tuple[str, float]]:
    for start in list_starts(landscape):
        cadence = read_cadence(start.expression)
        if cadence is None:
            continue
        own, runs = start.function.properties, MONTH_SECONDS / cadence
        timeout = read_number(own.get("Timeout")) or DEFAULT_TIMEOUT_SECONDS
        memory = read_number(own.get("MemorySize")) or DEFAULT_MEMORY_MEGABYTES
        seconds = cost.run_seconds.get(start.function.name or "", timeout)
        gigabytes = runs * cost.run_log_kilobytes / 1e6
        yield "log ingestion", gigabytes
        yield "log storage", gigabytes * _retention_days(landscape, start.function) / MONTH_DAYS
        if any(mode == "Active" for mode in dig(own, "TracingConfig.Mode")):
            yield "trace", runs
        if start.is_by_scheduler:
            yield "scheduled start", runs
        is_arm = listed(own.get("Architectures")) == ["arm64"]
        yield "function run", runs
        yield (
            f"function time on {'arm64' if is_arm else 'x86_64'}",
            runs * seconds * memory / 1024,
        )


def _retention_days(landscape: Landscape, function: Resource) -> float:
    """Return how long a function's log is kept; for ever counts as one month more each month."""
    groups = {f"/aws/lambda/{function.name}", *map(str, dig(function.properties, LOG_GROUP))}
    for group in landscape.of_type("AWS::Logs::LogGroup"):
        if not groups.isdisjoint({group.name, group.ref}):
            return read_number(group.properties.get("RetentionInDays")) or MONTH_DAYS
    return MONTH_DAYS
