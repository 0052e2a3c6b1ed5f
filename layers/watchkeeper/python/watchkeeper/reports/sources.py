"""What the parts of a report are made from, each read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Protocol

from watchkeeper.reports.alarm_history import AlarmStory
from watchkeeper.reports.facts import EmailFact, PipelineFact
from watchkeeper.reports.period import Period
from watchkeeper.reports.reading import ReportDatabase
from watchkeeper.reports.uptime import Uptime
from watchkeeper.workloads.storytailor.sources_reports import (
    QUERY_REPORT_EMAILS,
    QUERY_REPORT_PIPELINES,
)


class CloudWatchSource(Protocol):
    """Read from CloudWatch what happened in a period; raise `ReportPartError` when refused."""

    def stories(self, period: Period) -> tuple[AlarmStory, ...]:
        """Tell what the alarms did."""
        ...

    def uptime(self, period: Period) -> Uptime:
        """Tell how functions, rules and the database held."""
        ...


@dataclass(frozen=True, kw_only=True)
class ReportSources:
    """Hold where one report is read from, and the period it is about.

    `last_sent` gives for each kind of report the day of the last one; None when there is none.
    """

    database: ReportDatabase
    cloudwatch: CloudWatchSource
    period: Period
    now: datetime
    override_groups: Mapping[str, tuple[str, ...]]
    last_sent: Mapping[str, date | None]

    @cached_property
    def pipelines(self) -> list[PipelineFact]:
        """Read the runs of the period."""
        return self.database.core(QUERY_REPORT_PIPELINES, self.period, PipelineFact)

    @cached_property
    def pipelines_before(self) -> list[PipelineFact]:
        """Read the runs of the period before."""
        return self.database.core(QUERY_REPORT_PIPELINES, self.period.before, PipelineFact)

    @cached_property
    def emails(self) -> list[EmailFact]:
        """Read the e-mails of the period."""
        return self.database.core(QUERY_REPORT_EMAILS, self.period, EmailFact)

    @cached_property
    def emails_before(self) -> list[EmailFact]:
        """Read the e-mails of the period before."""
        return self.database.core(QUERY_REPORT_EMAILS, self.period.before, EmailFact)
