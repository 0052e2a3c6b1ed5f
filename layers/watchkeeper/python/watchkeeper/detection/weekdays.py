"""How an hour of the week differs from that hour of other days, and how much hours vary at all.

How far a weekday is believed is itself learned, from all hours together (empirical Bayes): where
weekdays are alike five weeks of one hour say little, where they differ they are all there is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.detection.history import SLOTS_A_WEEK, SLOTS_AN_HOUR
from watchkeeper.detection.rhythm import HOURS_A_DAY, Hour, Rhythm

# Squared variation of an hour beyond chance: at least, at most, and what is assumed with which
# weight (in squared people). A few weeks cannot tell it well.
MIN_DISPERSION = 0.02
MAX_DISPERSION = 0.5
ASSUMED_DISPERSION = 0.05
WEIGHT_OF_ASSUMED_DISPERSION = 10_000.0
# A weekday's own count can always outweigh so few unsubscribes of other days.
MIN_WEIGHT = 3.0
MAX_WEIGHT = 1e9
# An hour in the past counts for no more than what comes once in a thousand.
CAP_SIGMAS = 3.1
CAP_EXTRA = 2.0


@dataclass(frozen=True, kw_only=True)
class Weekdays:
    """Hold factors by hour of the week, each with its squared uncertainty, and the dispersion.

    `weight` is how many unsubscribes the other days weigh as.
    """

    factors: Mapping[int, tuple[float, float]]
    dispersion: float
    weight: float

    @classmethod
    def of(
        cls, hours: Sequence[Hour], rhythm: Rhythm, dispersion: float = ASSUMED_DISPERSION
    ) -> "Weekdays":
        """Learn them; `dispersion` is what is thought of it so far."""
        cells: dict[int, list[tuple[float, float]]] = {}
        for hour in hours:
            pair = rhythm.mean(hour.begin, hour.mails), hour.left
            cells.setdefault(hour_of_week(hour.begin), []).append(pair)
        weight = _weight(list(cells.values()), dispersion)
        factors = {key: _factor(cell, weight, dispersion) for key, cell in cells.items()}
        return cls(
            factors=factors, weight=weight, dispersion=_dispersion(cells, factors, dispersion)
        )

    def factor(self, slot: int) -> tuple[float, float]:
        """Return by what factor the hour of a slot differs, and how uncertain that is, squared."""
        return self.factors.get(hour_of_week(slot), (1.0, 1 / self.weight))

    def most(self, slot: int, mean: float) -> float:
        """Return how many may have left in an hour that is to be an example."""
        mean *= self.factor(slot)[0]
        return mean + CAP_SIGMAS * math.sqrt(mean + ASSUMED_DISPERSION * mean**2) + CAP_EXTRA


def hour_of_week(slot: int) -> int:
    """Return the hour of the week that a slot is in."""
    return slot % SLOTS_A_WEEK // SLOTS_AN_HOUR


def _weight(cells: Sequence[Sequence[tuple[float, float]]], dispersion: float) -> float:
    """Estimate how much weekdays differ beyond chance; the less, the more other days weigh."""
    excess = squares = 0.0
    for cell in cells:
        mean, count = _summed(cell)
        excess += (count - mean) ** 2 - mean - dispersion * mean**2 / len(cell)
        squares += mean**2
    return min(max(squares / excess, MIN_WEIGHT), MAX_WEIGHT) if excess > 0 else MAX_WEIGHT


def _factor(
    cell: Sequence[tuple[float, float]], weight: float, dispersion: float
) -> tuple[float, float]:
    mean, count = _summed(cell)
    # Counts of a restless hour say less than as many independent ones.
    worth = 1 / (1 + dispersion * mean / len(cell))
    known = worth * count + weight
    return known / (worth * mean + weight), 1 / known


def _dispersion(
    cells: Mapping[int, Sequence[tuple[float, float]]],
    factors: Mapping[int, tuple[float, float]],
    so_far: float,
) -> float:
    """Estimate by how much hours vary beyond chance and beyond their weekday."""
    excess = WEIGHT_OF_ASSUMED_DISPERSION * ASSUMED_DISPERSION
    squares = WEIGHT_OF_ASSUMED_DISPERSION
    days = sum(map(len, cells.values())) / HOURS_A_DAY
    for key, cell in cells.items():
        factor, uncertainty = factors[key]
        mean, count = _summed(cell)
        # What was fitted to the same counts comes too close to them.
        worth = 1 / (1 + so_far * mean / len(cell))
        fitted = worth * count * uncertainty / len(cell) + 1 / days
        for rough, left in cell:
            expected = factor * rough
            excess += (left - expected) ** 2 / (1 - min(fitted, 0.5)) - expected
            squares += expected**2
    return min(max(excess / squares, MIN_DISPERSION), MAX_DISPERSION)


def _summed(cell: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return math.fsum(mean for mean, _ in cell), math.fsum(count for _, count in cell)
