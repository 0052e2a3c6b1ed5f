"""Lambda functions, and the schedules and rules that start them (or anything else) by the clock."""

from collections.abc import Iterator, Mapping
from typing import Final

from rehearsal.engine.errors import RefusedError
from rehearsal.engine.template.deployment import FunctionDefinition, ScheduleDefinition
from rehearsal.engine.template.entry import Entry
from rehearsal.engine.template.fields import Fields
from rehearsal.engine.template.values import Unresolved

FUNCTION = "AWS::Lambda::Function"
SCHEDULE = "AWS::Scheduler::Schedule"
RULE = "AWS::Events::Rule"

# Defaults of Lambda, and of both kinds of schedule.
DEFAULT_TIMEOUT_SECONDS: Final = 3
DEFAULT_MEMORY_MEBIBYTES: Final = 128
DEFAULT_MAX_RETRIES: Final = 185
DEFAULT_MAX_AGE_SECONDS: Final = 86_400


def read_function(entry: Entry) -> FunctionDefinition:
    """Read a function."""
    fields = entry.fields
    known, unknown = _read_environment(fields.part("Environment").part("Variables"))
    return FunctionDefinition(
        name=entry.name,
        arn=entry.arn,
        handler=fields.shown_text("Handler"),
        timeout_seconds=fields.whole("Timeout", DEFAULT_TIMEOUT_SECONDS),
        memory_mebibytes=fields.whole("MemorySize", DEFAULT_MEMORY_MEBIBYTES),
        environment=known,
        unknown_environment=unknown,
        log_group=fields.part("LoggingConfig").text("LogGroup", f"/aws/lambda/{entry.name}"),
        source=entry.source,
    )


def _read_environment(variables: Fields) -> tuple[Mapping[str, str], Mapping[str, str]]:
    known: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for name, value in variables.items().items():
        if isinstance(value, Unresolved):
            unknown[name] = value.reason
        else:
            known[name] = variables.any_text(name)
    return known, unknown


def read_schedule(entry: Entry) -> ScheduleDefinition:
    """Read a schedule of EventBridge Scheduler."""
    fields = entry.fields
    return _read_target(
        entry, fields.part("Target"), timezone=fields.text("ScheduleExpressionTimezone", "UTC")
    )


def read_rule(entry: Entry) -> Iterator[ScheduleDefinition]:
    """Read each target of a rule that has a schedule; a rule on a pattern alone has none."""
    if "ScheduleExpression" not in entry.fields:
        return
    for target in entry.fields.parts("Targets"):
        if "InputTransformer" in target or "InputPath" in target:
            message = "its input is made from the event (InputTransformer or InputPath)"
            raise RefusedError(message)
        yield _read_target(entry, target, timezone="UTC")


def _read_target(entry: Entry, target: Fields, *, timezone: str) -> ScheduleDefinition:
    retry = target.part("RetryPolicy")
    return ScheduleDefinition(
        name=entry.name,
        arn=entry.arn,
        expression=entry.fields.text("ScheduleExpression"),
        timezone=timezone,
        is_enabled=entry.fields.text("State", "ENABLED") != "DISABLED",
        target_arn=target.text("Arn"),
        input=target.optional_text("Input"),
        dead_letter_arn=target.part("DeadLetterConfig").optional_text("Arn"),
        max_retries=retry.whole("MaximumRetryAttempts", DEFAULT_MAX_RETRIES),
        max_age_seconds=retry.whole("MaximumEventAgeInSeconds", DEFAULT_MAX_AGE_SECONDS),
        source=entry.source,
    )
