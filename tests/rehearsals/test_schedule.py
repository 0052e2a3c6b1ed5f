"""Schedules start when EventBridge Scheduler would start them."""

from datetime import UTC, datetime

import pytest

from rehearsal.world.errors import RehearsalError
from rehearsal.world.schedule import Starts

# Expression, time zone, from (not included) and to (included), all starts in UTC.
STARTS = [
    ("rate(5 minutes)", "UTC", "2026-03-10T14:00", "2026-03-10T14:10", ["10T14:05", "10T14:10"]),
    ("rate(1 minute)", "UTC", "2026-03-10T14:00", "2026-03-10T14:01", ["10T14:01"]),
    ("rate(1 day)", "UTC", "2026-03-10T14:00", "2026-03-11T14:00", ["11T00:00"]),
    ("at(2026-03-10T14:05:00)", "UTC", "2026-03-10T14:00", "2026-03-10T15:00", ["10T14:05"]),
    (
        "at(2026-03-10T14:05:00)",
        "Europe/Berlin",
        "2026-03-10T13:00",
        "2026-03-10T15:00",
        ["10T13:05"],
    ),
    ("cron(0 5 1 * ? *)", "UTC", "2026-03-01T04:00", "2026-03-31T23:00", ["01T05:00"]),
    ("cron(0 20 * * ? *)", "UTC", "2026-03-10T20:00", "2026-03-11T20:00", ["11T20:00"]),
    ("cron(0/30 8 ? * MON-FRI *)", "UTC", "2026-03-13T08:00", "2026-03-16T08:30", 3),
    ("cron(0 9 ? * 2#1 *)", "UTC", "2026-03-01T00:00", "2026-03-31T00:00", ["02T09:00"]),
    ("cron(0 9 ? * 6L *)", "UTC", "2026-03-01T00:00", "2026-03-31T00:00", ["27T09:00"]),
    ("cron(0 9 ? * L *)", "UTC", "2026-03-01T00:00", "2026-03-08T00:00", ["07T09:00"]),
    ("cron(0 9 L * ? *)", "UTC", "2026-02-01T00:00", "2026-02-28T23:00", ["28T09:00"]),
    ("cron(0 9 LW * ? *)", "UTC", "2026-02-01T00:00", "2026-02-28T23:00", ["27T09:00"]),
    ("cron(0 9 15W * ? *)", "UTC", "2026-02-01T00:00", "2026-02-28T23:00", ["16T09:00"]),
    ("cron(0 9 1W * ? *)", "UTC", "2026-08-01T00:00", "2026-08-31T23:00", ["03T09:00"]),
    ("cron(0 9 1 JAN ? *)", "UTC", "2026-02-01T00:00", "2026-12-31T23:00", []),
    ("cron(0 9 10 * ? 2027)", "UTC", "2026-02-01T00:00", "2026-12-31T23:00", []),
    ("cron(0 9 * * ? *)", "Europe/Berlin", "2026-03-28T00:00", "2026-03-29T23:00", 2),
    # 02:30 does not exist in Berlin on the last Sunday of March, and is there twice in October.
    ("cron(30 2 29 3 ? 2026)", "Europe/Berlin", "2026-03-28T00:00", "2026-03-30T00:00", []),
    ("cron(30 2 25 10 ? 2026)", "Europe/Berlin", "2026-10-24T00:00", "2026-10-26T00:00", 1),
]


def moment(text: str) -> int:
    """Read a UTC time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(("expression", "zone", "after", "until", "expected"), STARTS)
def test_a_schedule_starts_when_it_says(
    expression: str, zone: str, after: str, until: str, expected: list[str] | int
) -> None:
    starts = Starts(expression=expression, timezone=zone)
    found = list(starts.between(moment(after), moment(until)))
    shown = [f"{datetime.fromtimestamp(each, UTC):%dT%H:%M}" for each in found]
    assert (len(shown) if isinstance(expected, int) else shown) == expected
    assert found == sorted(set(found))


@pytest.mark.parametrize(
    "expression",
    [
        "rate(5)",
        "rate(five minutes)",
        "cron(0 5 1 * 1 *)",
        "cron(0 5 ? * ? *)",
        "cron(60 5 1 * ? *)",
        "cron(0 5 1 MAI ? *)",
        "cron(0 5 1-X * ? *)",
        "cron(0 5 1 * ?)",
        "every day",
    ],
)
def test_an_expression_that_scheduler_refuses_is_refused(expression: str) -> None:
    with pytest.raises(RehearsalError, match="schedule"):
        Starts(expression=expression)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(RehearsalError, match="time zone"):
        Starts(expression="rate(1 hour)", timezone="Mars/Olympus")
