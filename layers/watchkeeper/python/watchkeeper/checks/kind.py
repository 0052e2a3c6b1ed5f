"""What a kind of check is: one module with a `KIND` and a `check` function, found by its name.

A kind looks once and says what it found. It knows nothing of deadlines, retries, threads or
metrics, only how long its client may take.
"""

import importlib
import pkgutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from watchkeeper.checks import kinds
from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.errors import CheckBrokenError


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """Say what one look at a target found: no reason when it passed, the reason when it is sick.

    `retryable` says whether looking again at once can help; `details` goes to the log.
    """

    reason: str = ""
    retryable: bool = False
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_passed(self) -> bool:
        """Tell whether the target is healthy."""
        return not self.reason


def passed(**details: str) -> CheckResult:
    """Report a healthy target."""
    return CheckResult(details=details)


def sick(reason: str, *, retryable: bool = False, **details: str) -> CheckResult:
    """Report a sick target and why, in words."""
    return CheckResult(reason=reason or "no reason given", retryable=retryable, details=details)


class Stopwatch:
    """Time the phases of one try; another thread may read it while a phase still runs."""

    def __init__(self, phases: tuple[str, ...]) -> None:
        self._phases = phases
        self._started: dict[str, float] = {}
        self._ended: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what happens inside the block, also when it fails."""
        if name not in self._phases:
            raise CheckBrokenError(f"phase {name!r} is timed but not declared in {self._phases}")
        self._started[name] = time.monotonic()
        try:
            yield
        finally:
            self._ended[name] = time.monotonic()

    def seconds(self, until: float) -> dict[str, float]:
        """Give the duration of each phase that began; one that still runs counts up to `until`."""
        return {
            name: max(0.0, self._ended.get(name, until) - started)
            for name, started in self._started.copy().items()
        }

    @property
    def running(self) -> str:
        """Name the phase that has begun and not ended; empty when there is none."""
        return next((name for name in self._started.copy() if name not in self._ended), "")


@dataclass(frozen=True, kw_only=True)
class CheckContext:
    """Give a kind what it needs for one try.

    `now` is the time the run stands for. `timeout_seconds` is what the try may take: a kind hands
    it to clients of its own; those in `clients`, by service, keep to it already.
    """

    now: datetime
    timeout_seconds: float
    clients: Mapping[str, Any]
    stopwatch: Stopwatch


# Looks at a target once and returns what was found. Whatever it raises, except an AWS error, says
# that the checker itself is broken; a WatchkeeperError knows whether trying again can help.
Check = Callable[[Mapping[str, str], CheckContext], CheckResult]


@dataclass(frozen=True, kw_only=True)
class KindDefinition:
    """Declare what a kind of check takes: keys of its target, AWS services, phases it times."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()

    def refuse_misfit(self, check: CheckDefinition) -> None:
        """Refuse a check whose target or phases are not what the kind takes."""
        missing = sorted(set(self.required) - set(check.target))
        unknown = sorted(set(check.target) - {*self.required, *self.optional})
        if missing or unknown:
            raise CheckBrokenError(
                f"target of {check.name}: missing {missing}, unknown {unknown}; {check.kind} takes "
                f"{list(self.required)} and may take {list(self.optional)}"
            )
        if check.phases != self.phases:
            raise CheckBrokenError(
                f"phases of {check.name} are {list(check.phases)}, expected those {check.kind} "
                f"times: {list(self.phases)}"
            )


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Hold a kind that was found: what it takes and its function."""

    definition: KindDefinition
    check: Check


def known_kinds() -> tuple[str, ...]:
    """Name every kind there is, without importing one."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(kinds.__path__)))


def find_kind(name: str) -> Kind:
    """Import a kind by its name; only the kinds in use cost a cold start their imports."""
    known = known_kinds()
    if name not in known:
        raise CheckBrokenError(f"kind {name!r} is unknown, expected one of {', '.join(known)}")
    module = importlib.import_module(f"{kinds.__name__}.{name}")
    return Kind(definition=module.KIND, check=module.check)
