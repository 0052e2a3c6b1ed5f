"""What text and HTML say in the same words."""

from datetime import date, timedelta

from watchkeeper.reports.model import Report


def period_words(report: Report) -> str:
    """Name the days that a report is about."""
    first = report.since.date()
    last = (report.until - timedelta(days=1)).date()
    if first == last:
        return f"{_day(first)}, 00:00 to 24:00 UTC"
    return f"{_day(first)} to {_day(last)}, whole days of UTC"


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
