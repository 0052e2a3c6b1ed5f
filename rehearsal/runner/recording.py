"""What a rehearsal leaves for the alarms: log lines and AWS's metrics, with when they are seen."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rehearsal.engine.metric_filter.transformation import MetricFilter
from rehearsal.engine.metrics.emf import EmfError, read_emf
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Sample
from rehearsal.engine.metrics.store import MetricStore
from rehearsal.runner.function_run import FunctionRun
from rehearsal.scenario.model import AwsMetric, Scenario
from rehearsal.world.invocation import Invocation

MINUTE = 60
# From a line's writing to its metric being read: a few seconds as a rule, and it is asynchronous.
LOG_SECONDS = 15
# AWS's own metrics of a minute are complete about a minute after its end.
AWS_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Line:
    """Be one line of a log group; times are seconds since 1970."""

    log_group: str
    text: str
    at: int
    arrives: int


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Be values that AWS itself emits for a minute."""

    metric: MetricIdentity
    at: int
    arrives: int
    values: tuple[float, ...]
    unit: str | None = None


@dataclass(kw_only=True)
class Recording:
    """Gather what is emitted while a rehearsal runs."""

    lines: list[Line] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)

    def keep_log(self, run: FunctionRun, log_group: str, delay_seconds: int) -> None:
        """Keep the lines of a run, seen so much later than usual."""
        written = run.at + int(run.seconds)
        arrives = written + LOG_SECONDS + delay_seconds
        self.lines += [
            Line(log_group=log_group, text=text, at=written, arrives=arrives) for text in run.lines
        ]

    def keep_invocations(self, invocations: Iterable[Invocation]) -> None:
        """Turn invocations into the metrics Lambda emits of them, minute by minute."""
        by_minute: defaultdict[tuple[str, int], list[Invocation]] = defaultdict(list)
        for each in invocations:
            by_minute[each.function, int(each.at) // MINUTE * MINUTE].append(each)
        for (function, minute), found in by_minute.items():
            for name, values, unit in _lambda_values(found):
                self.keep("AWS/Lambda", name, {"FunctionName": function}, minute, values, unit)

    def keep(
        self,
        namespace: str,
        name: str,
        dimensions: dict[str, str],
        minute: int,
        values: tuple[float, ...],
        unit: str | None = "Count",
        *,
        delay_seconds: int = AWS_SECONDS,
    ) -> None:
        """Keep values of a minute that AWS emits, seen some time after the minute's end."""
        self.measured.append(
            Measured(
                metric=MetricIdentity.of(namespace, name, dimensions),
                at=minute,
                arrives=minute + MINUTE + delay_seconds,
                values=values,
                unit=unit,
            )
        )

    def keep_said(self, scenario: Scenario) -> None:
        """Keep the metrics that a scenario says AWS emits."""
        for said in scenario.aws:
            for place, value in enumerate(said.values):
                self._keep_value(said, scenario.start + said.at + place * MINUTE, value)

    def keep_said_before(self, scenario: Scenario) -> None:
        """Keep for the warm-up what each metric that is said from the start on begins with."""
        for said in scenario.aws:
            if not said.at:
                for place in range(-(scenario.warm_up // MINUTE), 0):
                    self._keep_value(said, scenario.start + place * MINUTE, said.values[0])

    def _keep_value(self, said: AwsMetric, minute: int, value: float | None) -> None:
        if value is not None:
            self.keep(
                said.namespace,
                said.metric,
                said.dimensions,
                minute,
                (value,),
                said.unit,
                delay_seconds=said.delay,
            )

    def to_store(self, filters: Iterable[MetricFilter] = ()) -> MetricStore:
        """Turn it into metrics, as CloudWatch does with logs, their filters and AWS's own.

        What a filter counts is seen when its minute is over, however late a log arrives.
        """
        refused: Counter[tuple[str, str, int]] = Counter()
        store = MetricStore(self._logged(refused))
        for (group, counter, minute), count in refused.items():
            self.keep("AWS/Logs", counter, {"LogGroupName": group}, minute, (float(count),))
        store.add(
            Sample(
                metric=each.metric,
                at=each.at,
                arrives=each.arrives,
                values=each.values,
                unit=each.unit,
            )
            for each in self.measured
        )
        for each in filters:
            store.add(each.read(self._events_of(each.log_group)))
        return store

    def _events_of(self, log_group: str) -> list[tuple[int, str]]:
        return [(line.at, line.text) for line in self.lines if line.log_group == log_group]

    def _logged(self, refused: "Counter[tuple[str, str, int]]") -> Iterator[Sample]:
        for line in self.lines:
            try:
                yield from read_emf(line.text, line.arrives)
            except EmfError as error:
                refused[line.log_group, error.counter.value, line.at // MINUTE * MINUTE] += 1


def _lambda_values(found: list[Invocation]) -> Iterator[tuple[str, tuple[float, ...], str]]:
    started = [each for each in found if not each.is_throttled]
    yield "Throttles", (float(len(found) - len(started)),), "Count"
    if started:
        yield "Invocations", tuple(1.0 for _ in started), "Count"
        yield "Errors", tuple(float(each.has_failed) for each in started), "Count"
        yield "Duration", tuple(each.seconds * 1000 for each in started), "Milliseconds"
        yield "ConcurrentExecutions", (1.0,), "Count"
