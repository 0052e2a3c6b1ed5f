"""A source whose rows are counted by the minute: what one query finds against what was emitted."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from watchkeeper.collection.counting import Change
from watchkeeper.collection.database import Snapshot
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import Kind, MetricSeries
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.ledger.minute import minute_bucket, to_datetime
from watchkeeper.ledger.progress import Plan, Window, plan_recount
from watchkeeper.ledger.tally import Key, Tally, differences, settle

# A key of a tally: measure, type, reason, minutes after the bucket, value in hundredths.
MEASURE, TYPE, REASON, AFTER, HUNDREDTHS = range(5)
SeriesOf = Callable[[str, str, str], tuple[MetricSeries, ...]]


@dataclass(frozen=True, kw_only=True)
class MinuteSource:
    """Count the rows of one query, whose columns are `MINUTE_COLUMNS` and name whole minutes.

    `series` gives the series that a measure of a type and reason counts in, none for a measure
    it does not know. A counter is corrected when rows change; a sample once emitted stays.
    """

    query: QueryDefinition
    parameters: Mapping[str, object]
    series: SeriesOf

    def plan(self, through: int | None, now: int) -> Plan:
        """Return the steps of a run at the minute `now`; `through` is how far others came."""
        return plan_recount(through, now)

    def buckets(self, window: Window) -> tuple[str, str]:
        """Return the first and the last bucket of a step."""
        return minute_bucket(window.since), minute_bucket(window.until - 1)

    def recount(
        self, snapshot: Snapshot, window: Window, emitted: Mapping[str, Tally]
    ) -> Iterator[Change]:
        """Count the rows of a step again and yield what differs, oldest bucket first."""
        found = self._read(snapshot, window)
        for minute in range(window.since, window.until):
            before = emitted.get(minute_bucket(minute), {})
            minute_found = found.get(minute) or _Found()
            after = settle(before, minute_found.tally, only_grows=self._is_sample)
            owed = list(differences(before, after))
            if owed:
                yield Change(
                    bucket=minute_bucket(minute),
                    tally=after,
                    datapoints=tuple(self._datapoints(minute, owed)),
                    remarks=tuple(minute_found.remarks(owed)),
                )

    def _read(self, snapshot: Snapshot, window: Window) -> dict[int, "_Found"]:
        limits = {"since": to_datetime(window.since), "until": to_datetime(window.until)}
        found: defaultdict[int, _Found] = defaultdict(_Found)
        for bucket, *key, rows, example in snapshot.rows(self.query, {**self.parameters, **limits}):
            found[bucket].tally[tuple(key)] = rows
            if example is not None:
                found[bucket].examples[str(key[MEASURE])] = example
        return found

    def _series_of(self, key: Key) -> tuple[MetricSeries, ...]:
        return self.series(str(key[MEASURE]), str(key[TYPE]), str(key[REASON]))

    def _is_sample(self, key: Key) -> bool:
        return any(one.metric.kind is Kind.DISTRIBUTION for one in self._series_of(key))

    def _datapoints(self, minute: int, owed: Iterable[tuple[Key, int]]) -> Iterator[Datapoint]:
        due: defaultdict[tuple[MetricSeries, int], list[float]] = defaultdict(list)
        for key, change in owed:
            at = minute + int(key[AFTER])
            for series in self._series_of(key):
                if series.metric.kind is Kind.DISTRIBUTION:
                    due[series, at] += [int(key[HUNDREDTHS]) / 100] * change
                else:
                    due[series, at].append(change)
        for (series, at), values in due.items():
            counts = series.metric.kind is Kind.COUNTER
            total = [float(sum(values))] if counts else values
            if any(total) or not counts:
                yield Datapoint(series=series, values=tuple(total), timestamp=to_datetime(at))


@dataclass(frozen=True)
class _Found:
    tally: dict[Key, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def remarks(self, owed: Iterable[tuple[Key, int]]) -> Iterator[str]:
        grown = {key[MEASURE] for key, change in owed if change > 0}
        for measure, example in self.examples.items():
            if measure in grown:
                yield f"{measure}: {example!r}"
