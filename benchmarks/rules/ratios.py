"""Sixty alarms on ratios of one-hour sums, with a day of series that cross their thresholds."""

import random
from dataclasses import dataclass
from functools import cached_property

ALARMS = 60
HOURS = 24
MINUTES = HOURS * 60
THRESHOLD_PERCENT = 1.0
SEED = 20_260_101


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Be one alarm: errors in percent of requests, by the minute."""

    number: int

    @property
    def name(self) -> str:
        """Give the alarm's name."""
        return f"errors_of_{self.number}"

    @cached_property
    def series(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return errors and requests of each minute: quiet, with storms of half an hour."""
        chance = random.Random(SEED + self.number)  # noqa: S311 - numbers, not secrets
        storms = {chance.randrange(MINUTES) // 30 for _ in range(4)}
        requests = tuple(chance.randint(80, 120) for _ in range(MINUTES))
        errors = tuple(
            chance.randint(1, 6) if minute // 30 in storms else int(chance.random() < 0.3)
            for minute in range(MINUTES)
        )
        return errors, requests


def list_ratios(count: int = ALARMS) -> tuple[Ratio, ...]:
    """Return the alarms."""
    return tuple(Ratio(number=number) for number in range(count))
