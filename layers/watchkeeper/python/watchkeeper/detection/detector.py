"""Decide, every five minutes, whether more people leave than usual."""

import math
from dataclasses import dataclass
from enum import StrEnum

from watchkeeper.detection.baseline import Baseline
from watchkeeper.detection.budget import limit_within
from watchkeeper.detection.drift import drift
from watchkeeper.detection.history import SLOTS_A_DAY, SLOTS_A_WEEK, History

LN_10 = math.log(10)
WEEKS_A_YEAR = 365 / 7
# Where fewer are expected, ten do not come by chance once in a thousand years.
LEAST_TO_BUDGET = 0.3


class Kind(StrEnum):
    """Say what was seen: many at once, or a little more every day."""

    SPIKE = "spike"
    DRIFT = "drift"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Say how much is too much; all have to be passed at once.

    A spike of three times the usual and ten more shall be found though chance takes a few away, so
    the gates on what is seen are lower than that. How improbable it has to be follows from
    `false_pages_a_year`: `budgeted_slots` are the lengths of windows that side by side stand for
    all, `overlap` as how many of them the overlapping others can be wrong. It was tuned
    (docs/benchmarks.md).
    """

    windows_slots: tuple[int, ...] = (2, 3, 4, 6, 9, 12, 18, 24)
    min_sent_a_day: int = 20
    min_left: int = 10
    min_extra: float = 7.0
    min_lift: float = 2.5
    false_pages_a_year: float = 0.5
    budgeted_slots: tuple[int, ...] = (2, 6, 24)
    overlap: float = 2.5
    max_probability: float = 1e-3
    min_drift_evidence: float = 9.0
    min_drift_lift: float = 1.4
    min_drift_extra: float = 10.0

    def least(self, expected: float) -> int:
        """Return how many have to leave, where so many are expected, to pass the gates."""
        gates = self.min_left, expected + self.min_extra, expected * self.min_lift
        return math.ceil(max(gates))


@dataclass(frozen=True, kw_only=True)
class Anomaly:
    """Say how many left where how many were expected, in the slots from `since` to `until`.

    `log10_probability` tells how improbable that is; of a drift it is minus its evidence.
    """

    kind: Kind
    since: int
    until: int
    observed: int
    expected: float
    log10_probability: float

    @property
    def lift(self) -> float:
        """Return how many times as many left as expected."""
        return self.observed / self.expected if self.expected else math.inf


@dataclass(frozen=True, kw_only=True)
class Usual:
    """Know what is usual on a day, and what is too improbable on it, as a natural logarithm."""

    baseline: Baseline
    max_log_probability: float


class Detector:
    """Judge the newest slots of a history; remembers what it learned of a day until the next."""

    def __init__(self, history: History, limits: Limits | None = None) -> None:
        self._history = history
        self._limits = limits or Limits()
        self._drift_day = self._usual_day = -1
        self._drift: Anomaly | None = None
        self._usual: Usual | None = None

    def judge(self, slot: int) -> Anomaly | None:
        """Say whether the slots before `slot` are anomalous: the most improbable stretch of them.

        A spike is said before a drift. While there are too few weeks to learn from nothing is.
        """
        limits = self._limits
        if self._history.sent_in(slot - SLOTS_A_DAY, slot) < limits.min_sent_a_day:
            return None
        found: list[Anomaly] = []
        # Most of the time so few have left that nothing else has to be known.
        if self._left(slot, max(limits.windows_slots)) >= limits.min_left:
            usual = self._usual_on(slot)
            spikes = (usual and self._spike(usual, slot, slots) for slots in limits.windows_slots)
            found = [spike for spike in spikes if spike]
        if not found:
            return self._drift_on(slot)
        return min(found, key=lambda one: one.log10_probability)

    def _usual_on(self, slot: int) -> Usual | None:
        day = slot // SLOTS_A_DAY
        if day != self._usual_day:
            self._usual_day, self._usual = day, None
            if baseline := Baseline.before(self._history, slot):
                self._usual = Usual(baseline=baseline, max_log_probability=self._limit(baseline))
        return self._usual

    def _limit(self, baseline: Baseline) -> float:
        """Say what is too improbable: a week like the last one may spend its share of a year."""
        limits = self._limits
        chances = [
            math.exp(expectation.log_tail(limits.least(expectation.mean)))
            for slots in limits.budgeted_slots
            for end in range(baseline.until, baseline.until - SLOTS_A_WEEK, -slots)
            if (expectation := baseline.expect(end, slots)).mean > LEAST_TO_BUDGET
        ]
        allowed = limits.false_pages_a_year / WEEKS_A_YEAR / limits.overlap
        return math.log(min(limit_within(allowed, chances), limits.max_probability))

    def _spike(self, usual: Usual, slot: int, slots: int) -> Anomaly | None:
        observed = self._left(slot, slots)
        if observed < self._limits.min_left:
            return None
        expectation = usual.baseline.expect(slot, slots)
        if observed < self._limits.least(expectation.mean):
            return None
        log_probability = expectation.log_tail(observed)
        if log_probability > usual.max_log_probability:
            return None
        return Anomaly(
            kind=Kind.SPIKE,
            since=slot - slots,
            until=slot,
            observed=observed,
            expected=expectation.mean,
            log10_probability=log_probability / LN_10,
        )

    def _left(self, slot: int, slots: int) -> int:
        return self._history.left_in(slot - slots, slot)

    def _drift_on(self, slot: int) -> Anomaly | None:
        day = slot // SLOTS_A_DAY
        if day != self._drift_day:
            self._drift_day, self._drift = day, self._drifting(slot)
        return self._drift

    def _drifting(self, slot: int) -> Anomaly | None:
        limits = self._limits
        found = drift(self._history, slot)
        if found is None or found.evidence < limits.min_drift_evidence:
            return None
        extra = found.observed - found.expected
        if extra < limits.min_drift_extra or extra < (limits.min_drift_lift - 1) * found.expected:
            return None
        return Anomaly(
            kind=Kind.DRIFT,
            since=found.since,
            until=found.until,
            observed=found.observed,
            expected=found.expected,
            log10_probability=-found.evidence / LN_10,
        )
