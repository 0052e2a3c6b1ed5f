"""When EventBridge Scheduler starts something: `rate`, `cron` and `at` expressions.

Cron expressions are read on the clock of the schedule's time zone, as Scheduler's guide says: a
time that a spring day lacks is skipped, and one that an autumn day has twice starts once.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rehearsal.world.errors import RehearsalError

MINUTE = 60
UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = tuple(name.upper() for name in calendar.month_abbr[1:])
STEP = re.compile(r"(\*|\w+(?:-\w+)?)(?:/(\d+))?")


@dataclass(frozen=True, kw_only=True)
class Starts:
    """Give the moments (seconds since 1970) at which a schedule starts its target.

    A rate counts from `since`, where the schedule was made; CloudFormation made it long ago.
    """

    expression: str
    timezone: str = "UTC"
    since: int = 0

    def __post_init__(self) -> None:
        """Refuse an expression or time zone that Scheduler would refuse."""
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise RehearsalError(
                f"schedule time zone {self.timezone!r} is unknown, expected one such as UTC"
            ) from error
        if RATE.fullmatch(self.expression) or AT.fullmatch(self.expression):
            return
        self._cron()

    def between(self, after: int, until: int) -> Iterator[int]:
        """Yield every start later than `after` and not later than `until`, in order."""
        if rate := RATE.fullmatch(self.expression):
            step = int(rate[1]) * UNIT_SECONDS[rate[2]]
            first = after + step - (after - self.since) % step
            yield from range(first, until + 1, step)
        elif once := AT.fullmatch(self.expression):
            zone = ZoneInfo(self.timezone)
            moment = int(datetime.fromisoformat(once[1]).replace(tzinfo=zone).timestamp())
            if after < moment <= until:
                yield moment
        else:
            yield from self._by_cron(after, until)

    def _by_cron(self, after: int, until: int) -> Iterator[int]:
        cron, zone = self._cron(), ZoneInfo(self.timezone)
        day = datetime.fromtimestamp(after, zone).date()
        last = datetime.fromtimestamp(until, zone).date()
        while day <= last:
            if cron.has_day(day):
                for hour in sorted(cron.hours):
                    for minute in sorted(cron.minutes):
                        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                        moment = int(local.timestamp())
                        exists = local.replace(tzinfo=None) == datetime.fromtimestamp(
                            moment, zone
                        ).replace(tzinfo=None)
                        if exists and after < moment <= until:
                            yield moment
            day += timedelta(days=1)

    def _cron(self) -> "CronFields":
        fields = CRON.fullmatch(self.expression)
        if fields is None:
            raise RehearsalError(
                f"schedule {self.expression!r}: expected rate(5 minutes), at(2026-01-31T20:00:00) "
                "or cron(minute hour day month weekday year)"
            )
        try:
            return CronFields.read(fields.groups())
        except (ValueError, KeyError) as error:
            raise RehearsalError(f"schedule {self.expression!r}: {error}") from error


@dataclass(frozen=True, kw_only=True)
class CronFields:
    """Hold a cron expression's sets; the two fields of days may also hold L, W and #."""

    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    years: frozenset[int]
    day_of_month: str
    day_of_week: str

    @classmethod
    def read(cls, fields: tuple[str, ...]) -> "CronFields":
        """Read the six fields; one of the two days must be `?`."""
        minute, hour, day_of_month, month, day_of_week, year = (item.upper() for item in fields)
        if (day_of_month == "?") == (day_of_week == "?"):
            raise ValueError("expected ? for the day of the month or for the day of the week")
        read = cls(
            minutes=_numbers(minute, 0, 59),
            hours=_numbers(hour, 0, 23),
            months=_numbers(month, 1, 12, MONTHS),
            years=_numbers(year, 1970, 2199),
            day_of_month=day_of_month,
            day_of_week=day_of_week,
        )
        read.has_day(date(2024, 2, 29))
        return read

    def has_day(self, day: date) -> bool:
        """Tell whether the expression starts something on a day."""
        if day.month not in self.months or day.year not in self.years:
            return False
        if self.day_of_month != "?":
            return day.day in self._days_of_month(day)
        return self._has_weekday(day)

    def _days_of_month(self, day: date) -> frozenset[int]:
        last = calendar.monthrange(day.year, day.month)[1]
        if self.day_of_month == "L":
            return frozenset({last})
        if self.day_of_month in ("LW", "WL"):
            return frozenset({_nearest_workday(day, last, last)})
        if self.day_of_month.endswith("W"):
            return frozenset({_nearest_workday(day, int(self.day_of_month[:-1]), last)})
        return _numbers(self.day_of_month, 1, 31)

    def _has_weekday(self, day: date) -> bool:
        number = day.isoweekday() % 7 + 1
        last = calendar.monthrange(day.year, day.month)[1]
        if self.day_of_week == "L":
            return number == len(DAYS)
        if self.day_of_week.endswith("L"):
            return number == _number(self.day_of_week[:-1], DAYS) and day.day > last - 7
        if "#" in self.day_of_week:
            weekday, _, place = self.day_of_week.partition("#")
            return number == _number(weekday, DAYS) and (day.day - 1) // 7 + 1 == int(place)
        return number in _numbers(self.day_of_week, 1, 7, DAYS)


def _nearest_workday(day: date, wanted: int, last: int) -> int:
    wanted = min(wanted, last)
    weekday = day.replace(day=wanted).isoweekday()
    if weekday == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 7:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted


def _number(text: str, names: tuple[str, ...] = ()) -> int:
    return names.index(text) + 1 if text in names else int(text)


def _numbers(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = STEP.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is no number, range or step")
        body, step = match[1], int(match[2] or 1)
        if body == "*":
            first, last = low, high
        else:
            begin, _, end = body.partition("-")
            first = _number(begin, names)
            last = _number(end, names) if end else (high if match[2] else first)
        if not low <= first <= last <= high or step < 1:
            raise ValueError(f"{part!r} is outside {low} to {high}")
        found.update(range(first, last + 1, step))
    return frozenset(found)


def to_iso(moment: int) -> str:
    """Write a moment as Scheduler puts it into an input: ISO 8601, UTC, with a Z."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
