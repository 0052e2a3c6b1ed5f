"""The schedules that are deployed, and a way to have one start now, by the scheduler itself."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rehearsal.local.emulator import AwsEmulator


@dataclass(frozen=True, kw_only=True)
class ScheduledFunction:
    """Be one deployed schedule and the function it starts."""

    name: str
    group: str
    expression: str
    function_arn: str
    role_arn: str

    @property
    def function(self) -> str:
        """Name the function it starts."""
        return self.function_arn.rsplit(":", 1)[-1]


def deployed_schedules(emulator: AwsEmulator, group: str) -> tuple[ScheduledFunction, ...]:
    """Read every schedule of a group, sorted by name."""
    scheduler = emulator.client("scheduler")
    names = [
        item["Name"]
        for page in scheduler.get_paginator("list_schedules").paginate(GroupName=group)
        for item in page["Schedules"]
    ]
    found = (scheduler.get_schedule(GroupName=group, Name=name) for name in sorted(names))
    return tuple(_scheduled(schedule) for schedule in found)


def _scheduled(schedule: dict[str, Any]) -> ScheduledFunction:
    return ScheduledFunction(
        name=schedule["Name"],
        group=schedule["GroupName"],
        expression=schedule["ScheduleExpression"],
        function_arn=schedule["Target"]["Arn"],
        role_arn=schedule["Target"]["RoleArn"],
    )


def start_at(emulator: AwsEmulator, scheduled: ScheduledFunction, moment: float) -> None:
    """Have the scheduler start a function for a moment that is past, or now (s since 1970).

    It starts at once, with the same target, input and role, and is told the moment as its time.
    """
    scheduler = emulator.client("scheduler")
    own = scheduler.get_schedule(GroupName=scheduled.group, Name=scheduled.name)
    scheduler.create_schedule(
        Name=f"{scheduled.name}-now",
        GroupName=scheduled.group,
        ScheduleExpression=f"at({datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S})",
        ActionAfterCompletion="DELETE",
        FlexibleTimeWindow=own["FlexibleTimeWindow"],
        Target=own["Target"],
    )


def stop_schedule(emulator: AwsEmulator, scheduled: ScheduledFunction) -> None:
    """Let a schedule start nothing more by itself."""
    scheduler = emulator.client("scheduler")
    own = scheduler.get_schedule(GroupName=scheduled.group, Name=scheduled.name)
    # An update replaces the whole schedule.
    kept = ("ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target")
    scheduler.update_schedule(
        Name=scheduled.name,
        GroupName=scheduled.group,
        State="DISABLED",
        **{name: own[name] for name in kept if name in own},
    )


def may_start(emulator: AwsEmulator, scheduled: ScheduledFunction) -> bool:
    """Tell whether the schedule's role is allowed to start its function."""
    answer = emulator.client("iam").simulate_principal_policy(
        PolicySourceArn=scheduled.role_arn,
        ActionNames=["lambda:InvokeFunction"],
        ResourceArns=[scheduled.function_arn],
    )
    return all(result["EvalDecision"] == "allowed" for result in answer["EvaluationResults"])
