"""Count e-mails sent, and people who unsubscribe, as it happens.

The table shows only what became of an e-mail in the end: who unsubscribes today does so on a row
of last week, and nothing says when. So the ledger remembers, by the day an e-mail was sent, which
e-mails were seen unsubscribed; what is seen for the first time has just happened.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from watchkeeper.collection.counting import Change, CountResult
from watchkeeper.collection.counting_job import CountingJob, total
from watchkeeper.collection.database import Snapshot
from watchkeeper.collection.first_seen import digest, first_watched, place
from watchkeeper.collection.ledgers import BUSY
from watchkeeper.collection.minute_source import MinuteSource, SeriesOf
from watchkeeper.definitions.datapoint import OLDEST_ACCEPTED, Datapoint
from watchkeeper.definitions.errors import LedgerBusyError
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.engine_metrics import ROWS_FOLDED
from watchkeeper.ledger.minute import day_bucket, to_datetime
from watchkeeper.ledger.progress import OLDEST_MINUTES, Plan, Window
from watchkeeper.ledger.tally import Key, Tally
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import UnsubscribeSpikeSettings
from watchkeeper.workloads.storytailor.metrics import EMAILS_SENT, UNSUBSCRIBES
from watchkeeper.workloads.storytailor.sources import (
    OTHER,
    QUERY_EMAILS_SENT,
    QUERY_UNSUBSCRIBED,
)

EMAILS_LEDGER = "emails_sent"
EMAILS_KEPT_DAYS = OLDEST_ACCEPTED.days + 3
UNSUBSCRIBES_LEDGER = "unsubscribes"
# An unsubscribe on an e-mail older than this is not seen.
WATCHED_DAYS = 35
UNSUBSCRIBES_KEPT_DAYS = WATCHED_DAYS + 5
# A day's bucket also says how many left on that day: this, the minute, the type.
HAPPENED = "at"
TOP_TYPES = 3

UnsubscribeRun = Run[UnsubscribeSpikeSettings]


def count_unsubscribes(run: UnsubscribeRun) -> Mapping[str, object]:
    """Count e-mails sent since the last time, and unsubscribes seen since the last time."""
    types = list(dict.fromkeys(run.settings.email_types))
    labels = {"types": types, "other": OTHER}
    emails = MinuteSource(
        query=QUERY_EMAILS_SENT,
        parameters=labels,
        series=email_series(run.settings.environment, run.job),
    )
    unsubscribes = UnsubscribeSource(parameters=labels, environment=run.settings.environment)
    with CountingJob(run) as job:
        try:
            sent = job.count(emails, name=EMAILS_LEDGER, kept_days=EMAILS_KEPT_DAYS)
            left = job.count(
                unsubscribes, name=UNSUBSCRIBES_LEDGER, kept_days=UNSUBSCRIBES_KEPT_DAYS
            )
        except LedgerBusyError:
            return BUSY
        job.report(expected_series(run), sent, left)
    return _summary(sent, left)


def email_series(environment: str, job: str) -> SeriesOf:
    """Return what names the series that a measure of an e-mail type counts in."""

    @cache
    def series(measure: str, email_type: str, _reason: str) -> tuple[MetricSeries, ...]:
        match measure:
            case "sent":
                return _by_type_and_total(EMAILS_SENT, environment, email_type)
            case "folded":
                return (ROWS_FOLDED.series(Environment=environment, Function=job),)
            case _:
                return ()

    return series


def expected_series(run: UnsubscribeRun) -> Iterator[MetricSeries]:
    """List the counters that each run has a value for, be it zero."""
    environment = run.settings.environment
    for metric in (EMAILS_SENT, UNSUBSCRIBES):
        yield metric.series(Environment=environment)
        for email_type in dict.fromkeys(run.settings.email_types):
            yield metric.series(Environment=environment, EmailType=email_type)
    yield ROWS_FOLDED.series(Environment=environment, Function=run.job)


@dataclass(frozen=True, kw_only=True)
class Unsubscribe:
    """Hold one e-mail whose recipient has unsubscribed.

    `sent` and `updated` are minutes since 1970; `updated` is unknown where the table has no
    such column.
    """

    id: str
    type: str
    sent: int
    updated: int | None

    @property
    def key(self) -> Key:
        """Name the e-mail in the ledger, in few bytes."""
        return (digest(self.id),)

    @property
    def bucket(self) -> str:
        """Name the bucket of the day the e-mail was sent."""
        return day_bucket(self.sent)


@dataclass(frozen=True, kw_only=True)
class UnsubscribeSource:
    """Count e-mails seen unsubscribed for the first time; the first run only remembers them.

    With another query and metric of that shape it counts another last word on e-mails.
    """

    parameters: Mapping[str, object]
    environment: str
    query: QueryDefinition = QUERY_UNSUBSCRIBED
    metric: MetricDefinition = UNSUBSCRIBES

    def plan(self, through: int | None, now: int) -> Plan:
        """Return the one step of a run: from the last run to the minute `now`."""
        since = now if through is None else max(min(through, now), now - OLDEST_MINUTES)
        return Plan(windows=(Window(since=since, until=now, is_first=through is None),))

    def buckets(self, window: Window) -> tuple[str, str]:
        """Return the first and the last day whose e-mails are watched."""
        return day_bucket(first_watched(window, WATCHED_DAYS)), day_bucket(window.until)

    def recount(
        self, snapshot: Snapshot, window: Window, emitted: Mapping[str, Tally]
    ) -> Iterator[Change]:
        """Look for e-mails that were not unsubscribed before; yield those of each day."""
        fresh: defaultdict[str, list[Unsubscribe]] = defaultdict(list)
        for one in self._read(snapshot, window):
            if one.key not in emitted.get(one.bucket, {}):
                fresh[one.bucket].append(one)
        everyone = sorted((one for day in fresh.values() for one in day), key=_by_key)
        minutes = place({one.key: one.updated for one in everyone}, window)
        happened = {} if window.is_first else _by_day(everyone, minutes)
        for bucket in sorted(fresh.keys() | happened.keys()):
            unsubscribes = fresh.get(bucket, [])
            known = {one.key: 1 for one in unsubscribes}
            tally = Counter(dict(emitted.get(bucket, {}))) + Counter(happened.get(bucket, {}))
            yield Change(
                bucket=bucket,
                tally={**tally, **known},
                datapoints=()
                if window.is_first
                else tuple(self._datapoints(unsubscribes, minutes)),
            )

    def _read(self, snapshot: Snapshot, window: Window) -> Iterator[Unsubscribe]:
        limits = {
            "since": to_datetime(first_watched(window, WATCHED_DAYS)),
            "until": to_datetime(window.until),
        }
        for row in snapshot.rows(self.query, {**self.parameters, **limits}):
            yield Unsubscribe(id=row[0], type=row[1], sent=row[2], updated=row[3])

    def _datapoints(
        self, unsubscribes: Sequence[Unsubscribe], minutes: Mapping[Key, int]
    ) -> Iterator[Datapoint]:
        counts: defaultdict[tuple[MetricSeries, int], int] = defaultdict(int)
        for one in unsubscribes:
            for series in _by_type_and_total(self.metric, self.environment, one.type):
                counts[series, minutes[one.key]] += 1
        for (series, minute), count in counts.items():
            yield Datapoint(series=series, values=(float(count),), timestamp=to_datetime(minute))


def left_by_minute(tallies: Iterable[Tally]) -> Counter[tuple[int, str]]:
    """Add up who left by minute and type, from the buckets of days."""
    left: Counter[tuple[int, str]] = Counter()
    for tally in tallies:
        for key, count in tally.items():
            if key[0] == HAPPENED:
                left[int(key[1]), str(key[2])] += count
    return left


def _by_day(
    unsubscribes: Iterable[Unsubscribe], minutes: Mapping[Key, int]
) -> Mapping[str, Mapping[Key, int]]:
    """Count what happened by day, so that later runs can tell how many usually leave."""
    days: defaultdict[str, Counter[Key]] = defaultdict(Counter)
    for one in unsubscribes:
        minute = minutes[one.key]
        days[day_bucket(minute)][HAPPENED, minute, one.type] += 1
    return days


def _by_key(one: Unsubscribe) -> Key:
    return one.key


def _by_type_and_total(
    metric: MetricDefinition, environment: str, email_type: str
) -> tuple[MetricSeries, ...]:
    everywhere = {"Environment": environment}
    return metric.series(**everywhere, EmailType=email_type), metric.series(**everywhere)


def _summary(sent: CountResult, left: CountResult) -> dict[str, object]:
    by_type = total(left, UNSUBSCRIBES, by="EmailType")
    return {
        EMAILS_SENT.name: total(sent, EMAILS_SENT).get("", 0),
        UNSUBSCRIBES.name: sum(by_type.values()),
        "top_types": dict(list(by_type.items())[:TOP_TYPES]),
        "minutes_behind": max(sent.minutes_behind, left.minutes_behind),
    }
