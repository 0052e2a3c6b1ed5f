"""Which stretch of time a report is about: whole days of UTC, and as many before them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from watchkeeper.definitions.errors import DefinitionError

DAYS_A_WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Period:
    """Be a stretch of whole days, `since` to before `until` (aware, UTC midnights)."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        """Refuse a stretch that ends before it begins."""
        if self.since >= self.until:
            raise DefinitionError(f"period from {self.since} to {self.until}, expected some time")

    @property
    def days(self) -> int:
        """Count its days."""
        return (self.until - self.since).days

    @property
    def before(self) -> "Period":
        """Give the period just before, of the same length."""
        return Period(since=self.since - (self.until - self.since), until=self.since)

    @property
    def dates(self) -> tuple[date, ...]:
        """List its days."""
        return tuple((self.since + timedelta(days=number)).date() for number in range(self.days))


def last_days(now: datetime, days: int) -> Period:
    """Give the whole days that ended at the midnight before a moment."""
    until = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(since=until - timedelta(days=days), until=until)


def last_monday(day: date) -> date:
    """Give the last Monday before a day."""
    return day - timedelta(days=day.weekday() or DAYS_A_WEEK)


def last_first_monday(day: date) -> date:
    """Give the last first Monday of a month before a day."""
    monday = last_monday(day)
    while monday.day > DAYS_A_WEEK:
        monday -= timedelta(days=DAYS_A_WEEK)
    return monday
