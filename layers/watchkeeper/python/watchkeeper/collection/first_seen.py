"""What is seen of a row for the first time: which rows are watched, and when it is counted.

Where only the newest state of a row shows what happened, and perhaps nothing says when, the ledger
remembers what has been seen. What was not there at the last look has just happened.
"""

import hashlib
from collections.abc import Mapping
from typing import TypeVar

from watchkeeper.ledger.minute import MINUTES_A_DAY
from watchkeeper.ledger.progress import Window

K = TypeVar("K")

# How far before the last run an updated_at is believed: its row was written, and not yet visible.
GRACE_MINUTES = 10
HASH_BYTES = 8


def digest(row_id: str) -> str:
    """Name a row in the ledger, in few bytes."""
    return hashlib.blake2b(row_id.encode(), digest_size=HASH_BYTES).hexdigest()


def first_watched(window: Window, watched_days: int) -> int:
    """Return the first minute of the days whose rows are watched."""
    return (window.until // MINUTES_A_DAY - watched_days) * MINUTES_A_DAY


def place(updated: Mapping[K, int | None], window: Window) -> dict[K, int]:
    """Say in which minute each row's news is counted, from the updated_at of each.

    In that minute, where it can be when it happened. The others are spread evenly, in their order,
    over the time since the last run: after an outage of hours they would otherwise all fall into
    one minute, and look like a spike.
    """
    believed = range(window.since - GRACE_MINUTES, window.until + GRACE_MINUTES + 1)
    minutes, undated = {}, []
    for key, minute in updated.items():
        if minute is not None and minute in believed:
            minutes[key] = min(minute, window.until)
        else:
            undated.append(key)
    since = min(window.since, window.until - 1)
    for position, key in enumerate(undated):
        minutes[key] = since + position * (window.until - since) // len(undated)
    return minutes
