"""MINUTE, HOUR, DAY, DATE, MONTH, YEAR and EPOCH: fields of each slot's start, in UTC.

They have a value at every slot, whatever gaps their argument has.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from rehearsal.engine.evaluation.slots import Seconds, Values
from rehearsal.engine.expression.frame import Frame
from rehearsal.engine.expression.term import Series

DAY_SECONDS: Final = 86_400
FIRST_WEEKDAY: Final = 3  # 1 January 1970 was a Thursday, three days after a Monday


def take_field(name: str) -> Series:
    """Give a field of the moment each slot starts at."""
    field = FIELDS[name]

    def run(frame: Frame) -> Values:
        return field(frame.slots.starts).astype(np.float64)

    return Series(run)


def _months(starts: Seconds) -> Seconds:
    """Count the months since January 1970."""
    return starts.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def _date(starts: Seconds) -> Seconds:
    """Return the day of the month, from 1."""
    months = starts.astype("datetime64[s]").astype("datetime64[M]")
    first = months.astype("datetime64[s]").astype(np.int64)
    return (starts - first) // DAY_SECONDS + 1


FIELDS: Final[dict[str, Callable[[Seconds], Seconds]]] = {
    "MINUTE": lambda starts: starts // 60 % 60,
    "HOUR": lambda starts: starts // 3_600 % 24,
    "DAY": lambda starts: (starts // DAY_SECONDS + FIRST_WEEKDAY) % 7 + 1,
    "DATE": _date,
    "MONTH": lambda starts: _months(starts) % 12 + 1,
    "YEAR": lambda starts: _months(starts) // 12 + 1970,
    "EPOCH": lambda starts: starts,
}
