"""What is due when, in order: time moves from one to the next and never waits."""

import heapq
from collections.abc import Callable
from typing import NamedTuple


class Entry(NamedTuple):
    """Be one thing that is due; of things due together the first one noted comes first."""

    at: int
    order: int
    action: Callable[[int], None]


class Agenda:
    """Hold what is due; anything may add to it while it runs."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._count = 0

    def add(self, at: int, action: Callable[[int], None]) -> None:
        """Note that something is due at a moment."""
        self._count += 1
        heapq.heappush(self._entries, Entry(at, self._count, action))

    def run(self, until: int) -> None:
        """Do everything that is due before a moment, in order."""
        while self._entries and self._entries[0].at < until:
            entry = heapq.heappop(self._entries)
            entry.action(entry.at)
