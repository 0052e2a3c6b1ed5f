"""Read moments as people and programs write them."""

import re
from datetime import datetime
from typing import Final

_SECONDS: Final = re.compile(r"[0-9]{1,11}")


def read_time(text: str) -> int:
    """Return seconds since 1970 of an ISO 8601 time with its zone, or of a number of seconds.

    Fractions of a second are cut off. What is neither raises ValueError with a sentence.
    """
    if _SECONDS.fullmatch(text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = (
            f"a time is written as 2026-01-31T20:00:00Z or in seconds since 1970, not {text!r}"
        )
        raise ValueError(message) from error
    if moment.tzinfo is None:
        message = f"a time names its zone, as in 2026-01-31T20:00:00Z, which {text!r} does not"
        raise ValueError(message)
    return int(moment.timestamp() // 1)
