"""The slots an evaluation looks at: sliding or wall-clock windows, with the extra slots.

The window of an evaluation ends at its tick. CloudWatch's own evaluations come up to 70 seconds
after the minute (each alarm has its own second, and single-metric alarms wait ten), so its real
transitions appear that much later than the engine's.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.alarm import MetricAlarm
from rehearsal.engine.composite.schedule import find_zone as find_named_zone
from rehearsal.engine.errors import AlarmError
from rehearsal.engine.inferred import (
    MULTI_DAY_SECONDS,
    MULTI_DAY_STEP_SECONDS,
    count_extra_slots,
)

Seconds = NDArray[np.int64]
Values = NDArray[np.float64]

MINUTE: Final = 60
DAY: Final = 86_400
WEEK: Final = 604_800
HIGH_RESOLUTION_STEP_SECONDS: Final = 10
WALL_CLOCK_PERIODS: Final = (60, 300, 3_600, DAY, WEEK)
_OFFSET: Final = re.compile(r"(?:UTC)?([+-])(\d\d):(\d\d)")


@dataclass(frozen=True, kw_only=True)
class Slots:
    """Hold the slots of T evaluations: `starts` and `ends` are (T, K), oldest to newest.

    A slot is [start, end); its datapoint is stamped with its start. `period_seconds` is the
    nominal length: a wall-clock day may be an hour longer or shorter.
    """

    ticks: Seconds  # (T,), the moments of the evaluations
    starts: Seconds
    ends: Seconds
    period_seconds: int

    @property
    def shape(self) -> tuple[int, int]:
        """Return (evaluations, slots of each)."""
        count, width = self.starts.shape
        return count, width


def find_step(alarm: MetricAlarm) -> int:
    """Return the seconds between two evaluations of an alarm (User Guide, Alarm evaluation)."""
    if alarm.period_seconds < MINUTE:
        return HIGH_RESOLUTION_STEP_SECONDS
    if alarm.period_seconds * alarm.evaluation_periods > MULTI_DAY_SECONDS:
        return MULTI_DAY_STEP_SECONDS
    return MINUTE


def list_ticks(alarm: MetricAlarm, after: int, until: int) -> Seconds:
    """Return the moments in (after, until] at which an alarm is evaluated."""
    step = find_step(alarm)
    return np.arange(after // step + 1, until // step + 1, dtype=np.int64) * step


def build_slots(alarm: MetricAlarm, ticks: Seconds) -> Slots:
    """Return the evaluation range of each tick."""
    count = alarm.evaluation_periods + count_extra_slots(alarm.period_seconds)
    if alarm.timezone is None:
        return _build_sliding(alarm.period_seconds, count, ticks)
    return _build_wall_clock(alarm, count, ticks)


def _build_sliding(period: int, count: int, ticks: Seconds) -> Slots:
    # Below a minute the window moves by the period, above it by the minute (recorded).
    last = ticks - ticks % period if period < MINUTE else ticks
    starts = last[:, None] - np.arange(count, 0, -1, dtype=np.int64) * period
    return Slots(ticks=ticks, starts=starts, ends=starts + period, period_seconds=period)


def _build_wall_clock(alarm: MetricAlarm, count: int, ticks: Seconds) -> Slots:
    period = alarm.period_seconds
    first = int(ticks[0]) - (count + 2) * period
    edges = _list_edges(period, find_zone(alarm), first, int(ticks[-1]))
    newest = np.searchsorted(edges, ticks, side="right") - 1
    index = newest[:, None] - np.arange(count, 0, -1, dtype=np.int64)
    return Slots(ticks=ticks, starts=edges[index], ends=edges[index + 1], period_seconds=period)


def find_zone(alarm: MetricAlarm) -> tzinfo:
    """Return the zone of an alarm's wall-clock window: an IANA name, ±hh:mm or UTC±hh:mm."""
    name = alarm.timezone or "UTC"
    offset = _OFFSET.fullmatch(name)
    if offset:
        sign = -1 if offset[1] == "-" else 1
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes % 5 == 0 and minutes < 24 * 60:
            return timezone(sign * timedelta(minutes=minutes))
    try:
        return find_named_zone(name)
    except AlarmError as error:
        message = (
            f"alarm {alarm.name!r}: the time zone {name!r} is none; expected an IANA name, "
            "±hh:mm or UTC±hh:mm with an offset of whole five minutes"
        )
        raise AlarmError(message) from error


def _list_edges(period: int, zone: tzinfo, first: int, last: int) -> Seconds:
    """List the calendar edges of a period from before `first` up to `last`, in order."""
    if period < DAY:
        # Offsets are whole five minutes, so every edge is one of these.
        step = min(period, 300)
        moments = range(first - first % step, last + 1, step)
        return np.array([m for m in moments if _is_edge(m, period, zone)], dtype=np.int64)
    days = 7 if period == WEEK else 1
    date = datetime.fromtimestamp(first, UTC).astimezone(zone).date()
    date -= timedelta(days=date.weekday() if period == WEEK else 0)
    edges: list[int] = []
    while not edges or edges[-1] <= last:
        edges.append(int(datetime(date.year, date.month, date.day, tzinfo=zone).timestamp()))
        date += timedelta(days=days)
    return np.array(edges[:-1], dtype=np.int64)


def _is_edge(moment: int, period: int, zone: tzinfo) -> bool:
    offset = datetime.fromtimestamp(moment, zone).utcoffset() or timedelta()
    return (moment + int(offset.total_seconds())) % period == 0
