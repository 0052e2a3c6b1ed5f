"""Alarms on e-mail: unsubscribes against fixed limits."""

from collections.abc import Iterator

from watchkeeper.definitions.alarm import AlarmDefinition, Statistic
from watchkeeper.definitions.conditions import ONE_HOUR, above, percent
from watchkeeper.definitions.severity import Severity
from watchkeeper.environment.thresholds import Thresholds
from watchkeeper.workloads.storytailor.deploy.alarming import EMAIL_DASHBOARD, Alarming
from watchkeeper.workloads.storytailor.metrics import EMAILS_SENT, UNSUBSCRIBES

CRITICAL_RATE_PERCENT = 0.5
RATE_MINIMUM_SENT = 200


def unsubscribe_rate_limits(numbers: Thresholds) -> tuple[float, float]:
    """Return e-mails an hour must have, and the percentage of them above which it is critical.

    The alarm and what may switch a pipeline off go by the same two numbers.
    """
    return (
        numbers("unsubscribe-rate-minimum-sent", RATE_MINIMUM_SENT),
        numbers("unsubscribe-rate-critical", CRITICAL_RATE_PERCENT),
    )


def email_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarms on unsubscribes."""
    checks = (
        "Unsubscribes by e-mail type: which mail drives people away?",
        "What went out in the last hours, to how many, how often to the same people?",
        "Frequency caps and preferences: did a change stop respecting them?",
    )
    switch = alarming.switch("daily-digest")
    unsubscribes = alarming.series(UNSUBSCRIBES)
    yield alarming.alarm(
        "unsubscribe-spike",
        Severity.P2,
        above(
            Statistic(series=unsubscribes, statistic="Sum"),
            alarming.numbers("unsubscribe-spike", 10),
            ONE_HOUR,
        ),
        meaning="People are leaving: more than ten unsubscribed within an hour.",
        checks=checks,
        rationale=(
            "Monitoring guide: more than 10 in an hour; to Slack and to the business-hours pager."
        ),
        dashboard=EMAIL_DASHBOARD,
        kill_switch=switch,
        also_notifies=(Severity.P3,),
    )
    minimum, _ = unsubscribe_rate_limits(alarming.numbers)
    rate = percent(unsubscribes, alarming.series(EMAILS_SENT), minimum=minimum)
    for name, severity, limit, meaning in (
        (
            "unsubscribe-rate",
            Severity.P3,
            0.3,
            "More people leave than mailbox providers tolerate.",
        ),
        (
            "unsubscribe-rate-critical",
            Severity.P1,
            CRITICAL_RATE_PERCENT,
            "So many leave that the sender's reputation suffers: switch the pipeline off now.",
        ),
    ):
        yield alarming.alarm(
            name,
            severity,
            above(rate, alarming.numbers(name, limit), ONE_HOUR),
            meaning=meaning,
            checks=checks,
            rationale=f"Operations guide: above {limit} % of the hour's sends, at least 200.",
            dashboard=EMAIL_DASHBOARD,
            kill_switch=switch,
            runbook="storytailor-unsubscribe-rate",
        )
