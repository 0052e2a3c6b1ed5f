"""What happened since the run before, from counters that only the server's own resets set back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchkeeper.ledger.tally import Tally

MICROSECONDS_A_MILLISECOND = 1000


@dataclass(frozen=True, kw_only=True)
class Counter:
    """Hold a counter with the time it is counted in, as the server has it now.

    `reset` is when the server began to count (microseconds since 1970, 0 for from the beginning).
    `source` tells apart what is counted in different ways under one name.
    """

    source: str
    name: str
    count: int
    microseconds: int = 0
    reset: int = 0


def to_tally(counters: Iterable[Counter]) -> Tally:
    """Write counters as the ledger remembers them."""
    return {
        (counter.source, counter.name, field): value
        for counter in counters
        for field, value in (
            ("count", counter.count),
            ("microseconds", counter.microseconds),
            ("reset", counter.reset),
        )
    }


def since_before(now: Counter, before: Tally) -> tuple[int, int] | None:
    """Return count and microseconds since the run before; None when that cannot be known.

    After a reset all that is counted is new. A counter that was never seen says nothing yet, nor
    does one that fell without a reset: the server has forgotten a part of it.
    """
    key = (now.source, now.name)
    if (*key, "count") not in before:
        return None
    count, microseconds = before[(*key, "count")], before.get((*key, "microseconds"), 0)
    if before.get((*key, "reset"), 0) != now.reset:
        count, microseconds = 0, 0
    if now.count < count or now.microseconds < microseconds:
        return None
    return now.count - count, now.microseconds - microseconds


def mean_milliseconds(now: Iterable[Counter], before: Tally) -> Mapping[str, float]:
    """Return the mean time of what was called since the run before, by name."""
    means = {}
    for counter in now:
        count, microseconds = since_before(counter, before) or (0, 0)
        if count:
            means[counter.name] = microseconds / count / MICROSECONDS_A_MILLISECOND
    return means
