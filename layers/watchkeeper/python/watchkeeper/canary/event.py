"""The marked event: what is sent, and what of it is read again in a line of the log."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watchkeeper.definitions.errors import CanaryError

SOURCE = "storytailor.health-check"
DETAIL_TYPE = "health"
SENT_AT = re.compile(r'"sentAt\\?":\s*(\d{10,16})')


@dataclass(frozen=True, kw_only=True)
class CanaryEvent:
    """Be the event of one scheduled time; `sent_at` is in milliseconds since 1970.

    Its mark is made of the scheduled time, so a run that is tried again knows the event of its
    first try.
    """

    mark: str
    sent_at: int

    def to_entry(self) -> dict[str, Any]:
        """Write it as PutEvents takes it."""
        detail = {"jobType": "health", "canary": self.mark, "sentAt": self.sent_at}
        return {"Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": json.dumps(detail)}


def canary_mark(environment: str, scheduled: datetime) -> str:
    """Return the mark of a scheduled time, which no other event carries."""
    return f"watchkeeper-canary-{environment}-{scheduled:%Y%m%dT%H%M%SZ}"


def read_sent_at(line: str) -> int | None:
    """Read from a line of the log when its event was sent, None when the line does not say it."""
    found = SENT_AT.search(line)
    return int(found[1]) if found else None


def send(events: Any, event: CanaryEvent) -> None:
    """Put the event on the default bus; raise when EventBridge does not take it."""
    answer = events.put_events(Entries=[event.to_entry()])
    if answer.get("FailedEntryCount"):
        entry = answer["Entries"][0]
        raise CanaryError(
            f"EventBridge refused the test event: {entry.get('ErrorCode')} "
            f"({entry.get('ErrorMessage')})"
        )
