"""How many leave at each time of the day and of the week, whichever mails went out.

Where people leave on their own the mails say when. But some applications write all unsubscribes of
a day at once, when a nightly job has fetched the provider's list: no rhythm of hours knows of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from watchkeeper.detection.history import SLOTS_A_DAY, SLOTS_A_WEEK, History

# As how many days or weeks what is known already weighs, against what was counted at this time.
WEIGHT_OF_KNOWN = 7
# One day, or week, in so many is left out, in each slot that with the most: what comes so seldom is
# no habit, and may have been what ought to be found.
UNUSUAL = 5


@dataclass(frozen=True, kw_only=True)
class Habit:
    """Hold what a usual day or week has, in running totals of its slots, and how many there were.

    It is there twice, so that any stretch of it is a difference, over its end, too.
    """

    totals: Sequence[float]
    count: int

    @classmethod
    def of(cls, history: History, since: int, until: int, period: int) -> "Habit":
        """Learn it, from what was anomalous, too: what is so night after night becomes a habit."""
        averages = [
            _usual(
                [
                    history.left_in(slot, slot + 1)
                    for slot in range(since + (at - since) % period, until, period)
                ]
            )
            for at in range(period)
        ]
        return cls(
            totals=list(accumulate(averages * 2, initial=0.0)), count=(until - since) // period
        )

    def mean(self, until: int, slots: int) -> float:
        """Return how many leave in so many slots up to `until`, of a day's at most."""
        period = len(self.totals) // 2
        end = until % period + period
        return self.totals[end] - self.totals[end - slots]


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Know the habits of the day and of the week."""

    habits: Sequence[Habit]

    @classmethod
    def of(cls, history: History, since: int, until: int) -> "Clock":
        """Learn them of whole days."""
        periods = (SLOTS_A_DAY, SLOTS_A_WEEK)
        return cls(habits=[Habit.of(history, since, until, period) for period in periods])

    def mean(self, until: int, slots: int, *, by_mails: float) -> float:
        """Return how many are due in so many slots up to `until`: as the mails say, or more."""
        mean = by_mails
        for habit in self.habits:
            counted = habit.mean(until, slots)
            if counted > mean:
                weight = WEIGHT_OF_KNOWN + habit.count
                mean = (WEIGHT_OF_KNOWN * mean + habit.count * counted) / weight
        return mean


def _usual(counts: Sequence[int]) -> float:
    usual = sorted(counts)[: len(counts) - len(counts) // UNUSUAL]
    return sum(usual) / len(usual) if usual else 0.0
