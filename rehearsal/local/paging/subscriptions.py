"""Who gets what a topic says, as deployed; and the proof that the inbox is really subscribed."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.errors import LocalStageError

CONFIRMATION_TIMEOUT_SECONDS = 10.0
POLL_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """Be one deployed subscription of a topic."""

    topic_arn: str
    protocol: str
    endpoint: str
    is_confirmed: bool


def list_subscribers(emulator: AwsEmulator) -> tuple[Subscriber, ...]:
    """Read every subscription of the account."""
    return tuple(_subscribers(emulator.client("sns")))


def _subscribers(sns: Any) -> Iterator[Subscriber]:
    for page in sns.get_paginator("list_topics").paginate():
        for topic in page["Topics"]:
            arn = topic["TopicArn"]
            pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
            for found in (item for page in pages for item in page["Subscriptions"]):
                yield Subscriber(
                    topic_arn=arn,
                    protocol=found["Protocol"],
                    endpoint=found["Endpoint"],
                    is_confirmed=_is_confirmed(sns, found["SubscriptionArn"]),
                )


def _is_confirmed(sns: Any, arn: str) -> bool:
    # SNS gives a text in place of the ARN until then; the emulator gives the ARN from the start.
    if not arn.startswith("arn:"):
        return False
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return bool(attributes.get("PendingConfirmation") == "false")


def prove_confirmed(
    emulator: AwsEmulator,
    endpoint: str,
    *,
    timeout_seconds: float = CONFIRMATION_TIMEOUT_SECONDS,
) -> tuple[Subscriber, ...]:
    """Wait until every subscription of an endpoint is confirmed; return all subscriptions.

    Raise with the names of those that are not, or when there is none.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        found = list_subscribers(emulator)
        own = [each for each in found if each.endpoint == endpoint]
        pending = sorted(name_topic(each.topic_arn) for each in own if not each.is_confirmed)
        if own and not pending:
            return found
        if time.monotonic() > deadline:
            which = ", ".join(pending) or "any topic"
            raise LocalStageError(
                f"the inbox {endpoint} did not confirm its subscription to {which} "
                f"within {timeout_seconds:g} s, so nobody would be paged"
            )
        time.sleep(POLL_SECONDS)


def name_topic(arn: str) -> str:
    """Give a topic's name."""
    return arn.rpartition(":")[2]


def by_topic(subscribers: Iterable[Subscriber]) -> Mapping[str, tuple[Subscriber, ...]]:
    """Sort subscribers by the ARN of their topic."""
    found: dict[str, tuple[Subscriber, ...]] = {}
    for each in subscribers:
        found[each.topic_arn] = (*found.get(each.topic_arn, ()), each)
    return found
