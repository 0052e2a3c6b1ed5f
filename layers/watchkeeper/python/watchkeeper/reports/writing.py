"""How numbers are written in a report, the same in text and in HTML."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from watchkeeper.reports.model import Bar

T = TypeVar("T")


def count(number: float) -> str:
    """Write a count, thousands apart."""
    return f"{number:,.0f}"


def usd(cents: int) -> str:
    """Write an amount."""
    return f"${cents / 100:,.2f}"


def change(now: float, before: float) -> str:
    """Write how a count has changed since the period before."""
    if now == before:
        return "same"
    if not before:
        return "new"
    return f"{100 * (now - before) / before:+,.0f} %"


def duration(seconds: float) -> str:
    """Write a length of time in its two largest units."""
    minutes = round(seconds / 60)
    if not minutes:
        return f"{seconds:.0f} s"
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def bars(numbers: Sequence[float]) -> list[Bar]:
    """Give a bar for each number, the greatest filling the column."""
    greatest = max(numbers, default=0)
    return [Bar(fraction=number / greatest if greatest else 0) for number in numbers]


def with_bars(facts: Sequence[T], number: Callable[[T], float]) -> Iterator[tuple[T, Bar]]:
    """Yield each fact with the bar of its number."""
    return zip(facts, bars([number(fact) for fact in facts]), strict=True)
