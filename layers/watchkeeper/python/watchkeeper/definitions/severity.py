"""How bad an alarm is, whom it reaches and how soon somebody must answer."""

from enum import Enum


class Severity(Enum):
    """The four severities, each with a topic of its own.

    `topic` is the topic's name after the workload prefix, `reaches` whom it pages, `response` the
    time within which somebody answers.
    """

    P1 = ("critical-alerts", "PagerDuty, at once", "15 min; escalates after 30 min")
    P2 = ("high-alerts", "PagerDuty, business hours", "1 h")
    P3 = ("warning-alerts", "Slack", "4 h")
    P4 = ("info-alerts", "e-mail", "1 week")

    def __init__(self, topic: str, reaches: str, response: str) -> None:
        self.topic = topic
        self.reaches = reaches
        self.response = response
