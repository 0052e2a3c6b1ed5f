"""Metric filters: the datapoints that a log group's lines become, minute by minute."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rehearsal.engine.errors import PatternError, SampleError
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metric_filter.match import Match
from rehearsal.engine.metric_filter.operand import read_number
from rehearsal.engine.metric_filter.pattern import Pattern
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import (
    MAX_DIMENSION_VALUE_LENGTH,
    MAX_MAGNITUDE,
    MAX_UNIQUE_VALUES,
    Sample,
)

MINUTE: Final = 60
MAX_DIMENSIONS: Final = 3
MAX_FILTERS: Final = 100
MAX_REGEX_FILTERS: Final = 5

# How often each value came, by metric.
_Found = dict[MetricIdentity, Counter[float]]


@dataclass(frozen=True, kw_only=True)
class MetricFilter:
    """Be one filter of a log group with its one transformation.

    `value` is a number, `$.field` of a JSON pattern or `$name` of a space-delimited one;
    `dimensions` pairs the name of each dimension with such a reference.
    """

    name: str
    log_group: str
    pattern: Pattern
    namespace: str
    metric_name: str
    value: str = "1"
    default: float | None = None
    unit: str | None = None
    dimensions: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what PutMetricFilter would refuse."""
        for problem in self._list_problems():
            message = f"metric filter {self.name!r}: {problem}"
            raise PatternError(message)

    @property
    def inferred(self) -> frozenset[Inference]:
        """Name the unpublished rules that its datapoints may rest on."""
        by_value = {Inference.FILTER_VALUE} if self._constant is None else frozenset()
        return self.pattern.inferred | by_value

    def read(self, events: Sequence[tuple[int, str]]) -> list[Sample]:
        """Return the samples of events given as (second, line), whole minutes at a time.

        A minute's samples arrive at its end. A minute in which lines came and none matched has
        the default value; one without any line has nothing, whatever the default.
        """
        minutes: defaultdict[int, _Found] = defaultdict(dict)
        matched = set()
        for second, line in events:
            minute = second - second % MINUTE
            found = minutes[minute]
            match = self.pattern.match(line)
            if match is None:
                continue
            matched.add(minute)
            value, metric = self._read_value(match), self._read_metric(match)
            if value is not None and metric is not None:
                found.setdefault(metric, Counter())[value] += 1
        if self.default is not None:
            for minute in minutes.keys() - matched:
                minutes[minute] = {self._identify({}): Counter([self.default])}
        return [sample for minute in sorted(minutes) for sample in self._build(minute, minutes)]

    @cached_property
    def _constant(self) -> float | None:
        return read_number(self.value)

    def _read_value(self, match: Match) -> float | None:
        """Return a line's value; None where it is absent, no number or too large to publish."""
        text = match.read(self.value) if self._constant is None else self.value
        value = read_number(text) if text is not None else None
        return value if value is not None and abs(value) <= MAX_MAGNITUDE else None

    def _read_metric(self, match: Match) -> MetricIdentity | None:
        """Name the metric of a line; None where a dimension's value is too long to publish.

        A dimension that is not in the line is left out, as the API's reference says.
        """
        texts = {name: match.read(reference) for name, reference in self.dimensions}
        found = {name: text for name, text in texts.items() if text}
        if any(len(text) > MAX_DIMENSION_VALUE_LENGTH for text in found.values()):
            return None
        return self._identify(found)

    def _identify(self, dimensions: dict[str, str]) -> MetricIdentity:
        return MetricIdentity.of(self.namespace, self.metric_name, dimensions)

    def _build(self, minute: int, minutes: dict[int, _Found]) -> Iterator[Sample]:
        for metric, counts in sorted(minutes[minute].items()):
            pairs = sorted(counts.items())
            for first in range(0, len(pairs), MAX_UNIQUE_VALUES):
                values, times = zip(*pairs[first : first + MAX_UNIQUE_VALUES], strict=True)
                yield Sample(
                    metric=metric,
                    at=minute,
                    arrives=minute + MINUTE,
                    values=values,
                    counts=tuple(map(float, times)),
                    unit=self.unit,
                )

    def _list_problems(self) -> Iterator[str]:
        if self._constant is None:
            yield from self._check_reference(self.value)
        for _, reference in self.dimensions:
            yield from self._check_reference(reference)
        if len(self.dimensions) > MAX_DIMENSIONS:
            yield f"it has {len(self.dimensions)} dimensions; expected at most {MAX_DIMENSIONS}"
        if len(dict(self.dimensions)) < len(self.dimensions):
            yield "it names a dimension twice; expected each once"
        if self.dimensions and self.default is not None:
            yield "it has dimensions and a default value; expected one or the other"
        for what, value in (("value", self._constant), ("default value", self.default)):
            if value is not None and not abs(value) <= MAX_MAGNITUDE:
                yield f"its {what} is {value}; expected a number from -2^360 to 2^360"
        yield from self._check_metric()

    def _check_metric(self) -> Iterator[str]:
        metric = self._identify({name: "a value" for name, _ in self.dimensions})
        try:
            Sample(metric=metric, at=0, arrives=0, values=(0.0,), unit=self.unit)
        except SampleError as error:
            yield str(error)

    def _check_reference(self, reference: str) -> Iterator[str]:
        try:
            self.pattern.check_reference(reference)
        except PatternError as error:
            yield str(error)


def check_log_group(filters: Iterable[MetricFilter]) -> None:
    """Refuse more filters than one log group may have, and more with regular expressions."""
    by_group: defaultdict[str, list[MetricFilter]] = defaultdict(list)
    for metric_filter in filters:
        by_group[metric_filter.log_group].append(metric_filter)
    for log_group, members in by_group.items():
        with_regex = sum(member.pattern.regex_count > 0 for member in members)
        _check_count(log_group, len(members), MAX_FILTERS, "metric filters")
        _check_count(log_group, with_regex, MAX_REGEX_FILTERS, "filters with regular expressions")


def _check_count(log_group: str, count: int, most: int, what: str) -> None:
    if count > most:
        message = f"log group {log_group!r} has {count} {what}; expected at most {most}"
        raise PatternError(message)
