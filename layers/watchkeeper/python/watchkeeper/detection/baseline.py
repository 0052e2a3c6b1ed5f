"""How many people usually leave in a stretch of this weekday and hour, and how much that varies.

Three levels, each put right by the next as far as its own counts can carry it: the rate of all
weeks; that of the same time of day; that of the same time on the same weekday. Where little is
known the coarser one speaks, and what is not known widens the distribution.
"""

import math
import operator
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from watchkeeper.detection.history import (
    SLOTS_A_DAY,
    SLOTS_A_WEEK,
    SLOTS_AN_HOUR,
    History,
    Mails,
)
from watchkeeper.detection.tail import log_beta_binomial_tail

BASELINE_DAYS = 35
# Below this there is no telling what is usual.
MIN_BASELINE_DAYS = 14
# Before anything is known: so many of a million mails in each five minutes, by the mail's age.
ASSUMED_RATES = (4e-5, 1e-5, 2e-6)
FITTING_ROUNDS = 8
# How far around a time of day its past is looked at, and how often anew.
SURROUNDINGS_SLOTS = SLOTS_AN_HOUR
SURROUNDINGS_STEP = SLOTS_AN_HOUR // 2
# How many unsubscribes a coarser level weighs as, against the counts of the finer one.
WEIGHT_OF_ASSUMED = 2.0
WEIGHT_OF_ALL = 1.0
WEIGHT_OF_DAYS = 10.0
# Squared variation of an hour beyond chance: at least, and what is assumed with which weight.
MIN_DISPERSION = 0.02
MAX_DISPERSION = 0.5
ASSUMED_DISPERSION = 0.05
WEIGHT_OF_ASSUMED_DISPERSION = 20.0
# Somebody can always leave.
LEAST_MEAN = 1e-6
# A window in the past counts for no more than so many times what was usual, and so many more.
MAX_PAST_LIFT = 3.0
MAX_PAST_EXTRA = 6.0


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """Say how many leave in a stretch: the mean, its squared relative spread, and of how many."""

    mean: float
    spread: float
    mails: int

    def log_tail(self, count: int) -> float:
        """Return ln of the probability that so many leave, or more."""
        trials = max(self.mails, count, 1)
        rate = min(self.mean / trials, 0.5)
        alpha = max((1 - rate) / self.spread - rate, rate)
        return log_beta_binomial_tail(count, trials, alpha, alpha * (1 - rate) / rate)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Know the weeks before a day: the rate of all of them, and how much hours vary.

    `until` is the slot in which that day begins, `since` the first one that is looked at.
    """

    history: History
    since: int
    until: int
    rates: Mails
    known: float
    dispersion: float
    _factors: dict[int, tuple[float, float]] = field(default_factory=dict, repr=False)

    @classmethod
    def before(cls, history: History, slot: int) -> "Baseline | None":
        """Learn from the weeks before the day of a slot; None while there are too few days."""
        until = slot - slot % SLOTS_A_DAY
        # A day before there is only to tell which mails there were.
        oldest = history.first + SLOTS_A_DAY
        since = max(until - BASELINE_DAYS * SLOTS_A_DAY, oldest + (until - oldest) % SLOTS_A_DAY)
        if until - since < MIN_BASELINE_DAYS * SLOTS_A_DAY:
            return None
        hours = _ordinary_hours(history, since, until)
        rates = _fit([(mails, count) for _, mails, count in hours])
        return cls(
            history=history,
            since=since,
            until=until,
            rates=rates,
            known=sum(count for _, _, count in hours) + WEIGHT_OF_ASSUMED,
            dispersion=_dispersion(hours, rates),
        )

    def expect(self, until: int, slots: int) -> Expectation:
        """Say what is usual in so many slots up to `until`, on the day that follows."""
        time_of_day = (until - slots // 2) // SURROUNDINGS_STEP * SURROUNDINGS_STEP
        if time_of_day not in self._factors:
            self._factors[time_of_day] = self._factor(time_of_day)
        factor, spread = self._factors[time_of_day]
        return Expectation(
            mean=factor * _mean(self.rates, self.history.mails(until - slots, until)),
            spread=self.dispersion + 1 / self.known + spread,
            mails=self.history.sent_in(until - SLOTS_A_DAY, until),
        )

    def _factor(self, middle: int) -> tuple[float, float]:
        """Say by what factor this time of the weekday differs, and how uncertain that is."""
        days = self._past(middle, SLOTS_A_DAY)
        usual = statistics.median([count / mean for mean, count in days]) if days else 1.0
        by_day, known_by_day = _correct(days, usual, WEIGHT_OF_ALL)
        weeks = [(mean * by_day, count) for mean, count in self._past(middle, SLOTS_A_WEEK)]
        by_week, known_by_week = _correct(weeks, 1.0, WEIGHT_OF_DAYS)
        return by_day * by_week, 1 / known_by_day + 1 / known_by_week

    def _past(self, middle: int, step: int) -> list[tuple[float, int]]:
        """List, for this time of earlier days or weeks, what the rates say and what came."""
        found = []
        for at in range(middle - step, self.since - 1, -step):
            since, until = at - SURROUNDINGS_SLOTS, at + SURROUNDINGS_SLOTS
            if until <= self.until and self.history.is_ordinary(since, until):
                mean = _mean(self.rates, self.history.mails(since, until))
                found.append((mean, self.history.left_in(since, until)))
        return found


def _correct(past: Sequence[tuple[float, int]], usual: float, weight: float) -> tuple[float, float]:
    """Return by what factor the past differs from its mean, and how much is known of it."""
    expected = sum(mean for mean, _ in past)
    counts = sum(min(count, MAX_PAST_LIFT * usual * mean + MAX_PAST_EXTRA) for mean, count in past)
    return (counts + weight) / (expected + weight), counts + weight


def _mean(rates: Mails, mails: Mails) -> float:
    return LEAST_MEAN + math.fsum(map(operator.mul, rates, mails))


def _fit(hours: Sequence[tuple[Mails, int]]) -> Mails:
    """Find the rate for each age of mails that explains the counts best (EM for Poisson sums)."""
    totals = [sum(ages) for ages in zip(*(mails for mails, _ in hours), strict=True)]
    rates = ASSUMED_RATES
    for _ in range(FITTING_ROUNDS):
        due = [0.0] * len(rates)
        for mails, count in hours:
            if count:
                share = count / _mean(rates, mails)
                for age, number in enumerate(mails):
                    due[age] += share * rates[age] * number
        # What is assumed weighs as a few unsubscribes do.
        rates = tuple(
            (found + WEIGHT_OF_ASSUMED) / (total + WEIGHT_OF_ASSUMED / assumed)
            for found, total, assumed in zip(due, totals, ASSUMED_RATES, strict=True)
        )
    return rates


def _ordinary_hours(history: History, since: int, until: int) -> list[tuple[int, Mails, int]]:
    """List hour of the day, mails and unsubscribes of every hour that is not left out."""
    return [
        (begin % SLOTS_A_DAY, history.mails(begin, end), history.left_in(begin, end))
        for begin, end in _hours(since, until)
        if history.is_ordinary(begin, end)
    ]


def _hours(since: int, until: int) -> Iterator[tuple[int, int]]:
    for begin in range(since, until, SLOTS_AN_HOUR):
        yield begin, begin + SLOTS_AN_HOUR


def _dispersion(hours: Sequence[tuple[int, Mails, int]], rates: Mails) -> float:
    """Estimate by how much hours vary beyond chance, from hours of the same time of day."""
    by_hour: dict[int, list[tuple[float, int]]] = {}
    for hour, mails, count in hours:
        by_hour.setdefault(hour, []).append((_mean(rates, mails), count))
    excess = WEIGHT_OF_ASSUMED_DISPERSION * ASSUMED_DISPERSION
    squares = WEIGHT_OF_ASSUMED_DISPERSION
    for same in by_hour.values():
        if len(same) < MIN_BASELINE_DAYS // 2:
            continue
        factor = sum(count for _, count in same) / sum(mean for mean, _ in same)
        unbiased = len(same) / (len(same) - 1)
        for mean, count in same:
            expected = mean * factor
            excess += unbiased * (count - expected) ** 2 - expected
            squares += expected**2
    return min(max(excess / squares, MIN_DISPERSION), MAX_DISPERSION)
