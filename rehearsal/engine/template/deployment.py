"""What a set of templates deploys, as far as alarms, their data and their messages go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.engine.alarm import CompositeAlarm, MetricAlarm
from rehearsal.engine.composite.mute import MuteRule
from rehearsal.engine.metric_filter.transformation import MetricFilter
from rehearsal.engine.template.values import Value


@dataclass(frozen=True, kw_only=True, order=True)
class Refusal:
    """Say which part of a template the engine cannot evaluate, and why.

    The subject is an alarm's name where it has one that can be told, otherwise the source.
    """

    subject: str
    reason: str
    source: str  # Stack/LogicalId, or the stack alone

    def __str__(self) -> str:
        """Say it in one sentence."""
        return f"{self.subject} is not evaluated: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Be a resource with its properties resolved; values not known offline are Unresolved."""

    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Value]
    account: str
    region: str
    name: str | None  # what it is called, where that can be told
    arn: str | None
    ref: str | None  # what Ref gives
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Return where it was read from."""
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True, kw_only=True)
class TopicDefinition:
    """Be an SNS topic with every policy that is attached to it, and the key it is encrypted by."""

    name: str
    arn: str
    display_name: str
    key: str | None
    key_policy: Mapping[str, Value] | None
    """The key's policy, where the key is in the templates too."""
    policies: tuple[Mapping[str, Value], ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionDefinition:
    """Be a subscription; an endpoint kept in a secret is the text of its dynamic reference."""

    topic_arn: str
    protocol: str
    endpoint: str
    source: str
    filter_policy: Mapping[str, Value] | None = None
    filter_policy_scope: str = "MessageAttributes"
    is_raw: bool = False
    dead_letter_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class LogGroupDefinition:
    """Be a log group; without retention it keeps its events for ever."""

    name: str
    arn: str
    retention_days: int | None
    source: str


@dataclass(frozen=True, kw_only=True)
class FunctionDefinition:
    """Be a Lambda function; `unknown_environment` says why a variable cannot be told."""

    name: str
    arn: str
    handler: str
    timeout_seconds: int
    memory_mebibytes: int
    environment: Mapping[str, str]
    unknown_environment: Mapping[str, str]
    log_group: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ScheduleDefinition:
    """Be one target of an EventBridge schedule, or of a rule that has a schedule expression."""

    name: str
    arn: str
    expression: str
    timezone: str
    is_enabled: bool
    target_arn: str
    input: str | None
    """The text handed over; None where EventBridge hands over its own event."""
    dead_letter_arn: str | None
    max_retries: int
    max_age_seconds: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Hold all that was read; an alarm is in one of the two alarm lists or in `refused`."""

    resources: tuple[Resource, ...]
    refused: tuple[Refusal, ...]
    metric_alarms: tuple[MetricAlarm, ...] = ()
    composite_alarms: tuple[CompositeAlarm, ...] = ()
    topics: tuple[TopicDefinition, ...] = ()
    subscriptions: tuple[SubscriptionDefinition, ...] = ()
    log_groups: tuple[LogGroupDefinition, ...] = ()
    metric_filters: tuple[MetricFilter, ...] = ()
    mute_rules: tuple[MuteRule, ...] = ()
    functions: tuple[FunctionDefinition, ...] = ()
    schedules: tuple[ScheduleDefinition, ...] = ()

    @property
    def alarms(self) -> tuple[MetricAlarm | CompositeAlarm, ...]:
        """Return the alarms of both kinds."""
        return (*self.metric_alarms, *self.composite_alarms)

    def of_type(self, *types: str) -> Iterable[Resource]:
        """Yield the resources of these types."""
        return (resource for resource in self.resources if resource.type in types)

    def find_function(self, arn: str) -> FunctionDefinition | None:
        """Return the function that an ARN means, its own or that of a version or alias."""
        return next((each for each in self.functions if f"{arn}:".startswith(f"{each.arn}:")), None)
