"""How soon people leave after a mail, and at which hours they do: learned from weeks of counts.

So many are due in a stretch: for each age of mails its rate, times how busy that hour of the day
is. Both are fitted in turns to the same counts, and hold on to what is assumed where they are few.
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace

from watchkeeper.detection.history import SLOTS_A_DAY, SLOTS_AN_HOUR, History, Mails

HOURS_A_DAY = SLOTS_A_DAY // SLOTS_AN_HOUR
QUARTER_SLOTS = SLOTS_AN_HOUR // 4
# Before anything is known: how many leave over a mail in five minutes, by its age. Only how these
# compare with each other matters.
ASSUMED_RATES = (4e-5, 4e-5, 4e-5, 2.5e-5, 2.5e-5, 1.2e-5, 6e-6, 4e-6, 1.5e-6)
FITTING_ROUNDS = 6
# How many unsubscribes an assumption weighs as, against what was counted.
WEIGHT_OF_ASSUMED = 2.0
WEIGHT_OF_NEIGHBOURS = 10.0
# Somebody can always leave.
LEAST_MEAN = 1e-6


@dataclass(frozen=True, kw_only=True)
class Hour:
    """Hold one hour of the past: the slot it begins with, the mails about, and who left.

    `quarters` are those quarters of it in which somebody left.
    """

    begin: int
    mails: Mails
    left: float
    quarters: Sequence[tuple[Mails, float]]

    def capped(self, most: float) -> "Hour":
        """Return it with no more people than `most`."""
        if self.left <= most:
            return self
        share = most / self.left
        quarters = [(mails, share * left) for mails, left in self.quarters]
        return replace(self, left=most, quarters=quarters)


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """Say how many leave: `rates` by the age of mails, `activity` and `known` by hour of the day.

    `known` is on how many unsubscribes an hour's activity rests.
    """

    rates: Sequence[float]
    activity: Sequence[float]
    known: Sequence[float]

    def mean(self, slot: int, mails: Mails) -> float:
        """Return how many are due over these mails, within the hour of a slot."""
        return LEAST_MEAN + self.activity[hour_of_day(slot)] * due(self.rates, mails)

    @classmethod
    def of(cls, hours: Sequence[Hour], start: "Rhythm | None" = None) -> "Rhythm":
        """Learn it; what was learned of much the same hours is a good start."""
        assumed = _scaled(hours)
        rhythm = start or cls(
            rates=assumed, activity=[1.0] * HOURS_A_DAY, known=[0.0] * HOURS_A_DAY
        )
        left = [0.0] * HOURS_A_DAY
        mails = [[0.0] * len(assumed) for _ in left]
        for hour in hours:
            at = hour_of_day(hour.begin)
            left[at] += hour.left
            mails[at] = list(map(operator.add, mails[at], hour.mails))
        quarters = [quarter for hour in hours for quarter in hour.quarters]
        for _ in range(FITTING_ROUNDS):
            rates = _fit_rates(quarters, mails, rhythm, assumed)
            means = [due(rates, ages) for ages in mails]
            rhythm = cls(
                rates=rates,
                activity=_fit_activity(left, means),
                known=[count + WEIGHT_OF_NEIGHBOURS for count in left],
            )
        return rhythm


def hours_between(history: History, since: int, until: int) -> list[Hour]:
    """List every hour that is not left out."""
    return [
        _hour(history, begin)
        for begin in range(since, until, SLOTS_AN_HOUR)
        if history.is_ordinary(begin, begin + SLOTS_AN_HOUR)
    ]


def hour_of_day(slot: int) -> int:
    """Return the hour of the day (UTC) that a slot is in."""
    return slot % SLOTS_A_DAY // SLOTS_AN_HOUR


def due(rates: Sequence[float], mails: Sequence[float]) -> float:
    """Add up how many leave over mails of each age."""
    return float(sum(map(operator.mul, rates, mails)))


def _hour(history: History, begin: int) -> Hour:
    end = begin + SLOTS_AN_HOUR
    left = history.left_in(begin, end)
    quarters = [
        (history.mails(at, at + QUARTER_SLOTS), float(count))
        for at in (range(begin, end, QUARTER_SLOTS) if left else ())
        if (count := history.left_in(at, at + QUARTER_SLOTS))
    ]
    return Hour(begin=begin, mails=history.mails(begin, end), left=left, quarters=quarters)


def _scaled(hours: Sequence[Hour]) -> list[float]:
    """Scale what is assumed so that as many are due in all as have left."""
    left = math.fsum(hour.left for hour in hours) + WEIGHT_OF_ASSUMED
    mean = math.fsum(due(ASSUMED_RATES, hour.mails) for hour in hours) + WEIGHT_OF_ASSUMED
    return [rate * left / mean for rate in ASSUMED_RATES]


def _fit_rates(
    quarters: Sequence[tuple[Mails, float]],
    mails: Sequence[Sequence[float]],
    rhythm: Rhythm,
    assumed: Sequence[float],
) -> list[float]:
    """Share those who left out among the ages (one round of EM for sums of Poisson counts)."""
    found = [WEIGHT_OF_ASSUMED] * len(assumed)
    for ages, left in quarters:
        parts = list(map(operator.mul, rhythm.rates, ages))
        if whole := sum(parts):
            share = left / whole
            found = [one + share * part for one, part in zip(found, parts, strict=True)]
    busy = [due(rhythm.activity, ages) for ages in zip(*mails, strict=True)]
    return [
        count / (number + WEIGHT_OF_ASSUMED / rate)
        for count, number, rate in zip(found, busy, assumed, strict=True)
    ]


def _fit_activity(left: Sequence[float], means: Sequence[float]) -> list[float]:
    """Say how busy each hour of the day is: as its neighbours, then put right by its own count."""
    activity = []
    for at, (count, mean) in enumerate(zip(left, means, strict=True)):
        around = _shrunk(_around(left, at), _around(means, at))
        activity.append(around * _shrunk(count, around * mean))
    return activity


def _shrunk(count: float, mean: float) -> float:
    return (count + WEIGHT_OF_NEIGHBOURS) / (mean + WEIGHT_OF_NEIGHBOURS)


def _around(counts: Sequence[float], at: int) -> float:
    return (counts[at - 1] + 2 * counts[at] + counts[(at + 1) % len(counts)]) / 4
