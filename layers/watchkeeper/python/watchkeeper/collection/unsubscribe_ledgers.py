"""What the ledgers know of e-mails sent and of people who left, by minute and type.

The table cannot be asked: it does not say when somebody unsubscribed. The ledgers say for which
minute each was emitted, are repaired after an outage, and hold each exactly once.
"""

from collections import Counter
from datetime import datetime

from watchkeeper.collection.ledgers import open_ledger
from watchkeeper.collection.minute_source import MEASURE, TYPE
from watchkeeper.collection.unsubscribes import (
    EMAILS_LEDGER,
    UNSUBSCRIBES_LEDGER,
    UnsubscribeRun,
    left_by_minute,
)
from watchkeeper.ledger.minute import day_bucket, minute_bucket, to_minute

Counts = Counter[tuple[int, str]]


def sent_between(run: UnsubscribeRun, since: int, until: int) -> Counts:
    """Count e-mails sent by minute and type, from `since` up to but not including `until`."""
    counts: Counts = Counter()
    if since >= until:
        return counts
    ledger = open_ledger(run, EMAILS_LEDGER, kept_days=1)
    for bucket, tally in ledger.read(minute_bucket(since), minute_bucket(until - 1)).items():
        minute = _minute_of(bucket)
        for key, count in tally.items():
            if key[MEASURE] == "sent":
                counts[minute, str(key[TYPE])] += count
    return counts


def left_between(run: UnsubscribeRun, since: int, until: int) -> Counts:
    """Count who left by minute and type, from `since` up to but not including `until`."""
    ledger = open_ledger(run, UNSUBSCRIBES_LEDGER, kept_days=1)
    tallies = ledger.read(day_bucket(since), day_bucket(until))
    found = left_by_minute(tallies.values())
    return Counter({key: count for key, count in found.items() if since <= key[0] < until})


def by_type(counts: Counts, since: int, until: int) -> Counter[str]:
    """Add up counts by type, of the minutes from `since` up to but not including `until`."""
    types: Counter[str] = Counter()
    for (minute, email_type), count in counts.items():
        if since <= minute < until:
            types[email_type] += count
    return types


def in_order(types: Counter[str]) -> list[tuple[str, int]]:
    """List types by how many, the most first; equals by name."""
    return sorted(types.items(), key=lambda pair: (-pair[1], pair[0]))


def _minute_of(bucket: str) -> int:
    return to_minute(datetime.fromisoformat(f"{bucket}+00:00"))
