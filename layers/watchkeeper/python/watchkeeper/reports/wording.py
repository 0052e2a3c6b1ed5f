"""What text and HTML say in the same words."""

from datetime import date, timedelta

from watchkeeper.reports.model import Column, Figure, Report

FIGURE_COLUMNS = (
    Column(heading="Figure", is_words=True),
    Column(heading="Value"),
    Column(heading="Before"),
    Column(heading="Target", is_words=True),
    Column(heading="Verdict", is_words=True),
)


def period_words(report: Report) -> str:
    """Name the days that a report is about."""
    first = report.since.date()
    last = (report.until - timedelta(days=1)).date()
    if first == last:
        return f"{_day(first)}, 00:00 to 24:00 UTC"
    return f"{_day(first)} to {_day(last)}, whole days of UTC"


def headline_sentence(report: Report) -> str:
    """Say the headline as a sentence."""
    headline = report.headline
    return f"{headline[0].upper()}{headline[1:]}."


def figure_row(figure: Figure) -> tuple[str, ...]:
    """Give the cells of a figure, its verdict as itself, below `FIGURE_COLUMNS`."""
    return (figure.name, figure.value, figure.before, figure.target, figure.verdict)


def printable(text: str) -> str:
    """Write a text without what could break the lines of a mail: it may come from a row."""
    return "".join(each if each.isprintable() else " " for each in text)


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
