"""The alarm on unsubscribes against what is usual, and what may be switched off because of them."""

from collections.abc import Iterator, Mapping

from watchkeeper.definitions.alarm import AlarmDefinition, Statistic
from watchkeeper.definitions.conditions import FIFTEEN_MINUTES, above, filled
from watchkeeper.definitions.severity import Severity
from watchkeeper.environment.model import Environment, Storytailor
from watchkeeper.environment.names import Names
from watchkeeper.environment.thresholds import Thresholds
from watchkeeper.runtime.settings import UnsubscribeSpikeSettings
from watchkeeper.workloads.storytailor.deploy.alarming import EMAIL_DASHBOARD, Alarming
from watchkeeper.workloads.storytailor.deploy.alarms_email import unsubscribe_rate_limits
from watchkeeper.workloads.storytailor.metrics_unsubscribes import UNSUBSCRIBE_ANOMALY
from watchkeeper.workloads.storytailor.sources import TIME_CRITICAL_TYPES


def unsubscribe_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarm on the detector."""
    anomaly = Statistic(series=alarming.series(UNSUBSCRIBE_ANOMALY), statistic="Maximum")
    yield alarming.alarm(
        "unsubscribe-anomaly",
        Severity.P2,
        above(filled(anomaly), 0, FIFTEEN_MINUTES),
        meaning=(
            "More people leave than is usual at this weekday and hour; how many, and over which "
            "mails, says the message beside this page."
        ),
        checks=(
            "The message of that moment: how many left, how many were expected, over which mails?",
            "What went out in the last hours: which mail of that type is new or came too often?",
            "A growing share for days (a drift): what changed in content or frequency before it?",
        ),
        rationale=(
            "Exact tail of a beta-binomial against five weeks of the same weekday and hour, at "
            "least ten people and 2.5 times the usual; slow drifts by CUSUM."
        ),
        dashboard=EMAIL_DASHBOARD,
        kill_switch=alarming.switch("daily-digest"),
        also_notifies=(Severity.P3,),
    )


def unsubscribe_settings(
    environment: Environment, storytailor: Storytailor, numbers: Thresholds
) -> UnsubscribeSpikeSettings:
    """Tell unsubscribe_spike what it counts, whom it tells and what it may switch off."""
    names = Names(environment)
    switches = flippable_switches(environment, storytailor)
    minimum_sent, limit_percent = unsubscribe_rate_limits(numbers)
    return UnsubscribeSpikeSettings(
        environment=environment.name,
        database_secret=storytailor.database.secret,
        ledger_table=names.ledger_table,
        email_types=storytailor.email_types,
        docs_url=environment.docs_url,
        anomaly_topic=names.topic_arn("storytailor", Severity.P2),
        switch_topic=names.topic_arn("storytailor", Severity.P1) if switches else "",
        flippable_switches=switches,
        rate_limit_percent=limit_percent,
        rate_minimum_sent=minimum_sent,
    )


def flippable_switches(environment: Environment, storytailor: Storytailor) -> Mapping[str, str]:
    """Give the switch of each e-mail type that may be switched off by itself.

    Only where the environment allows it, and only of a pipeline with the type's own name: another
    one would go silent for a mail that it does not send. Never of a time-critical one: somebody may
    be in danger, and whether they are told is for people to decide.
    """
    if not environment.allowed_actions.flip_kill_switch:
        return {}
    pipelines = {*storytailor.rules, *storytailor.pipelines}
    return {
        one: f"/storytailor-{environment.name}/pipelines/{one.replace('_', '-')}/enabled"
        for one in storytailor.email_types
        if one.replace("_", "-") in pipelines and one not in TIME_CRITICAL_TYPES
    }
