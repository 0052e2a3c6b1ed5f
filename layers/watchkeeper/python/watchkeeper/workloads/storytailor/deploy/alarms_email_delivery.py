"""Alarms on what becomes of e-mails: failed, bounced, unread, called spam, slow, or none sent."""

from collections.abc import Iterator

from watchkeeper.definitions.alarm import AlarmDefinition, Expression, Statistic, Window
from watchkeeper.definitions.conditions import ONE_DAY, ONE_HOUR, above, below, percent
from watchkeeper.definitions.metric import MetricSeries
from watchkeeper.definitions.severity import Severity
from watchkeeper.workloads.storytailor.deploy.alarming import EMAIL_DASHBOARD, Alarming
from watchkeeper.workloads.storytailor.deploy.log_metrics import provider_latency
from watchkeeper.workloads.storytailor.metrics import EMAILS_SENT
from watchkeeper.workloads.storytailor.metrics_email import (
    EMAIL_BOUNCES,
    EMAIL_DELIVERY_FAILURE,
    EMAILS_DAY_OLD,
    OPENED_WITHIN_A_DAY,
    QUEUED_TO_SENT,
    SENT_TO_DELIVERED,
    SPAM_COMPLAINTS,
)

DIGEST_SWITCH = "daily-digest"
# The digest goes out every day: after a day and two hours at least one was due.
NO_EMAIL_HOURS = 26


