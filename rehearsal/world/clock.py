"""The simulated clock: code under rehearsal sees no other, and waiting costs nothing.

Between runs the clock stands where the rehearsal sets it. Within a run only what is said to take
time does: an answer of AWS, a query, a pause. So a rehearsal gives the same figures on any machine.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


class SimulatedClock:
    """Stand in for the module `time` in the modules of the functions.

    Every thread spends time of its own, from where the run's own thread stood when it first
    looked: what runs side by side does not add up.
    """

    def __init__(self, now: float) -> None:
        self._now = float(now)
        self._spent = threading.local()
        self._owner = threading.get_ident()
        self._owner_spent = 0.0
        self._run = 0
        self._adopted: list[ModuleType] = []

    def begin(self, now: float) -> None:
        """Set the clock for the next run, whose thread is the calling one."""
        self._now = float(now)
        self._owner = threading.get_ident()
        self._owner_spent = 0.0
        self._run += 1

    @property
    def spent_seconds(self) -> float:
        """Give what the calling thread has spent of this run."""
        if threading.get_ident() == self._owner:
            return self._owner_spent
        if getattr(self._spent, "run", None) != self._run:
            self._spent.run, self._spent.seconds = self._run, self._owner_spent
        return float(self._spent.seconds)

    def spend(self, seconds: float) -> None:
        """Let time pass for the calling thread."""
        total = self.spent_seconds + seconds
        if threading.get_ident() == self._owner:
            self._owner_spent = total
        else:
            self._spent.seconds = total

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let what is done inside the block take its time beside the calling thread's."""
        stood = self.spent_seconds
        try:
            yield
        finally:
            self.spend(stood - self.spent_seconds)

    def time(self) -> float:
        """Give the seconds since 1970."""
        return self._now + self.spent_seconds

    def monotonic(self) -> float:
        """Give seconds that never go back within a run."""
        return self.time()

    def perf_counter(self) -> float:
        """Give what `monotonic` gives."""
        return self.time()

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.spend(max(0.0, seconds))

    @contextmanager
    def installed(self, package: str) -> Iterator[None]:
        """Be `time` in every module below a package that imported the real one."""
        self.adopt(package)
        try:
            yield
        finally:
            for module in self._adopted:
                setattr(module, "time", time)  # noqa: B010  no type checker knows the module
            self._adopted.clear()

    def adopt(self, package: str) -> None:
        """Be `time` in the modules below a package that were imported meanwhile, too."""
        found = [module for module in list(sys.modules.values()) if _uses_time(module, package)]
        for module in found:
            setattr(module, "time", self)  # noqa: B010  no type checker knows the module
        self._adopted += found


def _uses_time(module: ModuleType | None, package: str) -> bool:
    name = getattr(module, "__name__", "")
    is_below = name == package or name.startswith(f"{package}.")
    return is_below and getattr(module, "time", None) is time
