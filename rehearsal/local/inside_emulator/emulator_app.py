"""The AWS emulator with two things as AWS has them.

- Scheduler fills in context attributes: a target's input names `<aws.scheduler.scheduled-time>`,
  and the function receives the time (EventBridge Scheduler User Guide, "Adding context
  attributes"). The emulator passes the text on as it stands.
- A schedule that is due starts within a second, not within ten.

Served by hypercorn in place of the emulator's own application object.
"""

from datetime import UTC, datetime
from typing import Any

from ministack.app import app
from ministack.services import eventbridge, scheduler

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
TICK_SECONDS = 1

pass_on = eventbridge._invoke_target  # noqa: SLF001


def start_target(
    target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
) -> None:
    """Start a target as the emulator does, after filling in the scheduled time."""
    text = target.get("Input") or ""
    if SCHEDULED_TIME in text:
        time = datetime.fromtimestamp(int(event["Time"]), tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        target = {**target, "Input": text.replace(SCHEDULED_TIME, time)}
    pass_on(target, event, rule, view)


eventbridge._invoke_target = start_target  # noqa: SLF001
scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS  # noqa: SLF001

__all__ = ["app"]
