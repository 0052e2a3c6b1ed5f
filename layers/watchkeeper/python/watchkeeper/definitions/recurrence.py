"""When EventBridge starts something again and again: its rate and cron expressions, read once.

Cron expressions have six fields (minute, hour, day of the month, month, day of the week, year) and
take the wildcards of the EventBridge user guide, `L`, `W` and `#` among them. A rule's clock is
UTC, which no time change moves, and so is that of every time here.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import product

from watchkeeper.definitions.errors import DefinitionError

RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\(([^\s()]+(?: [^\s()]+){5})\)")
PART = re.compile(r"(\*|\w+(?:-\w+)?)(?:/([1-9]\d*))?")
WORKDAY = re.compile(r"([1-9]\d?)W")
LAST_WEEKDAY = re.compile(r"(\w+)L")
NTH_WEEKDAY = re.compile(r"(\w+)#([1-5])")
UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# A week begins with day 1, a Sunday.
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
SUNDAY, SATURDAY = 1, 7
FIRST_YEAR, LAST_YEAR = 1970, 2199
LONGEST_MONTH = 31


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Start every so many seconds, counted from the start before."""

    seconds: int

    def next_after(self, moment: datetime) -> datetime:
        """Return the first start after one at a moment."""
        return moment + timedelta(seconds=self.seconds)


@dataclass(frozen=True, kw_only=True)
class Cron:
    """Start at the minutes that six fields describe; the numbers of each field are in order.

    `days` is the field of days that is not `?`, either of the month or of the week.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]
    days: "MonthDays | WeekDays"

    def times_since(self, moment: datetime) -> Iterator[datetime]:
        """Yield the times from a moment on (included), in order."""
        for year, month in product(self.years, self.months):
            if (year, month) < (moment.year, moment.month):
                continue
            for day in list_days(self.days, *_shape(year, month)):
                if (year, month, day) < (moment.year, moment.month, moment.day):
                    continue
                for time in self._times_of(year, month, day):
                    if time >= moment:
                        yield time

    def _times_of(self, year: int, month: int, day: int) -> Iterator[datetime]:
        for hour, minute in product(self.hours, self.minutes):
            yield datetime(year, month, day, hour, minute, tzinfo=UTC)

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first time after a moment; None when there is none."""
        clock = moment.astimezone(UTC) + timedelta(microseconds=1)
        return next(self.times_since(clock), None)


@dataclass(frozen=True, kw_only=True)
class MonthDays:
    """Name days of the month: by number, the last, or the workday nearest to one.

    `nearest_workday` is 0 where none is asked for; one past the month's end means its last day.
    """

    numbers: tuple[int, ...] = ()
    is_last: bool = False
    nearest_workday: int = 0

    def of_month(self, length: int, first_weekday: int) -> tuple[int, ...]:
        """List the days of a month that has so many and begins with a day of the week."""
        if self.is_last:
            return (length,)
        if self.nearest_workday:
            return (_nearest_workday(min(self.nearest_workday, length), length, first_weekday),)
        return tuple(day for day in self.numbers if day <= length)


@dataclass(frozen=True, kw_only=True)
class WeekDays:
    """Name days of the week: every one of the month, its last one, or its `place`th (1 to 5)."""

    numbers: tuple[int, ...]
    is_last: bool = False
    place: int = 0

    def of_month(self, length: int, first_weekday: int) -> tuple[int, ...]:
        """List the days of a month that has so many and begins with a day of the week."""
        days = tuple(
            day for day in range(1, length + 1) if _weekday(day, first_weekday) in self.numbers
        )
        if self.is_last:
            return days[-1:]
        return days[self.place - 1 : self.place] if self.place else days


@lru_cache(maxsize=4096)
def list_days(days: MonthDays | WeekDays, length: int, first_weekday: int) -> tuple[int, ...]:
    """List the days of a month; there are 28 kinds of months, so each is worked out once."""
    return days.of_month(length, first_weekday)


