"""The store's reading once more, slowly: plain lists, one slot and one sample at a time.

It shares no code with the store. Percentiles are built anew from the histogram's description.
"""

import math
from collections.abc import Iterable, Sequence

from rehearsal.engine.metrics.samples import Sample

Numbers = tuple[float, float, float, float]


def choose(samples: Iterable[Sample], now: int, start: int, end: int) -> list[Sample]:
    """List the samples that are visible now and live in the slot."""
    chosen = []
    for one in samples:
        home = one.at if one.high_resolution else one.at // 60 * 60
        if one.arrives <= now and start <= home < end:
            chosen.append(one)
    return chosen


def summarise(samples: Iterable[Sample]) -> Numbers:
    """Return count, sum, minimum and maximum."""
    count, total, low, high = 0.0, 0.0, math.inf, -math.inf
    for one in samples:
        if one.statistics is not None:
            known = one.statistics
            count, total = count + known.count, total + known.total
            low, high = min(low, known.minimum), max(high, known.maximum)
        for place, value in enumerate(one.values):
            weight = one.counts[place] if one.counts else 1.0
            count, total = count + weight, total + weight * value
            low, high = min(low, value), max(high, value)
    return count, total, low, high


def read_slowly(statistic: str, samples: Sequence[Sample]) -> float | None:
    """Return a simple statistic or a percentile of the samples of one slot."""
    count, total, low, high = summarise(samples)
    if count == 0:
        return None
    simple = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count,
        "Minimum": low,
        "Maximum": high,
    }
    if statistic in simple:
        return simple[statistic]
    return _find_percentile(float(statistic[1:]), samples, low, high)


def _find_percentile(
    percent: float, samples: Sequence[Sample], low: float, high: float
) -> float | None:
    weights: dict[float, float] = {}
    for one in samples:
        pairs = list(zip(one.values, one.counts or [1.0] * len(one.values), strict=True))
        if known := one.statistics:
            if known.minimum != known.maximum or known.total != known.minimum * known.count:
                return None
            pairs = [(known.minimum, known.count)]
        for value, weight in pairs:
            place = math.floor(math.log(value) / math.log(1.1)) if value > 0 else -math.inf
            weights[place] = weights.get(place, 0.0) + weight
    count = sum(weights.values())
    if low < 0 or count < 1:
        return None
    passed, wanted = 0.0, percent * count / 100
    for place in sorted(weights):
        if passed + weights[place] >= wanted:
            bottom = 0.0 if place == -math.inf else max(low, 1.1**place)
            top = 0.0 if place == -math.inf else min(high, 1.1 ** (place + 1))
            if top <= bottom:
                return bottom
            return float(bottom * (top / bottom) ** ((wanted - passed) / weights[place]))
        passed += weights[place]
    raise AssertionError
