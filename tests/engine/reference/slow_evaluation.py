"""Alarm evaluation written down a second time: slowly, in plain Python, word by word.

It exists to be compared with the engine and shares nothing with it but the types of an alarm.
Everything is done anew at every tick: the datapoints that have arrived are sorted into buckets,
each bucket becomes a number or nothing, and the rules of the User Guide are applied in the order
in which it gives them.
"""

import dataclasses
import functools
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from rehearsal.engine.alarm import Comparison, MetricAlarm, State, Treatment

MINUTE = 60
HOUR = 3_600
DAY = 86_400
WEEK = 604_800


@dataclasses.dataclass(frozen=True, kw_only=True)
class Datapoint:
    """Hold values that were published together: when they happened and when they arrived."""

    at: int
    arrives: int
    values: tuple[float, ...]
    counts: tuple[float, ...] = ()
    high_resolution: bool = False

    @property
    def stored_at(self) -> int:
        """Return the time it is stored under: standard resolution knows minutes only."""
        return self.at if self.high_resolution else self.at - self.at % MINUTE

    @property
    def weighted(self) -> list[tuple[float, float]]:
        """Return (value, how often)."""
        counts = self.counts or (1.0,) * len(self.values)
        return list(zip(self.values, counts, strict=True))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bucket:
    """Be one slot of an evaluation: [start, end) with its value, and how many samples made it."""

    start: int
    end: int
    value: float | None
    sample_count: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict:
    """Say the state after an evaluation, and what it looked at, oldest first."""

    tick: int
    state: State
    buckets: tuple[Bucket, ...]


def evaluate_alarm(
    alarm: MetricAlarm,
    datapoints: Sequence[Datapoint],
    *,
    created: int,
    until: int,
    state: State = State.INSUFFICIENT_DATA,
) -> list[Verdict]:
    """Evaluate an alarm at every tick in (created, until]; it begins in `state`."""
    verdicts = []
    is_warm = not alarm.warm_up_minutes
    for tick in list_ticks(alarm, created, until):
        visible = [point for point in datapoints if point.arrives <= tick]
        buckets = build_buckets(alarm, visible, tick)
        is_warm = is_warm or _is_warm(alarm, visible, created, tick)
        if is_warm and not _has_too_few_samples(alarm, buckets):
            state = decide(alarm, [bucket.value for bucket in buckets], state)
        verdicts.append(Verdict(tick=tick, state=state, buckets=tuple(buckets)))
    return verdicts


# When it is evaluated, and on which window.


def list_ticks(alarm: MetricAlarm, after: int, until: int) -> list[int]:
    """List the moments of evaluation in (after, until].

    Every minute; every ten seconds below a period of one minute; on the hour where the window is
    longer than a day.
    """
    every = MINUTE
    if alarm.period_seconds < MINUTE:
        every = 10
    if alarm.evaluation_periods * alarm.period_seconds > DAY:
        every = HOUR
    return [moment for moment in range(after + 1, until + 1) if moment % every == 0]


def count_slots(alarm: MetricAlarm) -> int:
    """Return the size of the evaluation range: N and two more, or a minute more below one."""
    if alarm.period_seconds >= MINUTE:
        return alarm.evaluation_periods + 2
    return alarm.evaluation_periods + MINUTE // alarm.period_seconds


def list_windows(alarm: MetricAlarm, tick: int) -> list[tuple[int, int]]:
    """List the slots of an evaluation as (start, end), oldest first."""
    if alarm.timezone is not None:
        return _list_calendar_windows(alarm, tick)
    period = alarm.period_seconds
    # The window ends at the tick; below a minute it moves by the period.
    end = tick if period >= MINUTE else tick - tick % period
    newest_first = [(end - (k + 1) * period, end - k * period) for k in range(count_slots(alarm))]
    return newest_first[::-1]


def _list_calendar_windows(alarm: MetricAlarm, tick: int) -> list[tuple[int, int]]:
    """Go back minute by minute from the tick until enough calendar edges were met."""
    zone = read_zone(alarm.timezone or "")
    edges: list[int] = []
    moment = tick - tick % MINUTE
    while len(edges) <= count_slots(alarm):
        if _is_edge(moment, alarm.period_seconds, zone):
            edges.insert(0, moment)
        moment -= MINUTE
    return list(itertools.pairwise(edges))


@functools.lru_cache(maxsize=100_000)
def _is_edge(moment: int, period: int, zone: tzinfo) -> bool:
    """Say whether a period of the calendar begins at this minute."""
    here = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    if period in (DAY, WEEK):
        before = datetime.fromtimestamp(moment - MINUTE, UTC).astimezone(zone)
        begins_day = before.date() != here.date()
        return begins_day and (period == DAY or here.weekday() == 0)
    return (here.hour * HOUR + here.minute * MINUTE) % period == 0


def read_zone(name: str) -> tzinfo:
    """Read an IANA name, or an offset such as +05:30 or UTC-08:00."""
    offset = re.fullmatch(r"(?:UTC)?([+-])(\d\d):(\d\d)", name)
    if offset is None:
        return ZoneInfo(name)
    distance = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return timezone(distance if offset[1] == "+" else -distance)


# What a slot's datapoint is.


def build_buckets(alarm: MetricAlarm, visible: Sequence[Datapoint], tick: int) -> list[Bucket]:
    """Sort the datapoints that have arrived into the slots of an evaluation."""
    buckets = []
    for start, end in list_windows(alarm, tick):
        inside = [point for point in visible if start <= point.stored_at < end]
        weighted = [pair for point in inside for pair in point.weighted]
        buckets.append(
            Bucket(
                start=start,
                end=end,
                value=aggregate(_statistic(alarm), weighted) if weighted else None,
                sample_count=math.fsum(count for _, count in weighted),
            )
        )
    return buckets


