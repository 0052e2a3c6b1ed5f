"""Read templates that are deployed together into one Deployment."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, TypeVar

from rehearsal.engine.alarm import CompositeAlarm, MetricAlarm
from rehearsal.engine.errors import (
    AlarmError,
    ExpressionError,
    PatternError,
    RefusedError,
    TemplateError,
)
from rehearsal.engine.template.composite_alarm import read_composite_alarm
from rehearsal.engine.template.deployment import Deployment, Refusal, Resource
from rehearsal.engine.template.entry import Entry
from rehearsal.engine.template.family import keep_whole
from rehearsal.engine.template.log import (
    LOG_GROUP,
    METRIC_FILTER,
    read_log_group,
    read_metric_filter,
)
from rehearsal.engine.template.metric_alarm import read_metric_alarm
from rehearsal.engine.template.mute_rule import MUTE_RULE, read_mute_rule
from rehearsal.engine.template.notification import (
    KEY,
    KEY_ALIAS,
    SUBSCRIPTION,
    TOPIC,
    TOPIC_POLICIES,
    Attachments,
    read_inline_subscriptions,
    read_key_alias,
    read_key_policy,
    read_subscription,
    read_topic,
    read_topic_policy,
)
from rehearsal.engine.template.physical import Place
from rehearsal.engine.template.resources import read_resources
from rehearsal.engine.template.schedule import (
    FUNCTION,
    RULE,
    SCHEDULE,
    read_function,
    read_rule,
    read_schedule,
)
from rehearsal.engine.template.stacks import link_stacks

METRIC_ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"
LOG_ALARM = "AWS::CloudWatch::LogAlarm"

Read = TypeVar("Read")


def read_templates(
    documents: Mapping[str, Mapping[str, Any]],
    *,
    account: str,
    region: str,
    parameters: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
    places: Mapping[str, Place] | None = None,
) -> Deployment:
    """Read templates by their stacks' names.

    `parameters` are values of the templates' parameters, by name or as `Stack.Name`; `known` what
    no template says (see `Surroundings`). `places` gives stacks another account or region.
    What cannot be evaluated is in the result's `refused`; a wrong template is a TemplateError.
    """
    place = Place(account=account, region=region)
    stacks = link_stacks(documents, place, places or {}, parameters or {}, known or {})
    entries, refused = read_resources(stacks)
    return _Reading(entries, refused).finish()


class _Reading:
    """Collect what can be read of the entries, and the refusals of what cannot."""

    def __init__(self, entries: list[Entry], refused: list[Refusal]) -> None:
        self._entries = entries
        self._refused = refused

    def finish(self) -> Deployment:
        """Read every kind of resource."""
        metric_alarms = self._read(METRIC_ALARM, read_metric_alarm)
        composites = self._read_composites(metric_alarms)
        self._read(LOG_ALARM, _refuse_log_alarm)
        attachments = self._read_attachments()
        inline = self._read_each(TOPIC, read_inline_subscriptions)
        return Deployment(
            metric_alarms=metric_alarms,
            composite_alarms=composites,
            topics=self._read(TOPIC, lambda entry: read_topic(entry, attachments)),
            subscriptions=(*inline, *self._read(SUBSCRIPTION, read_subscription)),
            log_groups=self._read(LOG_GROUP, read_log_group),
            metric_filters=self._read(METRIC_FILTER, read_metric_filter),
            mute_rules=self._read(MUTE_RULE, read_mute_rule),
            functions=self._read(FUNCTION, read_function),
            schedules=(*self._read(SCHEDULE, read_schedule), *self._read_each(RULE, read_rule)),
            resources=tuple(entry.resource for entry in self._entries),
            refused=tuple(sorted(set(self._refused))),
        )

    def _read_composites(
        self, metric_alarms: tuple[MetricAlarm, ...]
    ) -> tuple[CompositeAlarm, ...]:
        composites = self._read(COMPOSITE_ALARM, read_composite_alarm)
        alarms: list[MetricAlarm | CompositeAlarm] = [*metric_alarms, *composites]
        _refuse_same_names(alarms)
        read = {alarm.arn for alarm in alarms}
        declared = {
            entry.resource.arn
            for entry in self._entries
            if entry.resource.type in (METRIC_ALARM, COMPOSITE_ALARM, LOG_ALARM)
        }
        refused = [arn for arn in declared - read if arn]
        kept, refusals = keep_whole(metric_alarms, composites, refused)
        self._refused += refusals
        return kept

    def _read_attachments(self) -> Attachments:
        policies = [self._read_each(kind, read_topic_policy) for kind in TOPIC_POLICIES]
        return Attachments(
            topic_policies=chain.from_iterable(policies),
            key_policies=self._read_each(KEY, read_key_policy),
            aliases=self._read_each(KEY_ALIAS, read_key_alias),
        )

    def _read(self, kind: str, read: Callable[[Entry], Read]) -> tuple[Read, ...]:
        def read_one(entry: Entry) -> Iterator[Read]:
            yield read(entry)

        return self._read_each(kind, read_one)

    def _read_each(self, kind: str, read: Callable[[Entry], Iterator[Read]]) -> tuple[Read, ...]:
        found: list[Read] = []
        for entry in self._entries:
            if entry.resource.type == kind:
                try:
                    found += list(read(entry))
                except (RefusedError, ExpressionError, PatternError) as refusal:
                    self._refused.append(_refuse(entry.resource, str(refusal)))
                except AlarmError as error:
                    raise entry.fields.error(str(error)) from error
        return tuple(found)


def _refuse(resource: Resource, reason: str) -> Refusal:
    return Refusal(subject=resource.name or resource.source, reason=reason, source=resource.source)


def _refuse_log_alarm(entry: Entry) -> None:
    message = f"{entry.resource.type} is evaluated by queries of CloudWatch's own"
    raise RefusedError(message)


def _refuse_same_names(alarms: list[MetricAlarm | CompositeAlarm]) -> None:
    sources: dict[str, str] = {}
    for alarm in alarms:
        if alarm.arn in sources:
            both = f"{sources[alarm.arn]} and {alarm.source}"
            message = f"{both} are both called {alarm.name!r}, expected one alarm of a name"
            raise TemplateError(message)
        sources[alarm.arn] = alarm.source
