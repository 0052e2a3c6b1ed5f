"""How many people usually leave in a stretch of this weekday and hour, and how much that varies.

Learned from the weeks before a day. What is not known well widens the distribution.
"""

from dataclasses import dataclass

from watchkeeper.detection.clock import Clock
from watchkeeper.detection.history import SLOTS_A_DAY, SLOTS_AN_HOUR, History
from watchkeeper.detection.rhythm import LEAST_MEAN, Rhythm, hour_of_day, hours_between
from watchkeeper.detection.tail import log_beta_binomial_tail
from watchkeeper.detection.weekdays import Weekdays

BASELINE_DAYS = 35
# Below this there is no telling what is usual.
MIN_BASELINE_DAYS = 14


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
    """Know the weeks before a day, which begins with the slot `until`."""

    history: History
    until: int
    rhythm: Rhythm
    weekdays: Weekdays
    clock: Clock

    @classmethod
    def before(cls, history: History, slot: int) -> "Baseline | None":
        """Learn from the weeks before the day of a slot; None while there are too few days."""
        until = slot - slot % SLOTS_A_DAY
        # A day before there is only to tell which mails there were.
        oldest = history.first + SLOTS_A_DAY
        since = max(until - BASELINE_DAYS * SLOTS_A_DAY, oldest + (until - oldest) % SLOTS_A_DAY)
        if until - since < MIN_BASELINE_DAYS * SLOTS_A_DAY:
            return None
        hours = hours_between(history, since, until)
        rhythm = Rhythm.of(hours)
        weekdays = Weekdays.of(hours, rhythm)
        # Now that it is known what an hour may have, those that had far more no longer decide.
        hours = [
            hour.capped(weekdays.most(hour.begin, rhythm.mean(hour.begin, hour.mails)))
            for hour in hours
        ]
        rhythm = Rhythm.of(hours, rhythm)
        weekdays = Weekdays.of(hours, rhythm, weekdays.dispersion)
        clock = Clock.of(history, since, until)
        return cls(history=history, until=until, rhythm=rhythm, weekdays=weekdays, clock=clock)

    def expect(self, until: int, slots: int) -> Expectation:
        """Say what is usual in so many slots up to `until`, on the day that follows."""
        mean, uncertainty = LEAST_MEAN, 0.0
        at = until - slots
        while at < until:
            end = min(until, at - at % SLOTS_AN_HOUR + SLOTS_AN_HOUR)
            factor, uncertain = self.weekdays.factor(at)
            part = factor * self.rhythm.mean(at, self.history.mails(at, end))
            mean += part
            uncertainty += part * (uncertain + 1 / self.rhythm.known[hour_of_day(at)])
            at = end
        return Expectation(
            mean=self.clock.mean(until, slots, by_mails=mean),
            spread=self.weekdays.dispersion + uncertainty / mean,
            mails=self.history.sent_in(until - SLOTS_A_DAY, until),
        )
