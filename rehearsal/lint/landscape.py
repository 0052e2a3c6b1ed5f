"""A deployment as rules look at it: alarms, who publishes to which topic, what stands for what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rehearsal.engine.template.deployment import Deployment, Resource
from rehearsal.lint.alarm_view import COMPOSITE_ALARM, METRIC_ALARM, AlarmView
from rehearsal.lint.finding import Place
from rehearsal.lint.values import dig

CLOUDWATCH = "cloudwatch.amazonaws.com"
EVENTS = "events.amazonaws.com"
BUDGETS = "budgets.amazonaws.com"
COST_ALERTS = "costalerts.amazonaws.com"
BUCKETS = "s3.amazonaws.com"
# Where a resource names a topic that a service publishes to on its behalf, by type.
PUBLISHERS = {
    "AWS::Events::Rule": (EVENTS, "Targets.Arn"),
    "AWS::Budgets::Budget": (BUDGETS, "NotificationsWithSubscribers.Subscribers.Address"),
    "AWS::CE::AnomalySubscription": (COST_ALERTS, "Subscribers.Address"),
    "AWS::S3::Bucket": (BUCKETS, "NotificationConfiguration.TopicConfigurations.Topic"),
}


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Be something that publishes to a topic: the service that does it, from which place."""

    service: str
    topic: str
    place: Place
    account: str
    origin: str = ""
    """The ARN that the service says it comes from."""


class Landscape:
    """Look things up in a deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.resources = deployment.resources

    def of_type(self, *types: str) -> list[Resource]:
        """List the resources of some types."""
        return [each for each in self.resources if each.type in types]

    def find(self, reference: Any, *types: str) -> Resource | None:
        """Return the resource of some types that a resolved reference or name stands for."""
        for each in self.of_type(*types):
            if isinstance(reference, str) and reference in (each.ref, each.arn):
                return each
        return None

    @cached_property
    def metric_alarms(self) -> tuple[AlarmView, ...]:
        """List the alarms on metrics."""
        return tuple(AlarmView(each) for each in self.of_type(METRIC_ALARM))

    @cached_property
    def composites(self) -> tuple[AlarmView, ...]:
        """List the alarms on alarms."""
        return tuple(AlarmView(each) for each in self.of_type(COMPOSITE_ALARM))

    @property
    def alarms(self) -> tuple[AlarmView, ...]:
        """List every alarm."""
        return (*self.metric_alarms, *self.composites)

    def find_alarm(self, reference: str) -> AlarmView | None:
        """Return the alarm that a name or ARN stands for."""
        name = reference.partition(":alarm:")[2] or reference
        return next((alarm for alarm in self.alarms if alarm.name == name), None)

    @cached_property
    def publishers(self) -> tuple[Publisher, ...]:
        """List what publishes to topics by the template, alarms first."""
        return (*self._alarm_publishers(), *self._other_publishers())

    def _alarm_publishers(self) -> Iterator[Publisher]:
        for alarm in self.alarms:
            for action in sorted(alarm.every_action):
                if is_topic(action):
                    yield Publisher(
                        service=CLOUDWATCH,
                        topic=action,
                        place=alarm.place,
                        origin=alarm.resource.arn or "",
                        account=alarm.resource.account,
                    )

    def _other_publishers(self) -> Iterator[Publisher]:
        for resource in self.resources:
            service, path = PUBLISHERS.get(resource.type, ("", "-"))
            for topic in dig(resource.properties, path):
                if isinstance(topic, str) and is_topic(topic):
                    yield Publisher(
                        service=service,
                        topic=topic,
                        place=place_of(resource),
                        origin=resource.arn or "",
                        account=resource.account,
                    )

    @cached_property
    def topics_published_to(self) -> Mapping[str, tuple[Publisher, ...]]:
        """Give the publishers of each topic by the topic's ARN."""
        found: dict[str, tuple[Publisher, ...]] = {}
        for publisher in self.publishers:
            found[publisher.topic] = (*found.get(publisher.topic, ()), publisher)
        return found


def place_of(resource: Resource) -> Place:
    """Point at a resource."""
    return Place(stack=resource.stack, logical_id=resource.logical_id)


def is_topic(arn: str) -> bool:
    """Tell the ARN of a topic from that of anything else."""
    return arn.startswith("arn:") and arn.split(":")[2:3] == ["sns"]
