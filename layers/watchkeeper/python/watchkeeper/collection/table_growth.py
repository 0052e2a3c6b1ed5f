"""How much tables have grown in seven days, from what each day began with."""

from collections.abc import Mapping
from datetime import date, timedelta

from watchkeeper.ledger.tally import Tally

WATCHED_DAYS = 7
# A small table that doubles is no news.
FLOOR_BYTES = 10_000_000
PREFIX = "sizes-"


def bucket_of(day: date) -> str:
    """Name the bucket that remembers the sizes a day began with."""
    return f"{PREFIX}{day.isoformat()}"


def first_bucket(today: date) -> str:
    """Name the oldest bucket that is of any interest."""
    return bucket_of(today - timedelta(days=WATCHED_DAYS))


def to_sizes(sizes: Mapping[str, int]) -> Tally:
    """Write sizes as the ledger remembers them."""
    return {(table,): size for table, size in sizes.items()}


def fastest_growth(
    sizes: Mapping[str, int], history: Mapping[str, Tally]
) -> tuple[str, float] | None:
    """Return the table that has grown the most, and by how many percent; None when nothing is told.

    Compared is the oldest size of the last seven days: a table that is watched since yesterday
    and has doubled has doubled within seven days. Below the floor a table counts as unchanged.
    """
    growths = {}
    for table, size in sizes.items():
        before = next(
            (history[bucket][table,] for bucket in sorted(history) if (table,) in history[bucket]),
            size,
        )
        is_news = size >= FLOOR_BYTES and before > 0
        growths[table] = 100 * (size - before) / before if is_news else 0.0
    if not growths:
        return None
    fastest = max(growths, key=lambda table: growths[table])
    return fastest, growths[fastest]
