"""When a mute rule's schedule begins: cron of five fields, or one moment, in a time zone.

Fields take numbers, `*`, lists and ranges; months and days of the week may be named. As in every
cron, days are those of the month or of the week when both are given.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rehearsal.engine.errors import AlarmError

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN")
_LATER_MONTHS: Final = ("JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DURATION: Final = re.compile(
    r"P(?:(?P<days>\d{1,3})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})S)?)?"
)


@dataclass(frozen=True, kw_only=True)
class _Field:
    """Describe one field: its name, its bounds and the names it takes, from `first_named` on."""

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()

    def read(self, text: str) -> frozenset[int]:
        """Return the numbers a field stands for."""
        found: set[int] = set()
        for part in text.split(","):
            low, dash, high = part.partition("-")
            if part == "*":
                first, last = self.lowest, self.highest
            else:
                first = self._read_number(low, text)
                last = self._read_number(high, text) if dash else first
            if first > last:
                message = f"the {self.name} {text!r} of a cron expression runs backwards"
                raise AlarmError(message)
            found.update(range(first, last + 1))
        return frozenset(found)

    def _read_number(self, word: str, text: str) -> int:
        number = int(word) if re.fullmatch(r"[0-9]{1,4}", word) else -1
        if word.upper() in self.names:
            number = self.names.index(word.upper()) + self.lowest
        if not self.lowest <= number <= self.highest:
            named = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
            message = f"the {self.name} {text!r} of a cron expression must be made of"
            raise AlarmError(f"{message} {self.lowest} to {self.highest}{named}, '*', ',' and '-'")
        return number


_FIELDS: Final = (
    _Field(name="minute", lowest=0, highest=59),
    _Field(name="hour", lowest=0, highest=23),
    _Field(name="day of the month", lowest=1, highest=31),
    _Field(name="month", lowest=1, highest=12, names=_MONTHS + _LATER_MONTHS),
    _Field(name="day of the week", lowest=0, highest=7, names=_WEEKDAYS),
)


@dataclass(frozen=True, kw_only=True)
class CronSchedule:
    """Begin at the minutes that five fields describe."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    takes_either_day: bool  # both kinds of day are restricted: one of them is enough

    def list_times(self, day: date) -> list[datetime]:
        """Return the local times of a day at which it begins, earliest first."""
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        suits = (in_month or in_week) if self.takes_either_day else (in_month and in_week)
        if day.month not in self.months or not suits:
            return []
        return [
            datetime.combine(day, time(hour, minute))
            for hour in sorted(self.hours)
            for minute in sorted(self.minutes)
        ]


@dataclass(frozen=True, kw_only=True)
class OneTimeSchedule:
    """Begin once, at a local time."""

    at: datetime

    def list_times(self, day: date) -> list[datetime]:
        """Return the moment if it is on this day."""
        return [self.at] if self.at.date() == day else []


Schedule = CronSchedule | OneTimeSchedule


@lru_cache(maxsize=256)
def parse_schedule(expression: str) -> Schedule:
    """Read `cron(minute hour day-of-month month day-of-week)` or `at(yyyy-MM-ddThh:mm)`."""
    kind, bracket, rest = expression.partition("(")
    inside = rest.removesuffix(")")
    if bracket and rest.endswith(")") and kind == "cron":
        return _parse_cron(inside)
    if bracket and rest.endswith(")") and kind == "at":
        return OneTimeSchedule(at=_read_local(inside))
    message = f"a mute rule's schedule is cron(…) or at(yyyy-MM-ddThh:mm), not {expression!r}"
    raise AlarmError(message)


def _parse_cron(text: str) -> CronSchedule:
    words = text.split()
    if len(words) != len(_FIELDS):
        message = "a mute rule's cron expression has 5 fields (minute, hour, day, month, weekday)"
        raise AlarmError(f"{message}, not {len(words)}: {text!r}")
    minutes, hours, days, months, weekdays = (
        field.read(word) for field, word in zip(_FIELDS, words, strict=True)
    )
    return CronSchedule(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        takes_either_day="*" not in (words[2], words[4]),
    )


def _read_local(text: str) -> datetime:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", text):
        raise AlarmError(f"at(…) takes yyyy-MM-ddThh:mm, not {text!r}")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise AlarmError(f"at(…) takes a moment that exists, not {text!r}: {error}") from error


@lru_cache(maxsize=256)
def parse_duration_seconds(text: str) -> int:
    """Read how long alarms stay muted, from PT1M to P15D, in seconds."""
    match = _DURATION.fullmatch(text)
    given = match.groupdict(default="0") if match else {}
    parts = {unit: int(number) for unit, number in given.items()}
    seconds = round(timedelta(**parts).total_seconds())
    if not 60 <= seconds <= 15 * 86_400:
        raise AlarmError(f"a mute rule lasts from PT1M to P15D, not {text!r}")
    return seconds


def find_zone(name: str) -> ZoneInfo:
    """Return a time zone by its identifier, such as Europe/Berlin."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise AlarmError(f"{name!r} is not a time zone this machine knows") from error


def list_starts(schedule: Schedule, zone: ZoneInfo, first: int, last: int) -> Iterator[int]:
    """Yield the moments from `first` to `last` (seconds since 1970, both included), in order.

    A local time that the clocks skip is taken with the offset before the change; one that they
    repeat begins once, the first time.
    """
    day = datetime.fromtimestamp(first, zone).date()
    final = datetime.fromtimestamp(last, zone).date()
    while day <= final:
        moments = {int(at.replace(tzinfo=zone).timestamp()) for at in schedule.list_times(day)}
        yield from sorted(moment for moment in moments if first <= moment <= last)
        day += timedelta(days=1)