Recurrence = Rate | Cron


@lru_cache(maxsize=256)
def read_recurrence(expression: str) -> Recurrence:
    """Read an expression; raise `DefinitionError` for one that EventBridge would refuse.

    A cron expression that is never due, such as one for 30 February, is refused too.
    """
    if rate := RATE.fullmatch(expression):
        return Rate(seconds=int(rate[1]) * UNIT_SECONDS[rate[2]])
    cron = CRON.fullmatch(expression)
    if cron is None:
        raise DefinitionError(
            f"schedule {expression!r}: expected rate(5 minutes) or "
            "cron(minute hour day month weekday year)"
        )
    try:
        return _read_cron(cron[1].upper().split(" "))
    except ValueError as error:
        raise DefinitionError(f"schedule {expression!r}: {error}") from error


def _read_cron(fields: list[str]) -> Cron:
    minute, hour, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise ValueError("expected ? for the day of the month or for the day of the week")
    cron = Cron(
        minutes=_numbers(minute, 0, 59),
        hours=_numbers(hour, 0, 23),
        months=_numbers(month, 1, 12, MONTHS),
        years=_numbers(year, FIRST_YEAR, LAST_YEAR),
        days=_read_weekdays(weekday) if day == "?" else _read_days(day),
    )
    if next(cron.times_since(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)), None) is None:
        raise ValueError("it is never due")
    return cron


def _read_days(text: str) -> MonthDays:
    if text == "L":
        return MonthDays(is_last=True)
    if text in ("LW", "WL"):
        return MonthDays(nearest_workday=LONGEST_MONTH)
    if workday := WORKDAY.fullmatch(text):
        return MonthDays(nearest_workday=_numbers(workday[1], 1, LONGEST_MONTH)[0])
    return MonthDays(numbers=_numbers(text, 1, LONGEST_MONTH))


def _read_weekdays(text: str) -> WeekDays:
    if text == "L":
        return WeekDays(numbers=(SATURDAY,))
    if last := LAST_WEEKDAY.fullmatch(text):
        return WeekDays(numbers=_numbers(last[1], SUNDAY, SATURDAY, WEEKDAYS), is_last=True)
    if nth := NTH_WEEKDAY.fullmatch(text):
        numbers = _numbers(nth[1], SUNDAY, SATURDAY, WEEKDAYS)
        return WeekDays(numbers=numbers, place=int(nth[2]))
    return WeekDays(numbers=_numbers(text, SUNDAY, SATURDAY, WEEKDAYS))


def _numbers(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> tuple[int, ...]:
    """List the numbers of a field: numbers, names, ranges and steps with commas between them."""
    found: set[int] = set()
    for part in text.split(","):
        match = PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is no number, range or step")
        begin, _, end = match[1].partition("-")
        if begin == "*":
            first, last = low, high
        else:
            first = _number(begin, names)
            last = _number(end, names) if end else (high if match[2] else first)
        if not low <= first <= last <= high:
            raise ValueError(f"{part!r} is outside {low} to {high}, or runs backwards")
        found.update(range(first, last + 1, int(match[2] or 1)))
    return tuple(sorted(found))


def _number(text: str, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + 1
    if not text.isdecimal():
        raise ValueError(f"{text!r} is no number{' and no name' if names else ''}")
    return int(text)


@lru_cache(maxsize=4096)
def _shape(year: int, month: int) -> tuple[int, int]:
    """Give a month's number of days and the day of the week it begins with."""
    first_weekday, length = calendar.monthrange(year, month)
    return length, (first_weekday + 1) % 7 + 1


def _weekday(day: int, first_weekday: int) -> int:
    return (first_weekday + day - 2) % 7 + 1


def _nearest_workday(day: int, length: int, first_weekday: int) -> int:
    """Move a Saturday or Sunday to the nearest workday of the same month."""
    weekday = _weekday(day, first_weekday)
    if weekday == SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == SUNDAY:
        return day + 1 if day < length else day - 2
    return day
