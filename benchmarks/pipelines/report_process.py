"""Make the named report of each time on standard input, out of the database alone.

CloudWatch, which is asked a few questions whatever the size of the tables, answers that all is
well. Nothing is kept or sent.
"""

import json
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from watchkeeper.collection.database_secret import read_database_secret
from watchkeeper.reports.alarm_history import AlarmStory
from watchkeeper.reports.kinds import DAILY, MONTHLY, WEEKLY, ReportKind
from watchkeeper.reports.model import Report
from watchkeeper.reports.period import Period, last_days
from watchkeeper.reports.reading import ReportDatabase
from watchkeeper.reports.sources import ReportSources
from watchkeeper.reports.target import Share
from watchkeeper.reports.uptime import Uptime
from watchkeeper.runtime.clients import aws_client
from watchkeeper.runtime.settings import ReportSettings, read_settings

REPORTS: Final[Mapping[str, ReportKind]] = {
    "daily_summary": DAILY,
    "weekly_review": WEEKLY,
    "monthly_report": MONTHLY,
}
WELL = Share(part=0, whole=100)


class QuietCloudWatch:
    """Tell of a service in which nothing went wrong."""

    def __init__(self, settings: ReportSettings) -> None:
        self._functions = tuple(settings.measured_functions)

    def stories(self, _period: Period) -> tuple[AlarmStory, ...]:
        """Tell of no alarm."""
        return ()

    def uptime(self, _period: Period) -> Uptime:
        """Tell of no failure."""
        return Uptime(
            function_errors=dict.fromkeys(self._functions, WELL),
            rule_failures=WELL,
            database_passed=Share(part=100, whole=100),
        )


def make_report(
    kind: ReportKind, settings: ReportSettings, now: datetime, time_limit_seconds: int
) -> Report:
    """Make the report of the next morning: its last day is the one that the newest rows are of."""
    secret = read_database_secret(aws_client("secretsmanager"), settings.database_secret)
    morning = now + timedelta(days=1)
    database = ReportDatabase(secret, deadline=time.monotonic() + time_limit_seconds)
    with closing(database):
        sources = ReportSources(
            database=database,
            cloudwatch=QuietCloudWatch(settings),
            period=last_days(morning, kind.days),
            now=morning,
            override_groups=settings.override_groups,
            last_sent={"weekly": None, "monthly": None},
        )
        report = kind.build(sources, environment=settings.environment, guide=settings.docs_url)
    if report.unavailable:
        raise ValueError(f"{kind.title} lacks {[each.title for each in report.unavailable]}")
    return report


def main() -> None:
    """Answer times until there are no more."""
    kind, settings = REPORTS[sys.argv[1]], read_settings(ReportSettings)
    for line in sys.stdin:
        now = datetime.fromisoformat(json.loads(line)["time"])
        started = time.monotonic()
        report = make_report(kind, settings, now, int(sys.argv[2]))
        seconds = time.monotonic() - started
        answer = {"seconds": seconds, "summary": {"headline": report.headline}}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
