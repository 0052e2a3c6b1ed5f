"""Lambda entry point: mail what happened yesterday, every morning."""

from functools import partial

from watchkeeper.reports.job import make_report
from watchkeeper.reports.kinds import DAILY
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import ReportSettings

handler = scheduled_handler("daily_summary", ReportSettings, partial(make_report, kind=DAILY))
