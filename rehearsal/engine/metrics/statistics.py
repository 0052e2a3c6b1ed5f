"""Statistics by their CloudWatch names: Sum, p99, TM(10%:90%), PR(:300) and all the others."""

import re
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Final

from rehearsal.engine.errors import AlarmError
from rehearsal.engine.inferred import Inference


class Kind(Enum):
    """Tell what a statistic computes."""

    SAMPLE_COUNT = "SampleCount"
    SUM = "Sum"
    AVERAGE = "Average"
    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"
    PERCENTILE = "p"
    TRIMMED_MEAN = "TM"
    TRIMMED_COUNT = "TC"
    TRIMMED_SUM = "TS"
    WINSORIZED_MEAN = "WM"
    PERCENTILE_RANK = "PR"


SIMPLE: Final = frozenset(
    {Kind.SAMPLE_COUNT, Kind.SUM, Kind.AVERAGE, Kind.MINIMUM, Kind.MAXIMUM},
)
_RANGED: Final = {kind.value: kind for kind in Kind if len(kind.value) == 2}
_NUMBER: Final = r"\d+(?:\.\d{1,10})?"
_PERCENTILE: Final = re.compile(rf"p({_NUMBER})", re.ASCII)
_SHORT: Final = re.compile(rf"(tm|tc|ts|wm)({_NUMBER})", re.ASCII)
_RANGE: Final = re.compile(r"(TM|TC|TS|WM|PR)\(([^():]*):([^():]*)\)", re.ASCII)
_BOUND: Final = re.compile(r"(\d+(?:\.\d+)?)(%?)", re.ASCII)


@dataclass(frozen=True)
class Statistic:
    """Be a statistic: what it computes, and between which bounds.

    Bounds are shares of the samples from 0 to 1 if `by_share`, else values. A percentile has
    only the upper one, and None is an open end.
    """

    name: str
    kind: Kind
    lower: Fraction | None = None
    upper: Fraction | None = None
    by_share: bool = False

    @property
    def needs_values(self) -> bool:
        """Tell whether it is computed from single values, not from sums, counts and extremes."""
        return self.kind not in SIMPLE

    @property
    def is_extreme(self) -> bool:
        """Tell whether it is p0 or p100, which are the minimum and the maximum."""
        return self.kind is Kind.PERCENTILE and self.upper in (0, 1)

    @property
    def inferred(self) -> frozenset[Inference]:
        """Name the unpublished rules that its values rest on."""
        if self.needs_values and not self.is_extreme:
            return frozenset({Inference.PERCENTILE})
        return frozenset()

    @property
    def min_sample_count(self) -> float:
        """Return how many samples a datapoint needs under `ignore` of low sample counts.

        10/(1-p) from the median upwards and 10/p below; 0 for all that is no percentile.
        """
        if self.kind is not Kind.PERCENTILE or self.upper is None or self.is_extreme:
            return 0.0
        share = self.upper
        return float(10 / (1 - share) if share >= Fraction(1, 2) else 10 / share)

    @property
    def allowed_in_alarm(self) -> bool:
        """Tell whether PutMetricAlarm takes it as Statistic or ExtendedStatistic."""
        if self.kind in SIMPLE or self.kind in (Kind.PERCENTILE, Kind.PERCENTILE_RANK):
            return True
        if self.name[-1] != ")":
            return True
        bounds = [bound for bound in (self.lower, self.upper) if bound is not None]
        return self.by_share and all(
            Fraction(1, 10) <= bound <= Fraction(9, 10) for bound in bounds
        )


@lru_cache(maxsize=1_024)
def parse_statistic(text: str) -> Statistic:
    """Read a statistic's name, or raise AlarmError saying what is wrong with it."""
    for kind in SIMPLE:
        if text == kind.value:
            return Statistic(text, kind)
    if text == "IQM":
        return Statistic(text, Kind.TRIMMED_MEAN, Fraction(1, 4), Fraction(3, 4), by_share=True)
    if found := _PERCENTILE.fullmatch(text):
        return Statistic(text, Kind.PERCENTILE, None, _share(text, found[1]), by_share=True)
    if found := _SHORT.fullmatch(text):
        kind = _RANGED[found[1].upper()]
        return Statistic(text, kind, None, _share(text, found[2]), by_share=True)
    if found := _RANGE.fullmatch(text):
        return _read_range(text, _RANGED[found[1]], found[2], found[3])
    raise AlarmError(
        f"{text!r} is no statistic of CloudWatch: Sum, Average, Minimum, Maximum, SampleCount, "
        "p99, tm99, IQM, TM(10%:90%) and PR(:300) are of the forms it knows"
    )


def _read_range(text: str, kind: Kind, low: str, high: str) -> Statistic:
    bounds = [_BOUND.fullmatch(bound) if bound else None for bound in (low, high)]
    given = [bound for bound in bounds if bound is not None]
    if len(given) < bool(low) + bool(high) or not given:
        raise AlarmError(f"{text!r} needs one or two bounds, numbers or percentages, such as 10%")
    signs = {bound[2] for bound in given}
    if len(signs) > 1:
        raise AlarmError(f"{text!r} mixes a percentage with a value: both bounds must be of a kind")
    by_share = signs == {"%"}
    if by_share and kind is Kind.PERCENTILE_RANK:
        raise AlarmError(f"{text!r} takes values as bounds, not percentages")
    lower, upper = (
        None if bound is None else _share(text, bound[1]) if by_share else Fraction(bound[1])
        for bound in bounds
    )
    if lower is not None and upper is not None and lower >= upper:
        raise AlarmError(f"{text!r} must have its lower bound first")
    return Statistic(text, kind, lower, upper, by_share=by_share)


def _share(text: str, percent: str) -> Fraction:
    share = Fraction(percent) / 100
    if share > 1:
        raise AlarmError(f"{text!r} names {percent} percent, and there are at most 100")
    return share
