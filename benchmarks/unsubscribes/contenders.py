"""Who judges the traffic: the detector, two that are common, and two that are told the truth."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.unsubscribes.traffic import (
    DAY_VARIATION,
    HOUR_VARIATION,
    MIN_EXTRA,
    Counts,
    Traffic,
)
from watchkeeper.detection.baseline import Expectation
from watchkeeper.detection.detector import LN_10, Anomaly, Detector, Kind, Limits
from watchkeeper.detection.episode import QUIET_SLOTS
from watchkeeper.detection.history import SLOTS_A_DAY, SLOTS_AN_HOUR, History

FIXED_LIMIT = 10
SIGMAS = 3
GAUSSIAN_DAYS = 7
GOAL_LIFT = 3
# For about one false page a year in the tuning seeds' traffic at 20,000 mails a day.
ORACLE_LIMIT = -4.1
LITERAL_SLOTS = range(1, 2 * SLOTS_AN_HOUR + 1)


@dataclass(frozen=True, kw_only=True)
class Page:
    """Say when a page began and ended, in slots; `kind` tells a drift from a spike."""

    since: int
    until: int
    kind: Kind = Kind.SPIKE


Totals = npt.NDArray[np.float64]
Contender = Callable[[Traffic], list[Page]]


def watchkeeper(traffic: Traffic, limits: Limits | None = None) -> list[Page]:
    """Judge slot after slot as the function does; what burned is no example afterwards."""
    excluded: set[int] = set()
    history = History(
        first=0, sent=_totals(traffic.sent), left=_totals(traffic.left), excluded=excluded
    )
    detector = Detector(history, limits)
    pages: list[Page] = []
    burning: Anomaly | None = None
    began = last = 0
    for slot in range(SLOTS_A_DAY, len(traffic.left) + 1):
        found = detector.judge(slot)
        if found is not None:
            if burning is None:
                burning, began = found, slot
            last = slot
            if found.kind is Kind.SPIKE:
                excluded.update(range(found.since, found.until))
        elif burning is not None and slot - last >= QUIET_SLOTS:
            pages.append(Page(since=began, until=last, kind=burning.kind))
            burning = None
    return pages


def fixed_threshold(traffic: Traffic) -> list[Page]:
    """Page above ten in an hour, as the guide says."""
    return _pages(_hourly(traffic.left) > FIXED_LIMIT)


def rolling_gaussian(traffic: Traffic) -> list[Page]:
    """Page above mean and three sigma of the last week's hours."""
    hours = _hourly(traffic.left).astype(float)
    width = GAUSSIAN_DAYS * SLOTS_A_DAY
    sums = np.concatenate([[0.0], np.cumsum(hours)])
    squares = np.concatenate([[0.0], np.cumsum(hours**2)])
    breaching = np.zeros(len(hours), dtype=bool)
    mean = (sums[width:-1] - sums[: -width - 1]) / width
    variance = (squares[width:-1] - squares[: -width - 1]) / width - mean**2
    breaching[width:] = hours[width:] > mean + SIGMAS * np.sqrt(np.maximum(variance, 0))
    return _pages(breaching)


def oracle(traffic: Traffic) -> list[Page]:
    """Page by the same windows and gates, knowing what is due and how hours vary: the bound.

    Nobody who has to estimate both can do better. Its limit gives it one false page a year.
    """
    limits = Limits()
    breaching = np.zeros(len(traffic.left), dtype=bool)
    for slots in limits.windows_slots:
        observed, expected = _told(traffic, slots)
        gates = (observed >= limits.min_left) & (observed >= limits.min_lift * expected)
        for at in np.flatnonzero(gates & (observed - expected >= limits.min_extra)).tolist():
            known = Expectation(
                mean=float(expected[at]),
                spread=HOUR_VARIATION**2 + DAY_VARIATION**2,
                mails=traffic.mails_a_day,
            )
            tail = known.log_tail(int(observed[at])) / LN_10
            breaching[at] |= tail <= ORACLE_LIMIT
    return _pages(breaching)


def literal(traffic: Traffic) -> list[Page]:
    """Page on the goal's own words, knowing what is due: three times as many, and ten.

    It finds every spike by definition; its false pages are what that costs.
    """
    breaching = np.zeros(len(traffic.left), dtype=bool)
    for slots in LITERAL_SLOTS:
        observed, expected = _told(traffic, slots)
        breaching |= (observed >= MIN_EXTRA) & (observed >= GOAL_LIFT * expected)
    return _pages(breaching)


def _told(traffic: Traffic, slots: int) -> tuple[Totals, Totals]:
    """Give, for each slot, who left and who was due in the stretch that ends with it."""
    left, due = (np.concatenate([[0.0], np.cumsum(one)]) for one in (traffic.left, traffic.due))
    starts = np.maximum(np.arange(1, len(left)) - slots, 0)
    return left[1:] - left[starts], due[1:] - due[starts]


def _totals(counts: Counts) -> list[int]:
    return [0, *np.cumsum(counts).tolist()]


def _hourly(counts: Counts) -> Counts:
    """Give, for each slot, the sum of the hour that ends with it."""
    totals = np.concatenate([[0], np.cumsum(counts)])
    ends = np.arange(1, len(totals))
    sums: Counts = totals[ends] - totals[np.maximum(ends - SLOTS_AN_HOUR, 0)]
    return sums


def _pages(breaching: npt.NDArray[np.bool_]) -> list[Page]:
    """Join what burns with less than an hour between into one page."""
    pages: list[Page] = []
    for at in (np.flatnonzero(breaching) + 1).tolist():
        if pages and at - pages[-1].until < QUIET_SLOTS:
            pages[-1] = Page(since=pages[-1].since, until=at)
        else:
            pages.append(Page(since=at, until=at))
    return pages
