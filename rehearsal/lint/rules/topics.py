"""Rules 2, 3 and 4: what an alarm says gets through its topic to somebody."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.engine.template.deployment import Resource
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Judgement, Problem, Severity, Unchecked
from rehearsal.lint.landscape import CLOUDWATCH, EVENTS, Landscape, Publisher, place_of
from rehearsal.lint.policy import Call, explain_refusal
from rehearsal.lint.rule import Rule
from rehearsal.lint.values import list_objects, listed

TOPIC = "AWS::SNS::Topic"
KEY = "AWS::KMS::Key"
KEY_ALIAS = "AWS::KMS::Alias"
AWS_MANAGED_KEY = "alias/aws/sns"
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
CHATS = (
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
)
HOST = re.compile(r"https?://([^/:?#]+)", re.IGNORECASE)
# Hosts that post what they are sent into a chat and never answer SNS's request to confirm.
WEBHOOK_HOSTS = (
    "hooks.slack.com",
    "discord.com",
    "discordapp.com",
    "chat.googleapis.com",
    "webhook.office.com",
    "logic.azure.com",
    "api.telegram.org",
)


def key_lets_publishers_in(landscape: Landscape, _facts: Facts) -> Iterator[Judgement]:
    """Find encrypted topics whose key does not let their publishers use it."""
    for topic, publishers in _used_topics(landscape):
        key_id = topic.properties.get("KmsMasterKeyId")
        if not key_id:
            continue
        if isinstance(key_id, str) and key_id.endswith(AWS_MANAGED_KEY):
            yield Problem(
                place=place_of(topic),
                found="encrypted under the key that AWS manages for SNS",
                expected="a key whose policy lets in the services that publish",
                fix="create a key, let cloudwatch.amazonaws.com do kms:Decrypt and "
                "kms:GenerateDataKey*, and give it to the topic",
            )
            continue
        key = _find_key(landscape, key_id)
        if key is None:
            yield Unchecked(place=place_of(topic), needs=f"the template of its key {key_id}")
            continue
        policy = key.properties.get("KeyPolicy")
        if not isinstance(policy, Mapping):
            yield Unchecked(place=place_of(key), needs="policies that can be read")
            continue
        for publisher in publishers:
            yield from _judge_key(topic, key.logical_id, policy, publisher)


def _judge_key(
    topic: Resource, key: str, policy: Mapping[str, Any], publisher: Publisher
) -> Iterator[Problem]:
    context = _origin(publisher)
    if publisher.service == EVENTS:
        context = {}  # EventBridge's calls of KMS carry nothing of their origin
    for action in KEY_ACTIONS:
        call = Call(service=publisher.service, action=action, context=context)
        refusal = explain_refusal([policy], call)
        if refusal:
            yield Problem(
                place=place_of(topic),
                found=f"the policy of its key {key} keeps a publisher out: {refusal}",
                expected=f"{publisher.service} may do kms:Decrypt and kms:GenerateDataKey*",
                fix=f"allow both to {publisher.service} in the policy of {key}"
                + (", without a condition on its origin" if publisher.service == EVENTS else ""),
            )
            return


def policy_lets_publishers_in(landscape: Landscape, _facts: Facts) -> Iterator[Judgement]:
    """Find topics whose policy refuses what the deployment publishes to them."""
    for topic, publishers in _used_topics(landscape):
        attached = [
            each.properties.get("PolicyDocument")
            for each in landscape.of_type("AWS::SNS::TopicPolicy")
            if any(_stands_for(topic, one) for one in listed(each.properties.get("Topics")))
        ]
        policies = [each for each in attached if isinstance(each, Mapping)]
        if len(policies) < len(attached):
            yield Unchecked(place=place_of(topic), needs="policies that can be read")
            continue
        for publisher in publishers:
            if not policies and publisher.service == CLOUDWATCH:
                continue  # the policy of a new topic lets in its own account's alarms
            call = Call(
                service=publisher.service,
                action="sns:Publish",
                context=_origin(publisher),
            )
            refusal = explain_refusal(policies, call)
            if refusal:
                yield Problem(
                    place=place_of(topic),
                    found=f"its policy keeps a publisher out: {refusal}"
                    if policies
                    else f"{publisher.service} publishes to it, but it has no policy",
                    expected=f"{publisher.service} may do sns:Publish",
                    fix=f"add a statement that allows sns:Publish to {publisher.service} "
                    "for this account (aws:SourceAccount)",
                )


def reaches_somebody(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find topics of alarms that nobody hears."""
    elsewhere = {fact.arn for fact in facts.topics}
    subscribed = {
        topic.arn: list(_subscribers(landscape, topic)) for topic in landscape.of_type(TOPIC)
    }
    for topic, publishers in landscape.topics_published_to.items():
        alarms = sorted(each.place.alarm for each in publishers if each.service == CLOUDWATCH)
        if topic in elsewhere or not alarms:
            continue
        if topic not in subscribed:
            yield Unchecked(
                place=publishers[0].place, needs=f"facts.topics with {topic}, or its template"
            )
        elif not any(confirms for _, confirms in subscribed[topic]):
            found = landscape.find(topic, TOPIC)
            yield Problem(
                place=place_of(found) if found else publishers[0].place,
                found="no subscription"
                if not subscribed[topic]
                else f"only {subscribed[topic][0][0]}, which never confirms its subscription",
                expected=f"somebody who hears {len(alarms)} alarms, such as {alarms[0]}",
                fix="subscribe e-mail, a queue, a function, an incident service or Amazon Q; a "
                "chat's webhook needs a function in between",
            )


