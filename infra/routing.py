"""Decide whom a severity reaches in an environment: what its file offers, the fittest first."""

from collections.abc import Sequence
from enum import StrEnum

from watchkeeper.definitions.errors import EnvironmentFileError
from watchkeeper.definitions.severity import Severity
from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.environment.model import Environment


class Channel(StrEnum):
    """How a person is reached; the value is for people."""

    PAGERDUTY = "PagerDuty"
    SLACK = "Slack"
    EMAIL = "e-mail"


# What each severity asks for; whatever an environment has not falls back to e-mail.
WANTED = {
    Severity.P1: Channel.PAGERDUTY,
    Severity.P2: Channel.PAGERDUTY,
    Severity.P3: Channel.SLACK,
    Severity.P4: Channel.EMAIL,
}
KEYS = {Channel.PAGERDUTY: "pagerduty_secret or email", Channel.SLACK: "slack or email"}


def channel_of(environment: Environment, severity: Severity) -> Channel | None:
    """Return how a severity reaches somebody; None when it reaches nobody."""
    offered = {
        Channel.PAGERDUTY: environment.notification.pagerduty_secret,
        Channel.SLACK: environment.notification.slack,
        Channel.EMAIL: environment.notification.email,
    }
    wanted = WANTED[severity]
    return next((each for each in (wanted, Channel.EMAIL) if offered[each]), None)


def reaches(environment: Environment, severity: Severity) -> str:
    """Say whom a severity reaches in an environment."""
    channel = channel_of(environment, severity)
    if channel is WANTED[severity]:
        return severity.reaches
    return channel.value if channel else "nobody"


def refuse_unreachable(environment: Environment, workloads: Sequence[WorkloadDefinition]) -> None:
    """Raise a sentence for each severity whose alarms would reach nobody."""
    used = {
        severity
        for workload in workloads
        for alarm in workload.alarms
        for severity in alarm.notifies
    }
    lost = [each for each in Severity if each in used and channel_of(environment, each) is None]
    if lost:
        raise EnvironmentFileError(
            "\n".join(
                f"{environment.name}.toml: table notification: alarms of severity {each.name} "
                f"would reach nobody, expected {KEYS.get(WANTED[each], 'email')}"
                for each in lost
            )
        )
