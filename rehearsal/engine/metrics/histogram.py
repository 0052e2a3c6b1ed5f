"""Percentiles, trimmed and winsorized statistics from a logarithmic histogram.

CloudWatch does not publish how it computes these. What it was seen to answer is reproduced by
bins whose edges are powers of `HISTOGRAM_RATIO`, clipped to the true extremes of the datapoint:
inside a bin values are spread geometrically for a percentile and evenly for everything else. Zero
has a bin of its own. A datapoint with a negative value has no such statistic.

Left aside, for recordings of them do not fit one rule: a value with a count of zero below or
above all others can make a trimmed sum disappear in CloudWatch; here it only widens the extremes.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.inferred import HISTOGRAM_RATIO
from rehearsal.engine.metrics.statistics import Kind, Statistic
from rehearsal.engine.metrics.windows import Floats

# Below the bin of the smallest number there is: ln(5e-324) / ln(1.1) is about -7811.
ZERO_BIN: Final = -10_000
_LOG_RATIO: Final = math.log(HISTOGRAM_RATIO)


def find_bin(value: float) -> int:
    """Return the bin of a value that is not negative."""
    return math.floor(math.log(value) / _LOG_RATIO) if value > 0 else ZERO_BIN


@dataclass(frozen=True, kw_only=True)
class Histograms:
    """Be the histograms of many windows: `masses` is (bins, windows), the rest (windows,).

    `counts`, `low` and `high` take in what no bin shows: statistic sets that hide their values,
    of which `opaque` says how many there are.
    """

    bins: NDArray[np.int64]
    masses: Floats
    counts: Floats
    low: Floats
    high: Floats
    opaque: Floats

    def compute(self, statistic: Statistic) -> Floats:
        """Return the statistic of each window; NaN where CloudWatch would give no datapoint."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if statistic.is_extreme:
                values = self.high if statistic.upper else self.low
            elif not len(self.bins):
                values = np.full(self.counts.shape, np.nan)
            elif statistic.kind is Kind.PERCENTILE:
                values = self._find_percentile(statistic)
            else:
                values = _Selection(self, statistic).compute(statistic.kind)
            return np.where(self._has(statistic), values, np.nan)

    @cached_property
    def edges(self) -> tuple[Floats, Floats]:
        """Return the lower and upper edges of the bins, clipped to each window's extremes."""
        powers = self.bins[:, None].astype(np.float64)
        is_zero = self.bins[:, None] == ZERO_BIN
        floors = np.where(is_zero, 0.0, HISTOGRAM_RATIO**powers)
        tops = np.where(is_zero, 0.0, HISTOGRAM_RATIO ** (powers + 1))
        lower = np.where(is_zero, 0.0, np.maximum(floors, self.low))
        return lower, np.maximum(np.minimum(tops, self.high), lower)

    @cached_property
    def cumulated(self) -> Floats:
        """Return the samples up to and with each bin."""
        return np.cumsum(self.masses, axis=0)

    @property
    def mass(self) -> Floats:
        """Return how many samples the bins hold."""
        return np.asarray(self.cumulated[-1])

    def find_bins(self, ranks: Floats) -> NDArray[np.intp]:
        """Return the first bin of each window that reaches the rank."""
        return np.asarray(np.argmax(self.cumulated >= ranks, axis=0))

    def _has(self, statistic: Statistic) -> NDArray[np.bool_]:
        has = (self.counts > 0) & (self.low >= 0)
        if statistic.by_share:
            has &= self.counts >= 1
        if statistic.by_share and not statistic.is_extreme:
            has &= self.opaque == 0
        return has

    def _find_percentile(self, statistic: Statistic) -> Floats:
        ranks = multiply(self.mass, statistic.upper or Fraction(0))
        chosen = (self.find_bins(ranks), np.arange(self.masses.shape[1]))
        lower, upper, mass = self.edges[0][chosen], self.edges[1][chosen], self.masses[chosen]
        inside = (ranks - (self.cumulated[chosen] - mass)) / mass
        return np.where(lower == upper, lower, lower * (upper / lower) ** inside)


