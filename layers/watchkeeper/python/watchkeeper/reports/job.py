"""Make one report of one day: read, write, keep, send, and remember that it has gone out."""

from collections.abc import Mapping
from contextlib import closing
from functools import cache
from typing import Any

from watchkeeper.collection.database_secret import read_database_secret
from watchkeeper.reports.alarm_history import AlarmNames, AlarmStory, read_stories
from watchkeeper.reports.html_mail import to_html
from watchkeeper.reports.keeping import ReportStore
from watchkeeper.reports.kinds import MONTHLY, WEEKLY, ReportKind
from watchkeeper.reports.model import Report
from watchkeeper.reports.period import Period, last_days
from watchkeeper.reports.plain_text import to_text
from watchkeeper.reports.reading import ReportDatabase
from watchkeeper.reports.sending import send
from watchkeeper.reports.sources import ReportSources
from watchkeeper.reports.uptime import Uptime, read_uptime
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import ReportSettings

# What stays of a run's time to ask CloudWatch, to keep and to send.
SENDING_SECONDS = 60.0
ReportRun = Run[ReportSettings]


class CloudWatch:
    """Ask CloudWatch each question of a run once."""

    def __init__(self, run: ReportRun) -> None:
        self._client = run.aws("cloudwatch")
        self._run = run
        self.stories = cache(self._stories)
        self.uptime = cache(self._uptime)

    def _stories(self, period: Period) -> tuple[AlarmStory, ...]:
        settings = self._run.settings
        names = AlarmNames(prefix=settings.alarm_prefix, suffix=settings.alarm_suffix)
        return read_stories(self._client, names, period, self._run.now)

    def _uptime(self, period: Period) -> Uptime:
        settings = self._run.settings
        return read_uptime(
            self._client,
            environment=settings.environment,
            functions=settings.measured_functions,
            rules=settings.measured_rules,
            period=period,
        )


def make_report(run: ReportRun, kind: ReportKind) -> Mapping[str, object]:
    """Make and send the report of the day of the run, unless it has gone out already.

    1. A report that is marked as sent is not made again.
    2. Read everything; without the core of the database there is no report.
    3. Keep the report, send it, then mark it: a run that dies in between sends it again.
    """
    store = _store(run)
    day = run.now.date()
    if store.was_sent(kind.name, day):
        return {"report": kind.name, "day": str(day), "sent": "before"}
    report = _read(run, kind, store)
    text, html = to_text(report), to_html(report)
    key = store.keep(report, text=text, html=html)
    how = send(run.aws, run.settings, subject=report.subject, text=text, html=html)
    store.mark_sent(report, how=how, at=run.now)
    return {
        "report": kind.name,
        "day": str(day),
        "sent": how,
        "kept": key,
        "headline": report.headline,
        "unavailable": [section.title for section in report.unavailable],
    }


def _store(run: ReportRun) -> ReportStore:
    settings = run.settings
    return ReportStore(
        s3=run.aws("s3"),
        bucket=settings.report_bucket,
        key_arn=settings.report_key_arn,
        environment=settings.environment,
    )


def _read(run: ReportRun, kind: ReportKind, store: ReportStore) -> Report:
    secrets: Any = run.aws("secretsmanager")
    secret = read_database_secret(secrets, run.settings.database_secret)
    database = ReportDatabase(secret, deadline=run.deadline - SENDING_SECONDS)
    with closing(database):
        sources = ReportSources(
            database=database,
            cloudwatch=CloudWatch(run),
            period=last_days(run.now, kind.days),
            now=run.now,
            override_groups=run.settings.override_groups,
            last_sent={each.name: store.last_sent(each.name) for each in (WEEKLY, MONTHLY)},
        )
        return kind.build(
            sources,
            environment=run.settings.environment,
            guide=f"{run.settings.docs_url}/reports.md",
        )