def aggregate(statistic: str, weighted: Sequence[tuple[float, float]]) -> float | None:
    """Return a statistic of (value, how often); a percentile only of equal values.

    There is no percentile of negative values, nor of less than one sample.
    """
    total = math.fsum(value * count for value, count in weighted)
    samples = math.fsum(count for _, count in weighted)
    values = [value for value, _ in weighted]
    if _read_percentile(statistic) is not None:
        if min(values) < 0 or samples < 1:
            return None
        # How CloudWatch finds a percentile is not published; among equal values there is no doubt.
        (value,) = set(values)
        return value
    return {
        "Sum": total,
        "SampleCount": samples,
        "Average": total / samples,
        "Minimum": min(values),
        "Maximum": max(values),
    }[statistic]


def _statistic(alarm: MetricAlarm) -> str:
    stat = alarm.returned.stat
    assert stat is not None, "the reference evaluates alarms on a single metric"
    return stat.statistic


def _read_percentile(statistic: str) -> float | None:
    """Return the share of p99 as 0.99; None for other statistics."""
    found = re.fullmatch(r"p(\d+(?:\.\d+)?)", statistic)
    return float(found[1]) / 100 if found else None


# What the slots decide.


def decide(alarm: MetricAlarm, values: Sequence[float | None], state: State) -> State:
    """Decide a range of values, oldest first; None is a missing datapoint."""
    needed, asked = alarm.datapoints_to_alarm, alarm.evaluation_periods
    real = [value for value in values if value is not None]
    # Rules 1 and 2: enough real datapoints, so the newest of them decide and nothing is filled.
    if len(real) >= asked:
        bad = sum(is_breaching(alarm, value) for value in real[-asked:])
        return State.ALARM if bad >= needed else State.OK
    # Rule 3: all real datapoints take part, and only the shortage is filled.
    bad = sum(is_breaching(alarm, value) for value in real)
    good = len(real) - bad
    shortage = asked - len(real)
    if alarm.treatment is Treatment.BREACHING:
        return State.ALARM if bad + shortage >= needed else State.OK
    if alarm.treatment is Treatment.NOT_BREACHING:
        return State.ALARM if bad >= needed else State.OK
    return _decide_unfilled(alarm, values, state, bad=bad, good=good)


def _decide_unfilled(
    alarm: MetricAlarm, values: Sequence[float | None], state: State, *, bad: int, good: int
) -> State:
    """Decide under `missing` and `ignore`, which fill nothing in."""
    if bad >= alarm.datapoints_to_alarm:
        return State.ALARM
    if good:
        return State.OK
    if alarm.treatment is Treatment.IGNORE:
        return state
    if not bad:
        return State.INSUFFICIENT_DATA
    # Premature alarm state: only breaching datapoints, too few of them, but the oldest is old.
    ages = [age for age, value in enumerate(reversed(values), start=1) if value is not None]
    return State.ALARM if max(ages) >= alarm.datapoints_to_alarm else State.INSUFFICIENT_DATA


def is_breaching(alarm: MetricAlarm, value: float) -> bool:
    """Compare a value, on the left, with the threshold."""
    comparisons: dict[Comparison, Callable[[float, float], bool]] = {
        Comparison.ABOVE: lambda left, right: left > right,
        Comparison.AT_LEAST: lambda left, right: left >= right,
        Comparison.BELOW: lambda left, right: left < right,
        Comparison.AT_MOST: lambda left, right: left <= right,
    }
    return comparisons[alarm.comparison](value, alarm.threshold)


# What keeps an alarm from being decided at all.


def _has_too_few_samples(alarm: MetricAlarm, buckets: Sequence[Bucket]) -> bool:
    """Say whether a datapoint that would decide has too few samples for its percentile.

    Too few are fewer than 10/(1 - p) for p of one half and above, and fewer than 10/p below.
    """
    share = _read_percentile(_statistic(alarm))
    if not alarm.ignores_low_samples or share is None:
        return False
    required = round(10 / (1 - share if share >= 0.5 else share), 6)
    real = [bucket for bucket in buckets if bucket.value is not None]
    return any(bucket.sample_count < required for bucket in real[-alarm.evaluation_periods :])


def _is_warm(alarm: MetricAlarm, visible: Sequence[Datapoint], created: int, tick: int) -> bool:
    """Say whether the warm-up is over: its time is up, or the data fills the evaluation window.

    That takes data from the window's beginning on (the guide's example: three periods of five
    minutes and data from 10:04 on are evaluated from 10:19) and some in each of its slots.
    """
    if tick >= created + alarm.warm_up_minutes * MINUTE:
        return True
    if alarm.warms_up_whole_period or not visible:
        return False
    window = build_buckets(alarm, visible, tick)[-alarm.evaluation_periods :]
    is_gapless = all(bucket.value is not None for bucket in window)
    return is_gapless and min(point.stored_at for point in visible) <= window[0].start


def list_transitions(
    verdicts: Sequence[Verdict], state: State = State.INSUFFICIENT_DATA
) -> Iterator[tuple[int, State, State]]:
    """Yield (tick, old, new) for each change, from the state before the first verdict."""
    for verdict in verdicts:
        if verdict.state is not state:
            yield verdict.tick, state, verdict.state
        state = verdict.state
