"""What each report consists of, and how many days it is about."""

from collections.abc import Callable
from dataclasses import dataclass

from watchkeeper.definitions.errors import ReportPartError
from watchkeeper.reports import (
    email_sections,
    people_sections,
    pipeline_sections,
    service_sections,
)
from watchkeeper.reports.model import Report, Section
from watchkeeper.reports.sources import ReportSources

Part = Callable[[ReportSources], Section]


@dataclass(frozen=True, kw_only=True)
class ReportKind:
    """Declare one report: its name, its length in days and its parts, by title and in order.

    The titles are those of parts that could not be read; a part that could titles itself.
    """

    name: str
    title: str
    days: int
    parts: tuple[tuple[str, Part], ...]

    def build(self, sources: ReportSources, *, environment: str, guide: str) -> Report:
        """Make the report; a part that cannot be read says so, a missing core raises."""
        return Report(
            kind=self.name,
            title=self.title,
            environment=environment,
            day=sources.now.date(),
            since=sources.period.since,
            until=sources.period.until,
            sections=tuple(_part(title, part, sources) for title, part in self.parts),
            guide=guide,
        )


def _part(title: str, part: Part, sources: ReportSources) -> Section:
    try:
        return part(sources)
    except ReportPartError as error:
        return service_sections.missing(title, error)


DAILY = ReportKind(
    name="daily",
    title="Daily summary",
    days=1,
    parts=(
        ("Pipeline runs", pipeline_sections.runs),
        ("E-mail", email_sections.volume),
        ("Credits", people_sections.credit),
        ("Errors of the service", service_sections.errors),
        ("Alarms", service_sections.alarms),
        ("Other reports", service_sections.earlier_reports),
    ),
)
WEEKLY = ReportKind(
    name="weekly",
    title="Weekly review",
    days=7,
    parts=(
        ("Pipeline runs", pipeline_sections.runs),
        ("SLA compliance by type", pipeline_sections.compliance),
        ("Veto patterns", pipeline_sections.vetoes),
        ("E-mail by day", email_sections.days),
        ("E-mail", email_sections.volume),
        ("Alarms", service_sections.alarms),
    ),
)
# The thirty days of the false-positive rates and of the referral funnel.
MONTHLY = ReportKind(
    name="monthly",
    title="Monthly report",
    days=30,
    parts=(
        ("Service level objectives", service_sections.objectives),
        ("E-mail rates by type", email_sections.rates),
        ("E-mail", email_sections.volume),
        ("Referrals", people_sections.referrals),
        ("Credits", people_sections.credit),
        ("Overrides and false positives", people_sections.overrides),
        ("Pipeline runs", pipeline_sections.runs),
        ("Errors of the service", service_sections.errors),
        ("Alarms", service_sections.alarms),
    ),
)
