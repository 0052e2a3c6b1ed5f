"""Which stretch a run counts again, and how far it has come then."""

from datetime import UTC, datetime, timedelta

import pytest

from watchkeeper.definitions.datapoint import OLDEST_ACCEPTED
from watchkeeper.ledger.minute import day_bucket, minute_bucket, to_datetime, to_minute
from watchkeeper.ledger.progress import RECOUNT_MINUTES, STEP_MINUTES, advance, plan_recount
from watchkeeper.ledger.table import MAX_COMMIT_BUCKETS

NOW = to_minute(datetime(2026, 1, 31, 20, 0, tzinfo=UTC))
DAY = 1440
OLDEST = OLDEST_ACCEPTED // timedelta(minutes=1)

PLANS = [
    # what is the case, how far others came, first and last minute counted, minutes given up
    ("the first run of all counts two hours", None, NOW - 120, 0),
    ("a run after five minutes goes back two hours more", NOW - 5, NOW - 125, 0),
    ("a repeated event counts the same again", NOW, NOW - 120, 0),
    ("an event older than the last one counts two hours before itself", NOW + 30, NOW - 120, 0),
    ("an event older by days does too", NOW + 9 * DAY, NOW - 120, 0),
    ("a day's outage is caught up", NOW - DAY, NOW - DAY - 120, 0),
    ("the oldest that can be emitted is 13 days", NOW - OLDEST + 120, NOW - OLDEST, 0),
    ("what is older is given up", NOW - 20 * DAY, NOW - OLDEST, 20 * DAY + 120 - OLDEST),
]


@pytest.mark.parametrize(
    ("through", "since", "skipped"), [case[1:] for case in PLANS], ids=[case[0] for case in PLANS]
)
def test_a_plan_covers_every_minute_once_oldest_first(
    through: int | None, since: int, skipped: int
) -> None:
    plan = plan_recount(through, NOW)
    minutes = [minute for one in plan.windows for minute in range(one.since, one.until)]
    assert minutes == list(range(since, NOW))
    assert plan.skipped_minutes == skipped
    assert all(one.until - one.since <= STEP_MINUTES for one in plan.windows)
    assert all(one.is_first == (through is None) for one in plan.windows)


def test_the_buckets_of_one_step_fit_into_one_transaction() -> None:
    assert STEP_MINUTES <= MAX_COMMIT_BUCKETS


ADVANCES = [
    # what is the case, how far others came, counted until, wall clock, how far it is now
    ("the first run", None, NOW, NOW, NOW),
    ("the next run", NOW - 5, NOW, NOW, NOW),
    ("a step that counts again", NOW - 5, NOW - 80, NOW, NOW - 5),
    ("an old event", NOW, NOW - DAY, NOW, NOW),
    ("an event from the future", NOW - 5, NOW + DAY, NOW, NOW),
    ("the first run of all is from the future", None, NOW + DAY, NOW, NOW),
    ("a wall clock that went back", NOW, NOW + 5, NOW - DAY, NOW),
]


@pytest.mark.parametrize(
    ("through", "until", "wall", "expected"),
    [case[1:] for case in ADVANCES],
    ids=[case[0] for case in ADVANCES],
)
def test_progress_never_goes_back_and_never_ahead_of_the_wall_clock(
    through: int | None, until: int, wall: int, expected: int
) -> None:
    assert advance(through, counted_until=until, wall_minute=wall) == expected


def test_whatever_changes_within_two_hours_lies_in_the_next_run() -> None:
    """A row that was not there at one run is at most two hours old when it changes."""
    for wait in (1, 5, 60, 300, 3 * DAY):
        since = plan_recount(NOW, NOW + wait).windows[0].since
        assert since <= NOW - RECOUNT_MINUTES


@pytest.mark.parametrize(
    ("moment", "minute", "day"),
    [
        (datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC), "2026-01-31T23:59", "2026-01-31"),
        (datetime(2026, 2, 1, tzinfo=UTC), "2026-02-01T00:00", "2026-02-01"),
        (datetime(1969, 12, 31, 23, 59, 1, tzinfo=UTC), "1969-12-31T23:59", "1969-12-31"),
    ],
)
def test_a_time_lies_in_the_minute_that_has_begun(moment: datetime, minute: str, day: str) -> None:
    assert minute_bucket(to_minute(moment)) == minute
    assert day_bucket(to_minute(moment)) == day
    assert to_datetime(to_minute(moment)) == moment.replace(second=0, microsecond=0)


def test_names_of_buckets_sort_as_their_minutes_do_and_before_the_head() -> None:
    names = [minute_bucket(NOW + minute) for minute in range(0, 3 * DAY, 7)]
    assert [*names, "head"] == sorted([*names, "head"])
