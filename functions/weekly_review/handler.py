"""Lambda entry point: mail the review of vetoes and time limits, every Monday."""

from functools import partial

from watchkeeper.reports.job import make_report
from watchkeeper.reports.kinds import WEEKLY
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import ReportSettings

handler = scheduled_handler("weekly_review", ReportSettings, partial(make_report, kind=WEEKLY))
