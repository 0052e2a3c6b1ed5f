"""Hold pages against what was planted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.unsubscribes.contenders import GOAL_LIFT, Page
from benchmarks.unsubscribes.traffic import MIN_EXTRA, Spike, Traffic
from watchkeeper.detection.history import SLOT_MINUTES, SLOTS_A_DAY, SLOTS_AN_HOUR

GOAL_MINUTES = 15
# A page that begins while what was planted can still be in the longest window is about it.
AFTERWARDS_SLOTS = 3 * SLOTS_AN_HOUR


@dataclass(frozen=True, kw_only=True)
class Case:
    """Say what became of one spike of three times the usual and ten more.

    `pace_minutes` is how long the ten took that made it count, `due` how many were due meanwhile,
    `delay_minutes` how long after that it was said, if ever.
    """

    pace_minutes: int
    due: float
    delay_minutes: int | None

    @property
    def in_time(self) -> bool:
        """Tell whether it was found as soon as the goal asks."""
        return self.delay_minutes is not None and self.delay_minutes <= GOAL_MINUTES


@dataclass(kw_only=True)
class Score:
    """Add up what became of pages and spikes."""

    days: float = 0.0
    pages: int = 0
    false_pages: int = 0
    cases: list[Case] = field(default_factory=list)

    def add(self, traffic: Traffic, pages: Sequence[Page], *, from_slot: int) -> None:
        """Add the pages on one traffic, those that begin at `from_slot` or later."""
        pages = [page for page in pages if page.since >= from_slot]
        self.days += (len(traffic.left) - from_slot) / SLOTS_A_DAY
        self.pages += len(pages)
        self.false_pages += sum(not _is_about_any(page, traffic.spikes) for page in pages)
        for spike in traffic.spikes:
            at = qualifies_in(traffic, spike)
            if at is not None:
                self.cases.append(_case(traffic, spike, at, pages))

    def merge(self, other: "Score") -> None:
        """Add what was scored elsewhere."""
        self.days += other.days
        self.pages += other.pages
        self.false_pages += other.false_pages
        self.cases += other.cases

    @property
    def spikes(self) -> int:
        """Return how many spikes there were to be found."""
        return len(self.cases)

    @property
    def in_time(self) -> int:
        """Return how many were found as soon as the goal asks."""
        return sum(case.in_time for case in self.cases)

    @property
    def delays(self) -> list[int]:
        """List after how many minutes those that were found were said."""
        return [case.delay_minutes for case in self.cases if case.delay_minutes is not None]

    @property
    def precision(self) -> float:
        """Return the share of pages that are about something planted."""
        return 1 - self.false_pages / self.pages if self.pages else 1.0

    @property
    def false_pages_a_month(self) -> float:
        """Return false pages in 30 days."""
        return self.false_pages / self.days * 30

    @property
    def false_pages_a_year(self) -> float:
        """Return false pages in 365 days."""
        return self.false_pages / self.days * 365


def qualifies_in(traffic: Traffic, spike: Spike) -> int | None:
    """Return the slot by which three times the usual have left and ten were planted, if ever."""
    window = slice(spike.since, spike.until)
    left = np.cumsum(traffic.left[window])
    due = np.cumsum(traffic.due[window])
    is_there = (left >= GOAL_LIFT * due) & (np.cumsum(spike.extra) >= MIN_EXTRA)
    return spike.since + int(np.argmax(is_there)) if is_there.any() else None


def _case(traffic: Traffic, spike: Spike, at: int, pages: Sequence[Page]) -> Case:
    first = min((page.since for page in pages if _is_about(page, spike)), default=None)
    planted = np.cumsum(spike.extra[: at - spike.since + 1][::-1])
    pace = int(np.argmax(planted >= MIN_EXTRA)) + 1
    return Case(
        pace_minutes=pace * SLOT_MINUTES,
        due=float(traffic.due[at + 1 - pace : at + 1].sum()),
        delay_minutes=None if first is None else max(first - at, 1) * SLOT_MINUTES,
    )


def _is_about(page: Page, spike: Spike) -> bool:
    return page.until > spike.since and page.since <= spike.until + AFTERWARDS_SLOTS


def _is_about_any(page: Page, spikes: Sequence[Spike]) -> bool:
    return any(_is_about(page, spike) for spike in spikes)
