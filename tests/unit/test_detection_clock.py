"""What is written at one time of the day, whichever mails went out, is usual at that time."""

import pytest

from tests.unit.detection_samples import FIRST, TONIGHT, WEEKS, history
from watchkeeper.detection.baseline import Baseline
from watchkeeper.detection.clock import Clock, Habit
from watchkeeper.detection.detector import Detector
from watchkeeper.detection.history import SLOTS_A_DAY, SLOTS_A_WEEK, History

DAYS = WEEKS * 7
UNTIL = FIRST + DAYS * SLOTS_A_DAY
NIGHT = 36
"""The slot of 03:00, when nobody leaves over a mail of the evening before."""


def batches(
    *,
    usual: int,
    tonight: int = 0,
    every_days: int = 1,
    spread: int = 1,
    mondays: int | None = None,
) -> History:
    """Let as many be written each night from 03:00 on, in so many slots; tonight is the last.

    Tonight's weekday is the one that `mondays` is about.
    """
    left: dict[int, int] = {}
    for day in range(DAYS + 1):
        count = usual * (day % every_days == 0)
        if mondays is not None and day % 7 == DAYS % 7:
            count = mondays
        if day == DAYS:
            count = tonight
        for number in range(count):
            slot = FIRST + day * SLOTS_A_DAY + NIGHT + number % spread
            left[slot] = left.get(slot, 0) + 1
    return history(left, days=DAYS + 1, usual=lambda _day: 0)


def said(traffic: History) -> bool:
    """Tell whether anything is anomalous in the night that follows the weeks."""
    detector = Detector(traffic)
    night = UNTIL + NIGHT
    return any(detector.judge(slot) for slot in range(night, night + 24))


@pytest.mark.parametrize(
    ("usual", "tonight", "spread"), [(6, 12, 1), (12, 22, 1), (40, 60, 1), (12, 22, 3)]
)
def test_a_nightly_batch_that_is_large_by_chance_is_no_anomaly(
    usual: int, tonight: int, spread: int
) -> None:
    assert not said(batches(usual=usual, tonight=tonight, spread=spread))


@pytest.mark.parametrize(("usual", "tonight"), [(0, 12), (2, 16), (6, 30), (40, 140)])
def test_one_beyond_all_others_is(usual: int, tonight: int) -> None:
    assert said(batches(usual=usual, tonight=tonight))


def test_what_comes_on_one_night_in_seven_makes_no_habit() -> None:
    assert said(batches(usual=12, tonight=20, every_days=7))


def test_what_comes_every_monday_is_a_habit() -> None:
    """Twice as many as on other nights: insights of Mondays, say."""
    assert not said(batches(usual=12, tonight=30, mondays=26))
    assert said(batches(usual=12, tonight=80, mondays=26))


@pytest.mark.parametrize("slots", [1, 2, 24])
@pytest.mark.parametrize("end", [0, 1, NIGHT, NIGHT + 1, SLOTS_A_DAY - 1])
@pytest.mark.parametrize("period", [SLOTS_A_DAY, SLOTS_A_WEEK])
def test_a_stretch_has_what_its_slots_have_over_midnight_too(
    slots: int, end: int, period: int
) -> None:
    left = {FIRST + day * SLOTS_A_DAY + at: 5 for day in range(DAYS) for at in (0, NIGHT)}
    habit = Habit.of(history(left, usual=lambda _day: 0), FIRST, UNTIL, period)
    batches_in = sum((end - back) % SLOTS_A_DAY in {0, NIGHT} for back in range(1, slots + 1))
    assert habit.mean(UNTIL + end, slots) == pytest.approx(5 * batches_in)


def test_a_weekday_is_told_from_the_others() -> None:
    left = {FIRST + day * SLOTS_A_DAY + NIGHT: 9 for day in range(4, DAYS, 7)}
    habit = Habit.of(history(left, usual=lambda _day: 0), FIRST, UNTIL, SLOTS_A_WEEK)
    nights = [habit.mean(FIRST + day * SLOTS_A_DAY + NIGHT + 1, 1) for day in range(7)]
    assert nights == [0, 0, 0, 0, 9, 0, 0]


def test_the_mails_decide_where_the_clock_says_less() -> None:
    clock = Clock.of(batches(usual=3), FIRST, UNTIL)
    assert clock.mean(TONIGHT, 2, by_mails=7.5) == 7.5


@pytest.mark.parametrize(("nights", "is_said"), [(4, True), (30, False)])
def test_an_anomaly_that_comes_back_every_night_becomes_a_habit(nights: int, is_said: bool) -> None:
    """Else whoever begins to write batches would be paged for each of them for ever."""
    left = {FIRST + day * SLOTS_A_DAY + NIGHT: 40 for day in range(DAYS - nights, DAYS + 1)}
    known = history(left, days=DAYS + 1, usual=lambda _day: 0, excluded=frozenset(left))
    assert said(known) is is_said


def test_people_who_leave_over_mails_are_expected_as_before() -> None:
    """Four an evening in no slot in particular: the mails know of them, the clock adds nothing."""
    traffic = history()
    baseline = Baseline.before(traffic, TONIGHT)
    assert baseline is not None
    by_mails = baseline.rhythm.mean(TONIGHT, traffic.mails(TONIGHT, TONIGHT + 1))
    assert baseline.clock.mean(TONIGHT + 1, 1, by_mails=by_mails) == by_mails
