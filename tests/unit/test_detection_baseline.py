"""What is usual is learned from counts: after which mails, at which hours, on which weekdays."""

import random
from collections.abc import Callable

import pytest

from watchkeeper.detection.baseline import Baseline
from watchkeeper.detection.history import (
    AGES_SLOTS,
    SLOTS_A_DAY,
    SLOTS_A_WEEK,
    SLOTS_AN_HOUR,
    History,
)
from watchkeeper.detection.rhythm import ASSUMED_RATES, Rhythm, hours_between
from watchkeeper.detection.weekdays import MAX_DISPERSION, MIN_DISPERSION, Weekdays

FIRST = 2_900 * SLOTS_A_WEEK
DAYS = 36
UNTIL = FIRST + DAYS * SLOTS_A_DAY
# Thirty mails in each five minutes, all day: what is due is what the hour makes of it.
STEADY = 30
AN_HOUR = 6.0


def steady(
    due: Callable[[int, int], float] = lambda _day, _hour: AN_HOUR,
    *,
    seed: int = 1,
    extra: dict[int, int] | None = None,
) -> History:
    """Let people leave by chance, as many in the mean as `due(day, hour)` says."""
    dice = random.Random(seed)
    sent, left = {}, dict(extra or {})
    for slot in range(FIRST, UNTIL + SLOTS_A_DAY):
        sent[slot] = STEADY
        day, within = divmod(slot - FIRST, SLOTS_A_DAY)
        rate = due(day, within // SLOTS_AN_HOUR) / SLOTS_AN_HOUR
        left[slot] = left.get(slot, 0) + poisson(dice, rate)
    return History.of(FIRST, UNTIL + SLOTS_A_DAY, sent=sent, left=left)


def poisson(dice: random.Random, mean: float) -> int:
    """Count how many exponential waits fit into one."""
    count, waited = 0, dice.expovariate(1)
    while waited < mean:
        count, waited = count + 1, waited + dice.expovariate(1)
    return count


def expected(history: History, hour: int, slots: int = SLOTS_AN_HOUR) -> float:
    baseline = Baseline.before(history, UNTIL)
    assert baseline is not None
    return baseline.expect(UNTIL + (hour + 1) * SLOTS_AN_HOUR, slots).mean


def test_a_busy_hour_of_the_day_is_expected_to_be_busy() -> None:
    history = steady(lambda _day, hour: 12.0 if hour == 9 else 3.0)
    assert expected(history, 9) == pytest.approx(12, rel=0.15)
    assert expected(history, 15) == pytest.approx(3, rel=0.25)


def test_a_window_over_two_hours_is_expected_to_have_of_both() -> None:
    history = steady(lambda _day, hour: 12.0 if hour == 9 else 3.0)
    assert expected(history, 9, 2 * SLOTS_AN_HOUR) == pytest.approx(15, rel=0.15)


def test_weekdays_that_are_alike_are_not_told_apart() -> None:
    baseline = Baseline.before(steady(), UNTIL)
    assert baseline is not None
    ends = range(UNTIL + SLOTS_AN_HOUR, UNTIL + SLOTS_A_DAY, SLOTS_AN_HOUR)
    means = [baseline.expect(end, SLOTS_AN_HOUR).mean for end in ends]
    assert all(mean == pytest.approx(AN_HOUR, rel=0.2) for mean in means)


def test_a_weekday_that_differs_is_believed_after_five_weeks() -> None:
    # The day after the weeks is of the same weekday as day 1.
    history = steady(lambda day, hour: 24.0 if day % 7 == DAYS % 7 and hour == 9 else AN_HOUR)
    assert expected(history, 9) > 2.5 * AN_HOUR
    assert expected(history, 11) < 1.5 * AN_HOUR


@pytest.mark.parametrize(
    ("why", "swing", "least", "most"),
    [("as chance has it", 0.0, MIN_DISPERSION, 0.05), ("by half", 0.5, 0.1, MAX_DISPERSION)],
)
def test_restless_hours_widen_what_is_usual(
    why: str, swing: float, least: float, most: float
) -> None:
    dice = random.Random(2)
    moods = [40 * (1 + swing * dice.choice((-1, 1))) for _ in range((DAYS + 1) * 24)]
    baseline = Baseline.before(steady(lambda day, hour: moods[day * 24 + hour]), UNTIL)
    assert baseline is not None
    assert least <= baseline.weekdays.dispersion <= most, why


def test_a_flood_nobody_left_out_counts_for_little() -> None:
    flood = {UNTIL - 7 * SLOTS_A_DAY + 9 * SLOTS_AN_HOUR + 3: 100}
    assert expected(steady(extra=flood), 9) < 1.5 * expected(steady(), 9)


def test_how_soon_people_leave_is_learned_from_mails_that_come_at_once() -> None:
    # All leave within ten minutes, over one mailing a day at another hour each day.
    sent, left = {}, {}
    for day in range(DAYS):
        at = FIRST + day * SLOTS_A_DAY + (8 + day % 12) * SLOTS_AN_HOUR
        sent[at], left[at + 1] = 1000, 10
    history = History.of(FIRST, UNTIL, sent=sent, left=left)
    rhythm = Rhythm.of(hours_between(history, FIRST + SLOTS_A_DAY, UNTIL))
    soon, later = rhythm.rates[0], rhythm.rates[AGES_SLOTS.index(SLOTS_AN_HOUR)]
    assert soon > 20 * later


def test_without_anybody_leaving_little_is_expected() -> None:
    history = steady(lambda _day, _hour: 0.0)
    assert 0 < expected(history, 9) < 0.1


def test_rates_are_assumed_for_every_age() -> None:
    assert len(ASSUMED_RATES) == len(AGES_SLOTS) - 1


def test_an_hour_of_the_week_that_was_never_seen_is_as_any_other() -> None:
    weekdays = Weekdays.of([], Rhythm.of([]))
    assert weekdays.factor(UNTIL)[0] == 1.0
