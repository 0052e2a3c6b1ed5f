"""Which days a report is about, across months, years and leap days."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.reports.period import Period, last_days, last_first_monday, last_monday


@pytest.mark.parametrize(
    ("now", "days", "since", "until"),
    [
        (datetime(2026, 3, 2, 8, tzinfo=UTC), 1, date(2026, 3, 1), date(2026, 3, 2)),
        (datetime(2026, 3, 1, 0, 0, tzinfo=UTC), 1, date(2026, 2, 28), date(2026, 3, 1)),
        (datetime(2024, 3, 1, 8, tzinfo=UTC), 1, date(2024, 2, 29), date(2024, 3, 1)),
        (datetime(2026, 1, 5, 8, 30, tzinfo=UTC), 7, date(2025, 12, 29), date(2026, 1, 5)),
        (datetime(2026, 1, 5, 9, 30, tzinfo=UTC), 30, date(2025, 12, 6), date(2026, 1, 5)),
        # A time of another zone is a time of UTC: here the day before.
        (
            datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=2))),
            1,
            date(2026, 2, 28),
            date(2026, 3, 1),
        ),
    ],
)
def test_a_period_is_of_whole_days_that_are_over(
    now: datetime, days: int, since: date, until: date
) -> None:
    period = last_days(now, days)
    assert (period.since.date(), period.until.date()) == (since, until)
    assert (period.days, len(period.dates)) == (days, days)
    assert period.dates[-1] == until - timedelta(days=1)
    assert period.before.until == period.since
    assert period.before.days == days


def test_a_period_without_time_is_refused() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with pytest.raises(DefinitionError, match="expected some time"):
        Period(since=now, until=now)


@pytest.mark.parametrize(
    ("day", "monday", "first"),
    [
        # On a Monday the report of the day itself is not due yet.
        (date(2026, 3, 2), date(2026, 2, 23), date(2026, 2, 2)),
        (date(2026, 3, 3), date(2026, 3, 2), date(2026, 3, 2)),
        (date(2026, 3, 1), date(2026, 2, 23), date(2026, 2, 2)),
        (date(2026, 6, 7), date(2026, 6, 1), date(2026, 6, 1)),
        (date(2026, 9, 7), date(2026, 8, 31), date(2026, 8, 3)),
        (date(2026, 9, 8), date(2026, 9, 7), date(2026, 9, 7)),
        (date(2026, 1, 2), date(2025, 12, 29), date(2025, 12, 1)),
    ],
)
def test_the_last_mondays_are_before_the_day(day: date, monday: date, first: date) -> None:
    assert (last_monday(day), last_first_monday(day)) == (monday, first)
