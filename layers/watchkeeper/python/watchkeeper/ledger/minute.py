"""Time as the ledger keeps it: whole minutes since the Unix epoch, UTC."""

from datetime import UTC, datetime, timedelta

MINUTES_A_DAY = 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_minute(moment: datetime) -> int:
    """Return the minute an aware time lies in."""
    return (moment - EPOCH) // timedelta(minutes=1)


def to_datetime(minute: int) -> datetime:
    """Return the time at which a minute begins."""
    return EPOCH + timedelta(minutes=minute)


def minute_bucket(minute: int) -> str:
    """Name the bucket of a minute; names sort as the minutes do."""
    return to_datetime(minute).strftime("%Y-%m-%dT%H:%M")


def day_bucket(minute: int) -> str:
    """Name the bucket of the day a minute lies in; names sort as the days do."""
    return to_datetime(minute).strftime("%Y-%m-%d")
