"""What SNS posts to an HTTPS subscriber: an envelope, in it what CloudWatch says of an alarm."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rehearsal.local.errors import LocalStageError

RUNBOOK = "Runbook: "
SEVERITY_LENGTH = 2


class Kind(StrEnum):
    """Name what SNS posts."""

    CONFIRMATION = "SubscriptionConfirmation"
    NOTIFICATION = "Notification"
    FAREWELL = "UnsubscribeConfirmation"


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Be one post of SNS; `subscribe_url` is what a subscriber visits to confirm."""

    kind: Kind
    topic_arn: str
    message: str
    subject: str = ""
    subscribe_url: str = ""


@dataclass(frozen=True, kw_only=True)
class AlarmNotice:
    """Be what CloudWatch says of one change of an alarm; `changed_at` is ISO 8601."""

    arn: str
    alarm: str
    state: str
    reason: str
    description: str
    changed_at: str

    @property
    def severity(self) -> str:
        """Give the severity that the description begins with; empty where it says none."""
        head = self.description[:SEVERITY_LENGTH]
        return head if head in ("P1", "P2", "P3", "P4") else ""

    @property
    def meaning(self) -> str:
        """Give the description's first line without the severity."""
        first = self.description.partition("\n")[0]
        return first.removeprefix(f"{self.severity}:").strip()

    @property
    def runbook(self) -> str:
        """Give the address of the runbook; empty where the description names none."""
        lines = self.description.splitlines()
        return next((one.removeprefix(RUNBOOK) for one in lines if one.startswith(RUNBOOK)), "")


def read_envelope(text: str) -> Envelope:
    """Read a post's body; raise when it is none of SNS."""
    document = _object(text, "a post")
    try:
        kind = Kind(document.get("Type", ""))
    except ValueError as error:
        raise LocalStageError(f"{error}, expected one of {', '.join(Kind)}") from error
    return Envelope(
        kind=kind,
        topic_arn=str(document.get("TopicArn", "")),
        message=str(document.get("Message", "")),
        subject=str(document.get("Subject", "")),
        subscribe_url=str(document.get("SubscribeURL", "")),
    )


def read_notice(message: str) -> AlarmNotice:
    """Read a notification's message; raise when CloudWatch did not write it."""
    document = _object(message, "a message")
    try:
        return AlarmNotice(
            arn=document["AlarmArn"],
            alarm=document["AlarmName"],
            state=document["NewStateValue"],
            reason=document["NewStateReason"],
            description=document["AlarmDescription"] or "",
            changed_at=document["StateChangeTime"],
        )
    except KeyError as error:
        raise LocalStageError(f"a message without {error}, expected that of an alarm") from error


def _object(text: str, what: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise LocalStageError(f"{what} that is no JSON: {text[:80]!r}") from error
    if not isinstance(document, dict):
        raise LocalStageError(f"{what} of {type(document).__name__}, expected a JSON object")
    return document
