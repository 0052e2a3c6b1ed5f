"""Evenings on which 2,000 mails go out and a few people leave, for tests of the detector."""

from collections.abc import Callable

from watchkeeper.detection.history import SLOTS_A_DAY, SLOTS_A_WEEK, SLOTS_AN_HOUR, History

# A Thursday at midnight, as day 0 of slots is.
FIRST = 2_900 * SLOTS_A_WEEK
EVENING = 20 * SLOTS_AN_HOUR
WEEKS = 6


def history(
    left: dict[int, int] | None = None,
    *,
    days: int = WEEKS * 7 + 1,
    usual: Callable[[int], int] = lambda _day: 4,
    excluded: frozenset[int] = frozenset(),
) -> History:
    """Send 2,000 mails each evening; `usual(day)` people leave in the hour that follows."""
    sent = {FIRST + day * SLOTS_A_DAY + EVENING: 2000 for day in range(days)}
    counts: dict[int, int] = {}
    for day in range(days - 1):
        for number in range(usual(day)):
            slot = FIRST + day * SLOTS_A_DAY + EVENING + 1 + number % 11
            counts[slot] = counts.get(slot, 0) + 1
    for slot, count in (left or {}).items():
        counts[slot] = counts.get(slot, 0) + count
    return History.of(FIRST, FIRST + days * SLOTS_A_DAY, sent=sent, left=counts, excluded=excluded)


TONIGHT = FIRST + WEEKS * 7 * SLOTS_A_DAY + EVENING
