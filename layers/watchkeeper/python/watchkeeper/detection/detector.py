"""Decide, every five minutes, whether more people leave than usual."""

import math
from dataclasses import dataclass
from enum import StrEnum

from watchkeeper.detection.baseline import Baseline
from watchkeeper.detection.drift import drift
from watchkeeper.detection.history import SLOTS_A_DAY, SLOTS_AN_HOUR, History

LN_10 = math.log(10)


class Kind(StrEnum):
    """Say what was seen: many at once, or a little more every day."""

    SPIKE = "spike"
    DRIFT = "drift"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Say how much is too much; all have to be passed at once.

    A spike of three times the usual and ten more shall be found though chance takes a few away, so
    the gates on what is seen are lower than that. `max_log10_probability` was tuned for at most
    one false page a year (docs/benchmarks.md).
    """

    windows_slots: tuple[int, ...] = (3, 6, SLOTS_AN_HOUR, 2 * SLOTS_AN_HOUR)
    min_sent_a_day: int = 20
    min_left: int = 10
    min_extra: float = 7.0
    min_lift: float = 2.5
    max_log10_probability: float = -4.5
    min_drift_evidence: float = 9.0
    min_drift_lift: float = 1.4
    min_drift_extra: float = 10.0


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


class Detector:
    """Judge the newest slots of a history; remembers what it learned of a day until the next."""

    def __init__(self, history: History, limits: Limits | None = None) -> None:
        self._history = history
        self._limits = limits or Limits()
        self._day = -1
        self._baseline: Baseline | None = None
        self._drift: Anomaly | None = None

    def judge(self, slot: int) -> Anomaly | None:
        """Say whether the slots before `slot` are anomalous: the most improbable stretch of them.

        A spike is said before a drift. While the baseline is too short nothing is.
        """
        self._learn(slot)
        since = slot - SLOTS_A_DAY
        if self._history.sent_in(since, slot) < self._limits.min_sent_a_day:
            return None
        found = [
            spike for slots in self._limits.windows_slots if (spike := self._spike(slot, slots))
        ]
        return min(found, key=lambda one: one.log10_probability, default=self._drift)

    def _learn(self, slot: int) -> None:
        day = slot // SLOTS_A_DAY
        if day != self._day:
            self._day = day
            self._baseline = Baseline.before(self._history, slot)
            self._drift = self._drifting(slot) if self._baseline else None

    def _spike(self, slot: int, slots: int) -> Anomaly | None:
        limits = self._limits
        observed = self._history.left_in(slot - slots, slot)
        # Most of the time nothing else has to be known.
        if self._baseline is None or observed < limits.min_left:
            return None
        expectation = self._baseline.expect(slot, slots)
        expected = expectation.mean
        if observed - expected < limits.min_extra or observed < limits.min_lift * expected:
            return None
        log10_probability = expectation.log_tail(observed) / LN_10
        if log10_probability > limits.max_log10_probability:
            return None
        return Anomaly(
            kind=Kind.SPIKE,
            since=slot - slots,
            until=slot,
            observed=observed,
            expected=expected,
            log10_probability=log10_probability,
        )

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
