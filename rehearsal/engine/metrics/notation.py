"""Read the compact notation of series: `0x10 25x3 _x2` is eleven zeros, four 25s and two gaps.

The notation, and its way of counting, are those of promtool's unit tests:

| written   | means                                       | points |
|-----------|---------------------------------------------|--------|
| `7`       | one point of 7                              | 1      |
| `7x3`     | 7, and 3 more of it                         | 4      |
| `0+5x4`   | 0, and 4 more, each 5 higher: 0 5 10 15 20  | 5      |
| `9-2x3`   | 9, and 3 more, each 2 lower: 9 7 5 3        | 4      |
| `_`       | one point missing                           | 1      |
| `_x3`     | 3 points missing                            | 3      |

So `axn` is n + 1 points, for the first is not a repetition, and `_xn` is n.
"""

import re
from typing import Final

from rehearsal.engine.errors import SampleError

# Two years of minutes: more is a slip of the keyboard.
MAX_POINTS: Final = 1_051_200

_NUMBER: Final = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_GAP: Final = re.compile(r"_(?:x(?P<times>\d+))?", re.ASCII)
_RUN: Final = re.compile(
    rf"(?P<start>{_NUMBER})(?:(?P<step>[+-](?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)?x(?P<times>\d+))?",
    re.ASCII,
)


class NotationError(SampleError):
    """Report a part of a series that cannot be read; `column` counts from 1."""

    def __init__(self, problem: str, column: int) -> None:
        super().__init__(f"column {column}: {problem}")
        self.column = column


def parse_notation(text: str) -> tuple[float | None, ...]:
    """Return the points of a series, None where one is missing, or raise NotationError."""
    points: list[float | None] = []
    for item in re.finditer(r"\S+", text):
        points.extend(_read_item(item[0], item.start() + 1, MAX_POINTS - len(points)))
    if not points:
        raise NotationError("a series has at least one point, such as 0x10 or _", 1)
    return tuple(points)


def _read_item(text: str, column: int, room: int) -> list[float | None]:
    if gap := _GAP.fullmatch(text):
        return [None] * _count(gap["times"] or "1", 0, column, room)
    run = _RUN.fullmatch(text)
    if run is None:
        raise NotationError(
            f"{text!r} is no part of a series: a number, 7x3, 0+5x4, _ and _x3 are", column
        )
    start, step = float(run["start"]), float(run["step"] or 0)
    count = _count(run["times"] or "0", 1, column, room)
    points = [start + step * index for index in range(count)]
    if not abs(points[-1]) < float("inf"):
        raise NotationError(f"{text!r} is beyond any number", column)
    return list(points)


def _count(times: str, more: int, column: int, room: int) -> int:
    # Twenty digits are too many without counting them out.
    count = int(times[:20]) + more
    if count > room:
        raise NotationError(
            f"a series has at most {MAX_POINTS} points, x{times} is too many", column
        )
    return count
