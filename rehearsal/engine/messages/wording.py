"""How CloudWatch writes moments and numbers: UTC, English names, Java's decimals."""

import json
import math
from datetime import UTC, datetime
from decimal import Decimal

# Not the locale's: messages are English everywhere.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST_HALF = ("January", "February", "March", "April", "May", "June")
_MONTHS = (*_FIRST_HALF, "July", "August", "September", "October", "November", "December")


def write_timestamp(moment: float) -> str:
    """Write 2026-09-14T05:43:07.551+0000, as messages and reason data do."""
    seconds, milliseconds = divmod(round(moment * 1_000), 1_000)
    return f"{_at(seconds):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}+0000"


def read_timestamp(text: str) -> float:
    """Read what write_timestamp wrote, in seconds."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def write_event_time(moment: float) -> str:
    """Write 2026-09-14T05:43:07Z, the time of an event; the fraction is cut off."""
    return f"{_at(math.floor(moment)):%Y-%m-%dT%H:%M:%SZ}"


def write_long_date(moment: float) -> str:
    """Write Monday 14 September, 2026 11:18:52 UTC, as reasons of composites and e-mails do."""
    at = _at(math.floor(moment))
    day = f"{_DAYS[at.weekday()]} {at.day:02d} {_MONTHS[at.month - 1]}, {at.year}"
    return f"{day} {at:%H:%M:%S} UTC"


def write_short_date(moment: float) -> str:
    """Write 14/09/26 05:42:30, as the datapoints of a reason do."""
    return f"{_at(math.floor(moment)):%d/%m/%y %H:%M:%S}"


def write_number(value: float) -> str:
    """Write a number as Java does: 50.0, but 1.0E7 from 10^7 on and 1.0E-4 below 10^-3."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    exact = Decimal(repr(float(value)))
    first, *rest = (str(digit) for digit in exact.as_tuple().digits)
    sign = "-" if value < 0 else ""
    return f"{sign}{first}.{''.join(rest).rstrip('0') or '0'}E{exact.adjusted()}"


def write_json(document: object) -> str:
    """Write a document without spaces, other alphabets as they are."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