def email_delivery_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarms on what becomes of e-mails."""
    yield from _failures(alarming)
    yield from _readers(alarming)
    yield from _latencies(alarming)
    yield _silence(alarming)


def _failures(alarming: Alarming) -> Iterator[AlarmDefinition]:
    checks = (
        "Which error, since when? The saved query storytailor/email-failures.",
        "The provider's status page, account and limits: suspended, over quota, changed key?",
        "Which e-mail types: all of them, or one whose template or data changed?",
    )
    failures = alarming.series(EMAIL_DELIVERY_FAILURE)
    yield alarming.alarm(
        "email-failure-rate",
        Severity.P1,
        above(
            Statistic(series=failures, statistic="Sum"),
            alarming.numbers("email-failure-rate", 50),
            ONE_HOUR,
        ),
        meaning="E-mails are not being delivered: more than fifty failed within an hour.",
        checks=checks,
        rationale="Monitoring guide: more than 50 failures in an hour.",
        dashboard=EMAIL_DASHBOARD,
    )
    minimum = alarming.numbers("email-failure-percent-minimum-sent", 50)
    share = percent(failures, alarming.series(EMAILS_SENT), minimum=minimum)
    for name, severity, limit, meaning in (
        (
            "email-failure-percent",
            Severity.P1,
            10,
            "So many e-mails fail that people miss what they wait for, crisis alerts among it.",
        ),
        (
            "email-failure-percent-elevated",
            Severity.P2,
            5,
            "More e-mails fail than should: the provider or a template is on its way down.",
        ),
    ):
        yield alarming.alarm(
            name,
            severity,
            above(share, alarming.numbers(name, limit), ONE_HOUR),
            meaning=meaning,
            checks=checks,
            rationale=f"Operations guide: above {limit} % of the hour's sends, at least 50.",
            dashboard=EMAIL_DASHBOARD,
            runbook="storytailor-email-failure-percent",
        )


def _readers(alarming: Alarming) -> Iterator[AlarmDefinition]:
    opened_minimum = alarming.numbers("open-rate-minimum-sent", 100)
    for email_type in alarming.storytailor.email_types:
        rate = percent(
            alarming.series(OPENED_WITHIN_A_DAY, EmailType=email_type),
            alarming.series(EMAILS_DAY_OLD, EmailType=email_type),
            minimum=opened_minimum,
            otherwise=100,
        )
        yield alarming.alarm(
            f"open-rate-{email_type.replace('_', '-')}",
            Severity.P3,
            below(rate, alarming.numbers("open-rate", 30), ONE_DAY),
            meaning=f"People do not read {email_type} any more, or it does not reach their inbox.",
            checks=(
                "Open rate by type: this type alone, or all of them (spam folder, blocked images)?",
                "Subject, sender and sending time: what changed?",
                "Bounces and spam complaints: does the mail arrive at all?",
            ),
            rationale=(
                "Monitoring guide: below 30 % (target 40 %), of the day's e-mails that have had a "
                "day to be opened, at least 100."
            ),
            dashboard=EMAIL_DASHBOARD,
            runbook="storytailor-open-rate",
        )
    yield alarming.alarm(
        "bounce-rate",
        Severity.P3,
        above(
            percent(
                alarming.series(EMAIL_BOUNCES),
                alarming.series(EMAILS_SENT),
                minimum=alarming.numbers("bounce-rate-minimum-sent", 100),
            ),
            alarming.numbers("bounce-rate", 5),
            ONE_DAY,
        ),
        meaning="E-mails come back: addresses are wrong, or mailbox providers refuse us.",
        checks=(
            "Bounces by e-mail type and mailbox provider: everywhere, or at one of them?",
            "Sign-ups of the last days: invented addresses, an import?",
            "The sender's reputation, SPF, DKIM and DMARC: did DNS change?",
        ),
        rationale="Monitoring guide: above 5 % over a day (target 2 %), at least 100 sent.",
        dashboard=EMAIL_DASHBOARD,
    )
    yield alarming.alarm(
        "spam-complaints",
        Severity.P2,
        above(
            Statistic(series=alarming.series(SPAM_COMPLAINTS), statistic="Sum"),
            alarming.numbers("spam-complaints", 0),
            ONE_HOUR,
        ),
        meaning="Somebody called our e-mail spam; a few such calls cost the sender's reputation.",
        checks=(
            "Which e-mail type, and how much mail did this person get before?",
            "Veto reasons and confidence of that type: why did the curator approve?",
            "Frequency caps and preferences: did a change stop respecting them?",
        ),
        rationale="Monitoring guide: any complaint.",
        dashboard=EMAIL_DASHBOARD,
        kill_switch=alarming.switch(DIGEST_SWITCH),
    )


def _p95(series: MetricSeries, minimum: float) -> Expression:
    """Read the p95; with fewer samples than the minimum it is 0: one slow e-mail is no sign."""
    return Expression(
        text=f"IF(FILL(samples, 0) >= {minimum:g}, slowest, 0)",
        metrics={
            "slowest": Statistic(series=series, statistic="p95"),
            "samples": Statistic(series=series, statistic="SampleCount"),
        },
        minimum_volume=f"≥ {minimum:g} {series.metric.name}",
    )


def _latencies(alarming: Alarming) -> Iterator[AlarmDefinition]:
    minimum = alarming.numbers("email-latency-minimum-samples", 20)
    watched = (
        ("email-latency-queued", alarming.series(QUEUED_TO_SENT), 5),
        ("email-latency-delivered", alarming.series(SENT_TO_DELIVERED), 30),
        ("email-latency-provider", provider_latency(alarming.environment).series(), 1000),
    )
    yield from alarming.any_of(
        "email-latency",
        Severity.P3,
        {
            name: above(_p95(series, minimum), alarming.numbers(name, limit), ONE_HOUR)
            for name, series, limit in watched
        },
        meaning="E-mails take too long: to leave, to arrive, or the provider to answer.",
        checks=(
            "Which of the three: queue, provider's API, or delivery?",
            "The provider's status page; throttling of our account?",
            "A batch of unusual size, or the curator slow or short of concurrency?",
        ),
        rationale=(
            "Monitoring guide: p95 below 5 s from queue to provider, 30 s to the mailbox, 1 s for "
            "the provider's API; with fewer than 20 samples in the hour it is not judged."
        ),
        dashboard=EMAIL_DASHBOARD,
    )


def _silence(alarming: Alarming) -> AlarmDefinition:
    return alarming.alarm(
        "no-email",
        Severity.P2,
        below(
            Statistic(series=alarming.series(EMAILS_SENT), statistic="Sum"),
            1,
            Window(period_seconds=3600, evaluation_periods=NO_EMAIL_HOURS),
        ),
        meaning=(
            "Not one e-mail has gone out for 26 hours, and the daily digest alone is due each day."
        ),
        checks=(
            "Did the digest's pipeline run (PipelineExecutions), and what did it decide?",
            "Kill switch, rule and veto reasons of daily_digest: switched off, or all vetoed?",
            "The curator's errors, and the provider's API in its log.",
        ),
        rationale="The digest runs daily at 20:00 UTC; two hours of grace for a slow batch.",
        dashboard=EMAIL_DASHBOARD,
        kill_switch=alarming.switch(DIGEST_SWITCH),
    )
