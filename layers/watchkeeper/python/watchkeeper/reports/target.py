"""Hold figures against their targets, and write both so that they never contradict each other."""

from dataclasses import dataclass
from enum import StrEnum

from watchkeeper.reports.model import Figure, Verdict

NO_DATA = "no data"
WHOLE_PERCENT = 100
# Decimals of a share that is nearer to nothing, or to the whole, than so many percent.
DECIMALS = ((3, 0.1), (2, 1.0))
MOST_DECIMALS = 6


class Sense(StrEnum):
    """Say which side of its limit a figure belongs on."""

    AT_LEAST = "at least"
    AT_MOST = "at most"
    BELOW = "below"


@dataclass(frozen=True, kw_only=True)
class Share:
    """Be a part of a whole; of nothing there is no share."""

    part: float
    whole: float

    @property
    def percent(self) -> float | None:
        """Give the share in percent; None where there is no whole."""
        return 100 * self.part / self.whole if self.whole else None

    def __str__(self) -> str:
        """Write the share, or that there is none."""
        percent = self.percent
        return NO_DATA if percent is None else f"{percent:.{_decimals(percent)}f} %"


def _decimals(percent: float) -> int:
    """Say how many decimals tell a share from its neighbours, from nothing and from the whole."""
    least = min(percent, WHOLE_PERCENT - percent)
    if least <= 0:
        return 0
    return next((number for number, below in DECIMALS if least < below), 1)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Be what a share should be, in percent; a whole below `min_whole` is not judged."""

    sense: Sense
    limit_percent: float
    min_whole: int = 1

    @property
    def words(self) -> str:
        """Write the target."""
        return f"{self.sense} {self.limit_percent:g} %"

    def holds(self, percent: float) -> bool:
        """Tell whether a figure is on its right side."""
        match self.sense:
            case Sense.AT_LEAST:
                return percent >= self.limit_percent
            case Sense.AT_MOST:
                return percent <= self.limit_percent
            case Sense.BELOW:
                return percent < self.limit_percent

    def judge(self, share: Share) -> Verdict:
        """Hold a share against the target."""
        if share.percent is None:
            return Verdict.NO_DATA
        if share.whole < self.min_whole:
            return Verdict.TOO_FEW
        return Verdict.MET if self.holds(share.percent) else Verdict.MISSED

    def write(self, share: Share) -> str:
        """Write a share with as many decimals as show on which side of the limit it is."""
        percent = share.percent
        if percent is None:
            return NO_DATA
        for decimals in range(_decimals(percent), MOST_DECIMALS):
            shown = f"{percent:.{decimals}f}"
            if self.holds(float(shown)) == self.holds(percent):
                return f"{shown} %"
        return f"{percent:.{MOST_DECIMALS}f} %"

    def figure(self, name: str, share: Share, before: Share | None = None) -> Figure:
        """Make the figure of a share; `before` is that of the period before."""
        return Figure(
            name=name,
            value=self.write(share),
            before="" if before is None else str(before),
            target=self.words,
            verdict=self.judge(share),
        )


def none_wanted(name: str, found: int, before: int | None = None) -> Figure:
    """Make the figure of something that should not happen at all."""
    return Figure(
        name=name,
        value=f"{found:,}",
        before="" if before is None else f"{before:,}",
        target="none",
        verdict=Verdict.MISSED if found else Verdict.MET,
    )


def at_least(limit_percent: float, *, min_whole: int = 1) -> Target:
    """Want a share of so much or more."""
    return Target(sense=Sense.AT_LEAST, limit_percent=limit_percent, min_whole=min_whole)


def at_most(limit_percent: float, *, min_whole: int = 1) -> Target:
    """Want a share of so much or less."""
    return Target(sense=Sense.AT_MOST, limit_percent=limit_percent, min_whole=min_whole)


def below(limit_percent: float, *, min_whole: int = 1) -> Target:
    """Want a share of less than so much."""
    return Target(sense=Sense.BELOW, limit_percent=limit_percent, min_whole=min_whole)


# The application's own targets. Volumes below the floors say nothing about a rate: the same floors
# as the alarms have.
OPEN_RATE = at_least(40, min_whole=100)
UNSUBSCRIBE_RATE = below(0.2, min_whole=200)
BOUNCE_RATE = below(2, min_whole=100)
SLA_VIOLATION_RATE = at_most(5, min_whole=20)
VETO_RATE = at_most(80, min_whole=20)
INSIGHTS_LEAST_VETO_RATE = at_least(10, min_whole=20)
INSIGHTS_MOST_VETO_RATE = at_most(90, min_whole=20)
THERAPEUTIC_FALSE_POSITIVES = below(30, min_whole=20)
CRISIS_FALSE_POSITIVES = below(10, min_whole=20)
CURATOR_ERROR_RATE = at_most(1, min_whole=100)
CURATOR_UPTIME = at_least(99.9)
RULES_UPTIME = at_least(99.99)
EMAIL_DELIVERY = at_least(99)
DATABASE_UPTIME = at_least(99.9)