def _subscribers(landscape: Landscape, topic: Resource) -> Iterator[tuple[str, bool]]:
    """Yield each subscriber of a topic and whether its subscription can be confirmed."""
    own = list_objects(topic.properties, "Subscription")
    for each in landscape.of_type("AWS::SNS::Subscription"):
        if _stands_for(topic, each.properties.get("TopicArn")):
            own.append(each.properties)
    for subscription in own:
        protocol = str(subscription.get("Protocol", "")).lower()
        address = HOST.match(str(subscription.get("Endpoint", "")))
        host = address[1].lower() if address else ""
        is_webhook = protocol in ("http", "https") and any(
            host == each or host.endswith(f".{each}") for each in WEBHOOK_HOSTS
        )
        yield (f"a webhook of {host}" if is_webhook else protocol), not is_webhook
    for each in landscape.of_type(*CHATS):
        if any(_stands_for(topic, one) for one in listed(each.properties.get("SnsTopicArns"))):
            yield "a chat through Amazon Q", True


def _used_topics(landscape: Landscape) -> Iterator[tuple[Resource, list[Publisher]]]:
    """Yield the topics in the templates with one publisher of each service that uses them."""
    for arn, publishers in landscape.topics_published_to.items():
        topic = landscape.find(arn, TOPIC)
        if topic:
            first = {each.service: each for each in reversed(publishers)}
            yield topic, sorted(first.values(), key=lambda each: each.service)


def _origin(publisher: Publisher) -> dict[str, str]:
    account = publisher.account
    origin = {"aws:sourceaccount": account, "aws:sourceowner": account}
    return origin | ({"aws:sourcearn": publisher.origin} if publisher.origin else {})


def _stands_for(topic: Resource, reference: Any) -> bool:
    return reference in (topic.ref, topic.arn)


def _find_key(landscape: Landscape, reference: Any) -> Resource | None:
    for alias in landscape.of_type(KEY_ALIAS):
        name = alias.properties.get("AliasName")
        if isinstance(name, str) and isinstance(reference, str) and reference.endswith(name):
            return landscape.find(alias.properties.get("TargetKeyId"), KEY)
    return landscape.find(reference, KEY)


ENCRYPTED_TOPIC_KEY = Rule(
    number=2,
    slug="encrypted-topic-key",
    severity=Severity.ERROR,
    says="The key of an encrypted topic lets in every service that publishes to the topic.",
    source="Amazon SNS Developer Guide, Key management: event sources and encrypted topics",
    check=key_lets_publishers_in,
)
TOPIC_LETS_PUBLISHER_IN = Rule(
    number=3,
    slug="topic-lets-publisher-in",
    severity=Severity.ERROR,
    says="The policy of a topic allows sns:Publish to every service that publishes to it.",
    source="CloudWatch User Guide, Notifying users on alarm changes: permissions of the topic",
    check=policy_lets_publishers_in,
)
TOPIC_REACHES_SOMEBODY = Rule(
    number=4,
    slug="topic-reaches-somebody",
    severity=Severity.ERROR,
    says="A topic of alarms has a subscriber who can confirm: no chat's webhook by itself.",
    source="Amazon SNS Developer Guide, Confirming a subscription: an endpoint must answer",
    check=reaches_somebody,
    needs=("topics",),
)
