"""The schedules that are deployed, and a way to start one now exactly as it would start itself."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rehearsal.local.emulator import AwsEmulator

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
# Longer than any function may run.
READ_TIMEOUT_SECONDS = 910.0


@dataclass(frozen=True, kw_only=True)
class ScheduledFunction:
    """Be one deployed schedule: what it starts, under which role, and with which input."""

    schedule: str
    expression: str
    function: str
    scheduler_role_arn: str
    input: str

    @property
    def log_group(self) -> str:
        """Name the log group of the function it starts."""
        return f"/aws/lambda/{self.function}"

    def event(self, now: datetime) -> dict[str, Any]:
        """Return the event that the schedule sends at a time."""
        text = self.input.replace(SCHEDULED_TIME, now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        return dict(json.loads(text))


def deployed_schedules(emulator: AwsEmulator, group: str) -> tuple[ScheduledFunction, ...]:
    """Read every schedule of a group, sorted by name."""
    scheduler = emulator.client("scheduler")
    found = []
    for page in scheduler.get_paginator("list_schedules").paginate(GroupName=group):
        for item in page["Schedules"]:
            schedule = scheduler.get_schedule(GroupName=group, Name=item["Name"])
            target = schedule["Target"]
            found.append(
                ScheduledFunction(
                    schedule=schedule["Name"],
                    expression=schedule["ScheduleExpression"],
                    function=target["Arn"].rsplit(":", 1)[-1],
                    scheduler_role_arn=target["RoleArn"],
                    input=target["Input"],
                )
            )
    return tuple(sorted(found, key=lambda one: one.schedule))


def start_now(emulator: AwsEmulator, scheduled: ScheduledFunction, now: datetime) -> str:
    """Start a function as its schedule would, under the scheduler's own role.

    Wait for its end and return the error it ended with, or an empty string.
    """
    client = emulator.client(
        "lambda",
        role_arn=scheduled.scheduler_role_arn,
        read_timeout_seconds=READ_TIMEOUT_SECONDS,
    )
    answer = client.invoke(
        FunctionName=scheduled.function,
        Payload=json.dumps(scheduled.event(now)).encode(),
    )
    payload = answer["Payload"].read().decode()
    if "FunctionError" not in answer:
        return ""
    document = json.loads(payload)
    return f"{document.get('errorType', 'error')}: {document.get('errorMessage', payload)}"


def whole_minute() -> datetime:
    """Return the current minute, the time a schedule would have started at."""
    return datetime.now(UTC).replace(second=0, microsecond=0)
