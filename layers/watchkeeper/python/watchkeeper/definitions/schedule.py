"""What runs when: a schedule, and the job (one Lambda function) it starts."""

import re
from dataclasses import dataclass

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.recurrence import Rate, read_recurrence

# EventBridge Scheduler keeps an undelivered event for 60 s at least (API reference, RetryPolicy).
MIN_EVENT_AGE_SECONDS, MAX_EVENT_AGE_SECONDS = 60, 86_400
MAX_LAMBDA_TIMEOUT_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class ScheduleDefinition:
    """Say when something starts, in EventBridge Scheduler's words, UTC.

    `max_event_age_seconds` is how long a start that could not be delivered is still worth
    delivering: a check that is ten minutes late says nothing about now.
    """

    expression: str
    max_event_age_seconds: int
    retry_attempts: int = 2

    def __post_init__(self) -> None:
        """Refuse an expression that Scheduler would refuse."""
        read_recurrence(self.expression)
        if not MIN_EVENT_AGE_SECONDS <= self.max_event_age_seconds <= MAX_EVENT_AGE_SECONDS:
            raise DefinitionError(
                f"schedule {self.expression!r}: maximum event age of "
                f"{self.max_event_age_seconds} s, expected {MIN_EVENT_AGE_SECONDS} to 86400"
            )

    @property
    def cadence_seconds(self) -> int | None:
        """Give the seconds between two starts of a rate; None for a cron expression."""
        found = read_recurrence(self.expression)
        return found.seconds if isinstance(found, Rate) else None

    @property
    def is_daily(self) -> bool:
        """Tell whether a cron expression leaves no day out."""
        fields = self.expression.removeprefix("cron(").rstrip(")").split()
        return self.cadence_seconds is None and not set("".join(fields[2:])) - set("*?")


@dataclass(frozen=True, kw_only=True)
class JobDefinition:
    """Declare one scheduled function: its folder below `functions/`, size and schedule."""

    name: str
    description: str
    schedule: ScheduleDefinition
    timeout_seconds: int
    memory_megabytes: int = 256

    def __post_init__(self) -> None:
        """Refuse a job that can still run when its next run starts."""
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise DefinitionError(f"job name {self.name!r}: expected snake_case")
        cadence = self.schedule.cadence_seconds or MAX_LAMBDA_TIMEOUT_SECONDS + 1
        if not 1 <= self.timeout_seconds <= min(MAX_LAMBDA_TIMEOUT_SECONDS, cadence - 1):
            raise DefinitionError(
                f"job {self.name}: timeout of {self.timeout_seconds} s, expected less than its "
                f"cadence and at most {MAX_LAMBDA_TIMEOUT_SECONDS} s"
            )

    @property
    def kebab_name(self) -> str:
        """Give the name as AWS resources carry it."""
        return self.name.replace("_", "-")