class _Selection:
    """Be the part of each window's samples that lies between a statistic's bounds."""

    def __init__(self, histograms: Histograms, statistic: Statistic) -> None:
        self.all = histograms
        self.statistic = statistic
        self.lower, self.upper = histograms.edges
        select = self._select_by_share if statistic.by_share else self._select_by_value
        # How many samples of each bin, and from where to where in it.
        self.amounts, self.starts, self.ends = select()
        self.count: Floats = self.amounts.sum(axis=0)

    def compute(self, kind: Kind) -> Floats:
        if kind is Kind.TRIMMED_COUNT:
            return self.count
        if kind is Kind.TRIMMED_SUM:
            return self._sum()
        if kind is Kind.TRIMMED_MEAN:
            return np.asarray(self._sum() / self.count)
        if kind is Kind.PERCENTILE_RANK:
            return np.asarray(100 * self.count / self.all.mass)
        return self._winsorize()

    def _select_by_share(self) -> tuple[Floats, Floats, Floats]:
        masses, cumulated = self.all.masses, self.all.cumulated
        before = cumulated - masses
        begin = np.maximum(before, self._rank(self.statistic.lower, 0))
        end = np.minimum(cumulated, self._rank(self.statistic.upper, 1))
        slope = np.where(masses > 0, (self.upper - self.lower) / masses, 0.0)
        starts, ends = (self.lower + (rank - before) * slope for rank in (begin, end))
        return np.maximum(end - begin, 0.0), starts, ends

    def _select_by_value(self) -> tuple[Floats, Floats, Floats]:
        low, high = self._bounds()
        starts, ends = np.maximum(self.lower, low), np.minimum(self.upper, high)
        width = self.upper - self.lower
        point = (self.lower > low) & (self.lower <= high)
        shares = np.where(width > 0, np.maximum(ends - starts, 0.0) / width, point)
        return self.all.masses * shares, starts, ends

    def _sum(self) -> Floats:
        """Add up the selected values: bins at its ends by their middle, whole ones between."""
        chosen = self.amounts > 0
        order = np.arange(len(chosen))[:, None]
        first, last = np.argmax(chosen, axis=0), len(chosen) - 1 - np.argmax(chosen[::-1], axis=0)
        middles = (self.starts + self.ends) / 2
        inner = np.sqrt(self.lower) * np.sqrt(self.upper)
        values = np.where((order == first) | (order == last), middles, inner)
        return np.asarray(np.where(chosen, self.amounts * values, 0.0).sum(axis=0))

    def _winsorize(self) -> Floats:
        """Average all samples, those beyond a bound counted with the bound's value."""
        if self.statistic.by_share:
            below, above = self._rank(self.statistic.lower, 0), self.all.mass
            above = above - self._rank(self.statistic.upper, 1)
            low, high = self._edge(self.statistic.lower), self._edge(self.statistic.upper)
        else:
            low, high = (np.asarray(bound) for bound in self._bounds())
            below = self._count_up_to(low)
            above = self.all.mass - below - self.count
        ends = [(below, low)] if self.statistic.lower is not None else []
        ends += [(above, high)] if self.statistic.upper is not None else []
        clamped = sum(amount * value for amount, value in ends)
        return np.asarray((self._sum() + clamped) / self.all.mass)

    def _bounds(self) -> tuple[float, float]:
        low, high = self.statistic.lower, self.statistic.upper
        return -np.inf if low is None else float(low), np.inf if high is None else float(high)

    def _rank(self, share: Fraction | None, default: int) -> Floats:
        return multiply(self.all.mass, Fraction(default) if share is None else share)

    def _edge(self, share: Fraction | None) -> Floats:
        """Return what stands for samples beyond a share: a bin's width above its lower edge."""
        if share is None:
            return self.all.high
        chosen = (self.all.find_bins(self._rank(share, 0)), np.arange(len(self.all.mass)))
        return np.minimum(self.lower[chosen] * HISTOGRAM_RATIO, self.all.high)

    def _count_up_to(self, value: Floats) -> Floats:
        width = self.upper - self.lower
        inside = np.clip((value - self.lower) / np.where(width > 0, width, 1.0), 0.0, 1.0)
        shares = np.where(width > 0, inside, self.lower <= value)
        return np.asarray((self.all.masses * shares).sum(axis=0))


def multiply(counts: Floats, share: Fraction) -> Floats:
    """Take an exact share of counts: 99.9 % of 1,000 is 999, which floats alone would miss."""
    return counts * share.numerator / share.denominator
