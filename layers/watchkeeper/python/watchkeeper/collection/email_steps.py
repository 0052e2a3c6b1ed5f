"""Count each step that an e-mail takes once, however its one status column moves.

The column shows the last thing that happened, and not what happened before: an e-mail that was
opened, clicked and then left shows only that somebody left. So the ledger remembers, by the minute
an e-mail was sent, which steps it has been seen to take; a step seen for the first time has just
happened. E-mails that are not new are looked at by turns, the older the less often.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.collection.counting import Change
from watchkeeper.collection.database import Snapshot
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import MetricSeries
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.ledger.minute import MINUTES_A_DAY, minute_bucket, to_datetime
from watchkeeper.ledger.progress import RECOUNT_MINUTES, Plan, Window, plan_recount
from watchkeeper.ledger.tally import Key, Tally

# The steps as bits, in which email_steps.sql adds them up.
OPENED, CLICKED, BOUNCED, FAILED = 1, 2, 4, 8
STEPS = (OPENED, CLICKED, BOUNCED, FAILED)
# E-mails sent before are not looked at any more.
WATCHED_DAYS = 35
# How often a run comes.
CADENCE_MINUTES = 5
# How far before the last look an updated_at is believed: its row was written, and not yet visible.
GRACE_MINUTES = 10
# Behind by more than this, a run catches up first and leaves older e-mails alone.
MAX_BEHIND_MINUTES = 60
# That e-mails of a minute are known, whether or not they have taken a step.
WATCHED: Key = ("",)

SeriesOfStep = Callable[[int, str], tuple[MetricSeries, ...]]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Say how often e-mails up to an age are looked at: a slice of them in each run."""

    youngest_minutes: int
    oldest_minutes: int
    every_minutes: int

    def ages(self, now: int) -> tuple[int, int]:
        """Return the youngest and the oldest age whose turn it is in the run of a minute.

        E-mails age from run to run, so a slice is as much wider than an even part.
        """
        runs = self.every_minutes // CADENCE_MINUTES
        part = -(-(self.oldest_minutes - self.youngest_minutes) // runs)
        youngest = self.youngest_minutes + now // CADENCE_MINUTES % runs * part
        return youngest, min(youngest + part + CADENCE_MINUTES, self.oldest_minutes)


TURNS = (
    Turn(
        youngest_minutes=2 * MINUTES_A_DAY,
        oldest_minutes=WATCHED_DAYS * MINUTES_A_DAY,
        every_minutes=MINUTES_A_DAY,
    ),
    Turn(youngest_minutes=0, oldest_minutes=2 * MINUTES_A_DAY, every_minutes=60),
)


@dataclass(frozen=True, kw_only=True)
class Look(Window):
    """Look at the e-mails of a stretch, in the minute `now`, and the time before in `before`.

    Of a minute of sending that the ledger does not know, and that is older than `watched_since`,
    nobody has watched the e-mails: what has become of them is remembered and not counted.
    """

    before: int
    now: int
    watched_since: int


@dataclass(frozen=True, slots=True)
class Mail:
    """Hold what the table says of one e-mail now; times are minutes since 1970."""

    sent: int
    type: str
    steps: int
    key: Key
    updated: int | None


@dataclass(frozen=True, kw_only=True)
class EmailStepSource:
    """Count the steps of e-mails; `series` gives what a step of a type counts in."""

    query: QueryDefinition
    parameters: Mapping[str, object]
    series: SeriesOfStep

    def plan(self, through: int | None, now: int) -> Plan:
        """Return the stretches of a run: those whose turn it is, and the two hours before."""
        watched_since = (now if through is None else through) - RECOUNT_MINUTES
        before = now if through is None else min(through, now)
        recent = plan_recount(through, now)
        stretches = [
            Look(
                since=each.since,
                until=each.until,
                before=max(before, recent.windows[0].since),
                now=now,
                watched_since=watched_since,
            )
            for each in recent.windows
        ]
        if through is not None and now - before <= MAX_BEHIND_MINUTES:
            stretches = [*_older(before - RECOUNT_MINUTES, now, watched_since), *stretches]
        return Plan(windows=tuple(stretches), skipped_minutes=recent.skipped_minutes)

    def buckets(self, window: Window) -> tuple[str, str]:
        """Return the first and the last bucket of a stretch."""
        return minute_bucket(window.since), minute_bucket(window.until - 1)

    def recount(
        self, snapshot: Snapshot, window: Window, emitted: Mapping[str, Tally]
    ) -> Iterator[Change]:
        """Look for steps that were not taken before; yield those of each minute of sending."""
        assert isinstance(window, Look), "expected a step of this source's own plan"  # noqa: S101
        found = self._read(snapshot, window)
        fresh: dict[int, list[tuple[Mail, int]]] = {}
        for minute, mails in found.items():
            known = emitted.get(minute_bucket(minute))
            is_watched = known is not None or minute >= window.watched_since
            fresh[minute] = list(_fresh(mails, known or {})) if is_watched else []
        place = _placement(window, [mail for each in fresh.values() for mail, _ in each])
        for minute in sorted(found):
            bucket = minute_bucket(minute)
            before = emitted.get(bucket, {})
            after = _remembered(found[minute], before)
            if after != before:
                owed = self._datapoints(fresh[minute], place)
                yield Change(bucket=bucket, tally=after, datapoints=tuple(owed))

    def _read(self, snapshot: Snapshot, window: Window) -> dict[int, list[Mail]]:
        limits = {"since": to_datetime(window.since), "until": to_datetime(window.until)}
        found: defaultdict[int, list[Mail]] = defaultdict(list)
        for sent, kind, steps, mail, updated in snapshot.rows(
            self.query, {**self.parameters, **limits}
        ):
            mails = found[sent]
            if mail:
                mails.append(Mail(sent, kind, steps, (mail,), updated))
        return found

    def _datapoints(
        self, fresh: Iterable[tuple[Mail, int]], place: Mapping[tuple[int, Key], int]
    ) -> Iterator[Datapoint]:
        counts: defaultdict[tuple[MetricSeries, int], int] = defaultdict(int)
        for mail, steps in fresh:
            for step in STEPS:
                if steps & step:
                    for series in self.series(step, mail.type):
                        counts[series, place[mail.sent, mail.key]] += 1
        for (series, minute), count in counts.items():
            yield Datapoint(series=series, values=(float(count),), timestamp=to_datetime(minute))


def _older(until: int, now: int, watched_since: int) -> Iterator[Look]:
    for turn in TURNS:
        youngest, oldest = turn.ages(now)
        yield Look(
            since=until - oldest,
            until=until - youngest,
            before=now - turn.every_minutes - CADENCE_MINUTES,
            now=now,
            watched_since=watched_since,
        )


def _fresh(mails: Iterable[Mail], known: Tally) -> Iterator[tuple[Mail, int]]:
    """Yield e-mails with the steps that nobody has seen before."""
    taken = dict(known)
    for mail in mails:
        steps = mail.steps & ~taken.get(mail.key, 0)
        if steps:
            taken[mail.key] = taken.get(mail.key, 0) | steps
            yield mail, steps


def _remembered(mails: Iterable[Mail], known: Tally) -> Tally:
    taken = {**known, WATCHED: 1}
    for mail in mails:
        taken[mail.key] = taken.get(mail.key, 0) | mail.steps
    return taken


def _placement(window: Look, mails: Sequence[Mail]) -> dict[tuple[int, Key], int]:
    """Say in which minute the fresh steps of each e-mail are counted.

    That of updated_at, where it can be their time. The others are spread evenly over the time
    since the last look: after an outage of hours they would otherwise all fall into one minute.
    """
    last = window.now - 1
    believed = range(window.before - GRACE_MINUTES, window.now + GRACE_MINUTES + 1)
    minutes, undated = {}, []
    for mail in mails:
        if mail.updated is not None and mail.updated in believed:
            minutes[mail.sent, mail.key] = min(mail.updated, last)
        else:
            undated.append(mail)
    since = min(window.before, last)
    for position, mail in enumerate(sorted(undated, key=lambda one: (one.sent, one.key))):
        minute = since + position * (window.now - since) // len(undated)
        minutes[mail.sent, mail.key] = min(max(minute, mail.sent), last)
    return minutes
