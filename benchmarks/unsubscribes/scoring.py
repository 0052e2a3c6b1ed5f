"""Hold pages against what was planted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.unsubscribes.contenders import Page
from benchmarks.unsubscribes.traffic import MIN_EXTRA, Spike, Traffic
from watchkeeper.detection.history import SLOT_MINUTES, SLOTS_A_DAY, SLOTS_AN_HOUR

GOAL_LIFT = 3
GOAL_MINUTES = 15
# A page that begins while what was planted can still be in the longest window is about it.
AFTERWARDS_SLOTS = 3 * SLOTS_AN_HOUR


@dataclass(kw_only=True)
class Score:
    """Add up what became of pages and spikes; delays are in minutes."""

    days: float = 0.0
    spikes: int = 0
    found: int = 0
    in_time: int = 0
    smaller: int = 0
    smaller_found: int = 0
    pages: int = 0
    false_pages: int = 0
    delays: list[int] = field(default_factory=list)

    def add(self, traffic: Traffic, pages: Sequence[Page], *, from_slot: int) -> None:
        """Add the pages on one traffic, those that begin at `from_slot` or later."""
        pages = [page for page in pages if page.since >= from_slot]
        self.days += (len(traffic.left) - from_slot) / SLOTS_A_DAY
        self.pages += len(pages)
        self.false_pages += sum(not _is_about_any(page, traffic.spikes) for page in pages)
        for spike in traffic.spikes:
            begin = qualifies_in(traffic, spike)
            first = min((page.since for page in pages if _is_about(page, spike)), default=None)
            if begin is None:
                self.smaller += 1
                self.smaller_found += first is not None
                continue
            self.spikes += 1
            if first is not None:
                delay = max(first - begin, 1) * SLOT_MINUTES
                self.found += 1
                self.in_time += delay <= GOAL_MINUTES
                self.delays.append(delay)

    @property
    def recall(self) -> float:
        """Return the share of spikes found."""
        return self.found / self.spikes if self.spikes else 1.0

    @property
    def precision(self) -> float:
        """Return the share of pages that are about something planted."""
        return 1 - self.false_pages / self.pages if self.pages else 1.0

    @property
    def false_pages_a_month(self) -> float:
        """Return false pages in 30 days."""
        return self.false_pages / self.days * 30


def qualifies_in(traffic: Traffic, spike: Spike) -> int | None:
    """Return the slot by which three times the usual have left and ten were planted, if ever."""
    window = slice(spike.since, spike.until)
    left = np.cumsum(traffic.left[window])
    due = np.cumsum(traffic.due[window])
    is_there = (left >= GOAL_LIFT * due) & (np.cumsum(spike.extra) >= MIN_EXTRA)
    return spike.since + int(np.argmax(is_there)) if is_there.any() else None


def _is_about(page: Page, spike: Spike) -> bool:
    return page.until > spike.since and page.since <= spike.until + AFTERWARDS_SLOTS


def _is_about_any(page: Page, spikes: Sequence[Spike]) -> bool:
    return any(_is_about(page, spike) for spike in spikes)
