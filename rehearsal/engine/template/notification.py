"""Topics with their policies and keys, and who is subscribed to them."""

import json
from collections.abc import Iterable, Iterator, Mapping

from rehearsal.engine.template.deployment import SubscriptionDefinition, TopicDefinition
from rehearsal.engine.template.entry import Entry
from rehearsal.engine.template.fields import Fields
from rehearsal.engine.template.values import Value

TOPIC = "AWS::SNS::Topic"
SUBSCRIPTION = "AWS::SNS::Subscription"
TOPIC_POLICIES = ("AWS::SNS::TopicPolicy", "AWS::SNS::TopicInlinePolicy")
KEY, KEY_ALIAS = "AWS::KMS::Key", "AWS::KMS::Alias"

Policy = Mapping[str, Value]


class Attachments:
    """Know which policies belong to which topic, and which to which key."""

    def __init__(
        self,
        topic_policies: Iterable[tuple[str, Policy]],
        key_policies: Iterable[tuple[str, Policy]],
        aliases: Iterable[tuple[str, str]],
    ) -> None:
        self._topics: dict[str, list[Policy]] = {}
        for topic, policy in topic_policies:
            self._topics.setdefault(topic, []).append(policy)
        self._keys = dict(key_policies)
        self._keys |= {alias: self._keys[key] for alias, key in aliases if key in self._keys}

    def of_topic(self, arn: str) -> tuple[Policy, ...]:
        """Return the policies attached to a topic."""
        return tuple(self._topics.get(arn, ()))

    def of_key(self, key: str | None) -> Policy | None:
        """Return the policy of a key given by id, ARN or alias; None for one not read."""
        return self._keys.get(key or "")


def read_topic_policy(entry: Entry) -> Iterator[tuple[str, Policy]]:
    """Read a policy once for each topic it is attached to."""
    fields = entry.fields
    topics = fields.shown_texts("Topics") or (fields.shown_text("TopicArn"),)
    policy = fields.part("PolicyDocument").items()
    yield from ((topic, policy) for topic in topics)


def read_key_policy(entry: Entry) -> Iterator[tuple[str, Policy]]:
    """Read a key's policy once for each way to name the key."""
    policy = entry.fields.part("KeyPolicy").items()
    yield from ((key, policy) for key in (entry.resource.ref, entry.resource.arn) if key)


def read_key_alias(entry: Entry) -> Iterator[tuple[str, str]]:
    """Read a key's alias, by name and by ARN, with the key it stands for."""
    key = entry.fields.shown_text("TargetKeyId")
    resource = entry.resource
    yield entry.name, key
    yield f"arn:aws:kms:{resource.region}:{resource.account}:{entry.name}", key


def read_topic(entry: Entry, attachments: Attachments) -> TopicDefinition:
    """Read a topic."""
    key = entry.fields.shown_text("KmsMasterKeyId") or None
    return TopicDefinition(
        name=entry.name,
        arn=entry.arn,
        display_name=entry.fields.shown_text("DisplayName"),
        key=key,
        key_policy=attachments.of_key(key),
        policies=attachments.of_topic(entry.arn),
        source=entry.source,
    )


def read_inline_subscriptions(entry: Entry) -> Iterator[SubscriptionDefinition]:
    """Read the subscriptions that stand in a topic itself."""
    for fields in entry.fields.parts("Subscription"):
        yield SubscriptionDefinition(
            topic_arn=entry.arn,
            protocol=fields.text("Protocol"),
            endpoint=fields.text("Endpoint"),
            source=entry.source,
        )


def read_subscription(entry: Entry) -> SubscriptionDefinition:
    """Read a subscription."""
    fields = entry.fields
    filters, redrive = (_read_object(fields, each) for each in ("FilterPolicy", "RedrivePolicy"))
    return SubscriptionDefinition(
        topic_arn=fields.text("TopicArn"),
        protocol=fields.text("Protocol"),
        endpoint=fields.text("Endpoint"),
        source=entry.source,
        filter_policy=filters.items() if filters else None,
        filter_policy_scope=fields.text("FilterPolicyScope", "MessageAttributes"),
        is_raw=fields.flag("RawMessageDelivery", default=False),
        dead_letter_arn=redrive.optional_text("deadLetterTargetArn") if redrive else None,
    )


def _read_object(fields: Fields, name: str) -> Fields | None:
    """Read an object that may also be given as the text of one; None when it is not given."""
    text = fields.value(name)
    if name not in fields or not isinstance(text, str):
        return fields.part(name) if name in fields else None
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"{name} is a text that is not JSON, expected an object"
        raise fields.error(message) from error
    return fields.replace(name, parsed).part(name)
