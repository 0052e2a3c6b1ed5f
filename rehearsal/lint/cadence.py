"""How often a schedule expression fires: the shortest time between two starts."""

import re
from collections.abc import Iterator

RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
CRON = re.compile(r"cron\((.*)\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
DAY_MINUTES = 1440
PART = re.compile(r"(?P<first>\*|\?|\d+)(?:-(?P<last>\d+))?(?:/(?P<step>\d+))?")


def read_cadence(expression: str) -> int | None:
    """Return the shortest gap of a rate or cron expression in seconds; None for a single start.

    A cron expression's days are not looked at: one that names a time a day is taken to fire daily,
    which is the least that anything started by it must bear.
    """
    rate = RATE.fullmatch(expression.strip())
    if rate:
        return int(rate[1]) * SECONDS[rate[2]]
    cron = CRON.fullmatch(expression.strip())
    fields = cron[1].split() if cron else []
    if len(fields) != 6:
        return None
    minutes, hours = _read_field(fields[0], 60), _read_field(fields[1], 24)
    moments = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    if not moments:
        return None
    following = [*moments[1:], moments[0] + DAY_MINUTES]
    return 60 * min(after - before for before, after in zip(moments, following, strict=True))


def _read_field(text: str, size: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = PART.fullmatch(part)
        if match:
            found |= set(_read_part(match, size))
    return found


def _read_part(match: re.Match[str], size: int) -> Iterator[int]:
    first = 0 if match["first"] in "*?" else int(match["first"])
    is_open = match["first"] in "*?" or match["step"]
    last = int(match["last"]) if match["last"] else (size - 1 if is_open else first)
    yield from range(first, min(last, size - 1) + 1, max(1, int(match["step"] or 1)))
