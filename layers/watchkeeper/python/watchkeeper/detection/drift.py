"""Slow drifts: a little more every day, for days, which no single hour gives away.

A cumulated sum (CUSUM) of the evidence that people leave half as often again as in the weeks
before, day by day over the last two weeks; what speaks against it takes away, down to nothing.
"""

import math
from dataclasses import dataclass

from watchkeeper.detection.history import SLOTS_A_DAY, History
from watchkeeper.detection.rhythm import ASSUMED_RATES, due

TESTED_DAYS = 14
REFERENCE_DAYS = 21
MIN_REFERENCE_DAYS = 14
DESIGN_LIFT = 1.5
DAY_DISPERSION = 0.04
MIN_REFERENCE_LEFT = 20


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Say how strong the evidence is, since which slot it grows, and what it rests on."""

    evidence: float
    since: int
    until: int
    observed: int
    expected: float


def drift(history: History, slot: int) -> Drift | None:
    """Weigh the whole days before a slot; None where too little is known of the weeks before."""
    today = slot - slot % SLOTS_A_DAY
    tested = today - TESTED_DAYS * SLOTS_A_DAY
    oldest = max(tested - REFERENCE_DAYS * SLOTS_A_DAY, history.first + SLOTS_A_DAY)
    days = [
        _day(history, begin)
        for begin in range(tested - SLOTS_A_DAY, oldest - 1, -SLOTS_A_DAY)
        if history.is_ordinary(begin, begin + SLOTS_A_DAY)
    ]
    left = sum(count for _, count in days)
    mails = sum(mails for mails, _ in days)
    if len(days) < MIN_REFERENCE_DAYS or left < MIN_REFERENCE_LEFT or not mails:
        return None
    return _cusum(history, tested, today, left / mails)


def _cusum(history: History, tested: int, today: int, rate: float) -> Drift:
    evidence, since, observed, expected = 0.0, tested, 0, 0.0
    for begin in range(tested, today, SLOTS_A_DAY):
        if not history.is_ordinary(begin, begin + SLOTS_A_DAY):
            continue
        mails, count = _day(history, begin)
        mean = rate * mails
        gain = count * math.log(DESIGN_LIFT) - mean * (DESIGN_LIFT - 1)
        evidence += gain / (1 + DAY_DISPERSION * mean)
        observed, expected = observed + count, expected + mean
        if evidence <= 0:
            evidence, since, observed, expected = 0.0, begin + SLOTS_A_DAY, 0, 0.0
    return Drift(evidence=evidence, since=since, until=today, observed=observed, expected=expected)


def _day(history: History, begin: int) -> tuple[float, int]:
    end = begin + SLOTS_A_DAY
    # How soon people leave hardly matters over a whole day.
    return due(ASSUMED_RATES, history.mails(begin, end)), history.left_in(begin, end)
