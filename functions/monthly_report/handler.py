"""Lambda entry point: mail the health of the last thirty days, every first Monday."""

from functools import partial

from watchkeeper.reports.job import make_report
from watchkeeper.reports.kinds import MONTHLY
from watchkeeper.runtime.scheduled import scheduled_handler
from watchkeeper.runtime.settings import ReportSettings

handler = scheduled_handler("monthly_report", ReportSettings, partial(make_report, kind=MONTHLY))
