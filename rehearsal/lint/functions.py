"""What starts the functions of a deployment without waiting for them, and where failures go."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.engine.template.deployment import Resource
from rehearsal.lint.alarm_view import ACTION_LISTS
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.values import dig

FUNCTION = "AWS::Lambda::Function"
SCHEDULE = "AWS::Scheduler::Schedule"
VERSIONS = ("AWS::Lambda::Alias", "AWS::Lambda::Version")


# Where a resource names what it starts, by type.
STARTS = {
    SCHEDULE: ("Target.Arn",),
    "AWS::Events::Rule": ("Targets.Arn",),
    "AWS::S3::Bucket": ("NotificationConfiguration.LambdaConfigurations.Function",),
    "AWS::SNS::Subscription": ("Endpoint",),
    "AWS::CloudWatch::Alarm": tuple(ACTION_LISTS),
    "AWS::CloudWatch::CompositeAlarm": tuple(ACTION_LISTS),
}


@dataclass(frozen=True, kw_only=True)
class Start:
    """Say that something starts a function asynchronously; by a schedule when it has one."""

    function: Resource
    expression: str = ""
    is_by_scheduler: bool = False


def list_starts(landscape: Landscape) -> Iterator[Start]:
    """Yield every asynchronous start of a function that the templates show."""
    for resource in landscape.resources:
        expression = resource.properties.get("ScheduleExpression")
        for path in STARTS.get(resource.type, ()):
            for target in dig(resource.properties, path):
                function = find_function(landscape, target)
                if function:
                    shown = expression if isinstance(expression, str) else ""
                    yield Start(
                        function=function,
                        expression=shown,
                        is_by_scheduler=resource.type == SCHEDULE,
                    )


def find_function(landscape: Landscape, reference: Any) -> Resource | None:
    """Return the function that a name, ARN, alias or version stands for."""
    function = landscape.find(reference, FUNCTION)
    if function:
        return function
    version = landscape.find(reference, *VERSIONS)
    if version:
        return landscape.find(version.properties.get("FunctionName"), FUNCTION)
    unqualified = reference.rpartition(":")[0] if isinstance(reference, str) else None
    return landscape.find(unqualified, FUNCTION)


def list_failure_places(landscape: Landscape, function: Resource) -> list[Any]:
    """List where an asynchronous event goes that the function could not do."""
    places = list(dig(function.properties, "DeadLetterConfig.TargetArn"))
    for config in landscape.of_type("AWS::Lambda::EventInvokeConfig"):
        if find_function(landscape, config.properties.get("FunctionName")) is function:
            places += dig(config.properties, "DestinationConfig.OnFailure.Destination")
    return places
