"""The small languages inside a scenario: durations, and what rows hold."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DURATION = re.compile(r"(?:\d+[dhms])+")
PART = re.compile(r"(\d+)([dhms])")
PLACE = re.compile(r"\{(at|minute|n)(?: ([-+]) ((?:\d+[dhms])+))?\}")


def parse_duration(text: str) -> int:
    """Return the seconds of a duration such as `1h30m`, `90m`, `2d` or `0m`."""
    if not DURATION.fullmatch(text):
        raise ValueError(f"found {text!r}, expected a duration such as 1h30m, 45m or 2d")
    return sum(int(count) * UNIT_SECONDS[unit] for count, unit in PART.findall(text))


def format_duration(seconds: int) -> str:
    """Write a duration as `parse_duration` reads it."""
    parts = []
    rest = abs(seconds)
    for unit, size in sorted(UNIT_SECONDS.items(), key=lambda pair: -pair[1]):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if seconds < 0 else "") + ("".join(parts) or "0m")


@dataclass(frozen=True, kw_only=True)
class Row:
    """Say which row is being made: its own moment, its minute, and its number from 0."""

    at: datetime
    minute: datetime
    number: int


Filler = Callable[[Row], Any]


def fill(values: Mapping[str, Any], row: Row) -> dict[str, Any]:
    """Return the values of a row: placeholders filled in, lists taken in turn, tables as JSON.

    `{at}` is the row's moment, `{minute}` its minute, `{n}` its number; `{at - 2d}` is earlier.
    """
    return {name: _fill(value, row) for name, value in values.items()}


def refuse_bad_placeholders(values: object) -> None:
    """Refuse braces that are no placeholder."""
    for text in texts(values):
        rest = PLACE.sub("", text)
        if "{" in rest or "}" in rest:
            raise ValueError(f"found {text!r}, expected {{at}}, {{minute}}, {{n}} or {{at - 5m}}")


def texts(value: object) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


def _fill(value: Any, row: Row) -> Any:
    if isinstance(value, list | tuple):
        return _fill(value[row.number % len(value)], row)
    if isinstance(value, Mapping):
        return {name: _as_json(_fill(item, row)) for name, item in value.items()}
    return _filler(value)(row) if isinstance(value, str) else value


@cache
def _filler(text: str) -> Filler:
    whole = PLACE.fullmatch(text)
    if whole:
        return lambda row: _place(whole, row)
    return lambda row: PLACE.sub(lambda found: str(_as_json(_place(found, row))), text)


def _place(found: "re.Match[str]", row: Row) -> Any:
    if found[1] == "n":
        return row.number
    moment = row.at if found[1] == "at" else row.minute
    shift = parse_duration(found[3]) if found[3] else 0
    return moment + timedelta(seconds=shift if found[2] == "+" else -shift)


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
