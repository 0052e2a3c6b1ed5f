"""Count what became of e-mails: opened, clicked, bounced, complained of, failed; how long it took.

Three counts with a ledger each. Steps are seen as they are taken (`email_steps`). Complaints are
few and must be heard at once: every run looks for them among the e-mails of five weeks. What is
told by the minute (durations, and how many of a day ago were opened) is recounted as runs are.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from watchkeeper.collection.counting import CountResult
from watchkeeper.collection.counting_job import CountingJob, total
from watchkeeper.collection.database import Database
from watchkeeper.collection.email_steps import (
    BOUNCED,
    CLICKED,
    FAILED,
    OPENED,
    WATCHED_DAYS,
    EmailStepSource,
    SeriesOfStep,
)
from watchkeeper.collection.ledgers import BUSY
from watchkeeper.collection.minute_source import MinuteSource, SeriesOf
from watchkeeper.collection.unsubscribes import UnsubscribeSource
from watchkeeper.definitions.datapoint import OLDEST_ACCEPTED
from watchkeeper.definitions.errors import LedgerBusyError
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries
from watchkeeper.engine_metrics import ROWS_UNREADABLE
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import EmailMetricsSettings
from watchkeeper.workloads.storytailor.metrics_email import (
    EMAIL_BOUNCES,
    EMAIL_CLICKS,
    EMAIL_DELIVERY_FAILURE,
    EMAIL_OPENS,
    EMAILS_DAY_OLD,
    OPENED_WITHIN_A_DAY,
    QUEUED_TO_SENT,
    SENT_TO_DELIVERED,
    SPAM_COMPLAINTS,
)
from watchkeeper.workloads.storytailor.sources import OTHER
from watchkeeper.workloads.storytailor.sources_email import (
    QUERY_COMPLAINED,
    QUERY_EMAIL_COLUMNS,
    QUERY_EMAIL_MINUTES,
    QUERY_EMAIL_STEPS,
)

STEPS_LEDGER = "email_steps"
COMPLAINTS_LEDGER = "email_complaints"
MINUTES_LEDGER = "email_minutes"
WATCHED_KEPT_DAYS = WATCHED_DAYS + 5
MINUTES_KEPT_DAYS = OLDEST_ACCEPTED.days + 3
METRIC_OF_STEP = {
    OPENED: EMAIL_OPENS,
    CLICKED: EMAIL_CLICKS,
    BOUNCED: EMAIL_BOUNCES,
    FAILED: EMAIL_DELIVERY_FAILURE,
}
COUNTED = (*METRIC_OF_STEP.values(), SPAM_COMPLAINTS)
NOT_AVAILABLE = "not available"
# With less time left a run does not ask which columns there are.
SECONDS_TO_SPARE = 45.0

EmailRun = Run[EmailMetricsSettings]


def count_emails(run: EmailRun) -> Mapping[str, object]:
    """Count what has happened to e-mails since the last time."""
    environment = run.settings.environment
    labels = {"types": list(dict.fromkeys(run.settings.email_types)), "other": OTHER}
    minutes = MinuteSource(
        query=QUERY_EMAIL_MINUTES,
        parameters=labels,
        series=minute_series(environment, run.job),
    )
    steps = EmailStepSource(
        query=QUERY_EMAIL_STEPS, parameters=labels, series=step_series(environment)
    )
    complaints = UnsubscribeSource(
        parameters=labels,
        environment=environment,
        query=QUERY_COMPLAINED,
        metric=SPAM_COMPLAINTS,
    )
    with CountingJob(run) as job:
        try:
            # The quickest first: on a slow database it is the longest that has to stop half way.
            results = (
                job.count(complaints, name=COMPLAINTS_LEDGER, kept_days=WATCHED_KEPT_DAYS),
                job.count(minutes, name=MINUTES_LEDGER, kept_days=MINUTES_KEPT_DAYS),
                job.count(steps, name=STEPS_LEDGER, kept_days=WATCHED_KEPT_DAYS),
            )
        except LedgerBusyError:
            return BUSY
        job.report(expected_series(run), *results)
        absent = _absent(job.database) if run.remaining_seconds > SECONDS_TO_SPARE else {}
    return {**_summary(*results), **absent}


def step_series(environment: str) -> SeriesOfStep:
    """Return what names the series that a step of an e-mail of a type counts in."""

    @cache
    def series(step: int, email_type: str) -> tuple[MetricSeries, ...]:
        metric, everywhere = METRIC_OF_STEP[step], {"Environment": environment}
        return metric.series(**everywhere, EmailType=email_type), metric.series(**everywhere)

    return series


def minute_series(environment: str, job: str) -> SeriesOf:
    """Return what names the series that a measure of an e-mail type counts in."""
    everywhere = {"Environment": environment}

    @cache
    def series(measure: str, email_type: str, _reason: str) -> tuple[MetricSeries, ...]:
        by_type = {**everywhere, "EmailType": email_type}
        counted_in: dict[str, tuple[MetricDefinition, dict[str, str]]] = {
            "queued": (QUEUED_TO_SENT, everywhere),
            "delivered": (SENT_TO_DELIVERED, everywhere),
            "day_old": (EMAILS_DAY_OLD, by_type),
            "opened": (OPENED_WITHIN_A_DAY, by_type),
            "unreadable": (ROWS_UNREADABLE, {**everywhere, "Function": job}),
        }
        if measure not in counted_in:
            return ()
        metric, dimensions = counted_in[measure]
        return (metric.series(**dimensions),)

    return series


def expected_series(run: EmailRun) -> Iterator[MetricSeries]:
    """List the counters that each run has a value for, be it zero."""
    environment = run.settings.environment
    types = list(dict.fromkeys(run.settings.email_types))
    for metric in COUNTED:
        yield metric.series(Environment=environment)
    for metric in (*COUNTED, EMAILS_DAY_OLD, OPENED_WITHIN_A_DAY):
        for email_type in types:
            yield metric.series(Environment=environment, EmailType=email_type)
    yield ROWS_UNREADABLE.series(Environment=environment, Function=run.job)


def _absent(database: Database) -> dict[str, object]:
    """Say which durations cannot be had, because the table has no such column."""
    with database.snapshot() as snapshot:
        (has_queued_at, has_delivered_at), *_ = snapshot.rows(QUERY_EMAIL_COLUMNS, {})
    absent = ((QUEUED_TO_SENT, has_queued_at), (SENT_TO_DELIVERED, has_delivered_at))
    return {metric.name: NOT_AVAILABLE for metric, is_there in absent if not is_there}


def _summary(
    complaints: CountResult, minutes: CountResult, steps: CountResult
) -> dict[str, object]:
    found = {metric.name: total(steps, metric).get("", 0) for metric in METRIC_OF_STEP.values()}
    return {
        **found,
        SPAM_COMPLAINTS.name: total(complaints, SPAM_COMPLAINTS).get("", 0),
        "minutes_behind": max(result.minutes_behind for result in (complaints, minutes, steps)),
    }
