"""Drill the alarms' routes: send a test page down each topic, by a real alarm.

Between an alarm and a person lie the alarm's actions, a topic with its key, and a subscription that
somebody has confirmed. Templates cannot prove the last two, and a pager that has been quiet for a
quarter of a year may be dead. So one alarm of each topic is set to ALARM by hand; CloudWatch
publishes what it would publish in earnest, evaluates the alarm again within a minute and takes it
back.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import DrillError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import AlarmDrillSettings

DrillRun = Run[AlarmDrillSettings]
PENDING: Final = "PendingConfirmation"
# A drill that Lambda starts again, because something was wrong with a route, pages nobody twice.
SAME_DRILL: Final = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class DrilledAlarm:
    """Be what a drill has to know of an alarm of ours: where it pages, and its state."""

    name: str
    topics: frozenset[str]
    is_metric_alarm: bool
    state: str
    actions_enabled: bool


def drill_alarms(run: DrillRun) -> Mapping[str, object]:
    """Send one test page down each topic; raise for every route that would not reach anybody."""
    cloudwatch, sns = run.aws("cloudwatch"), run.aws("sns")
    topics = run.settings.drilled_topics
    try:
        alarms = tuple(list_alarms(cloudwatch, topics))
        problems = [*_disabled(alarms), *_unreachable(sns, topics)]
        told, paged = _told_before(cloudwatch, run.now), {}
        for topic in (each for each in topics if _mark(each, run.now) not in told):
            chosen = choose_alarm(alarms, topic)
            if chosen is None:
                problems.append(f"{_short(topic)}: no alarm in state OK pages this way")
            else:
                _page(cloudwatch, chosen, topic, alarms, run.now)
                paged[_short(topic)] = chosen.name
    except (BotoCoreError, ClientError) as error:
        raise DrillError(f"the drill of {run.now:%Y-%m-%d} was broken off: {error}") from error
    run.log.info("routes drilled", extra={"paged": paged, "problems": problems})
    if problems:
        raise DrillError("; ".join(problems))
    return {"alarms": len(alarms), "paged": paged}


def list_alarms(cloudwatch: Any, topics: Iterable[str]) -> Iterator[DrilledAlarm]:
    """Yield every alarm that pages one of the topics; the others belong to somebody else."""
    ours = frozenset(topics)
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    for page in pages:
        for kind in ("MetricAlarms", "CompositeAlarms"):
            for each in page.get(kind, ()):
                reached = ours.intersection(each.get("AlarmActions", ()))
                if reached:
                    yield DrilledAlarm(
                        name=each["AlarmName"],
                        topics=reached,
                        is_metric_alarm=kind == "MetricAlarms",
                        state=each["StateValue"],
                        actions_enabled=each.get("ActionsEnabled", True),
                    )


def choose_alarm(alarms: Iterable[DrilledAlarm], topic: str) -> DrilledAlarm | None:
    """Return the alarm to drill a topic with: one that pages as few others as possible.

    Only one that is OK now: an alarm that burns already would change nothing, and has paged. Not a
    composite, which is evaluated again only when an alarm below it changes.
    """
    fit = [
        alarm
        for alarm in alarms
        if topic in alarm.topics
        and alarm.is_metric_alarm
        and alarm.actions_enabled
        and alarm.state == "OK"
    ]
    return min(fit, key=lambda alarm: (len(alarm.topics), alarm.name), default=None)


def _disabled(alarms: Iterable[DrilledAlarm]) -> Iterator[str]:
    for alarm in alarms:
        if not alarm.actions_enabled:
            yield f"{alarm.name}: its actions are disabled, so it pages nobody"


def _unreachable(sns: Any, topics: Iterable[str]) -> Iterator[str]:
    for topic in topics:
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        found = [each["SubscriptionArn"] for page in pages for each in page["Subscriptions"]]
        pending = found.count(PENDING)
        if pending:
            yield f"{_short(topic)}: {pending} of {len(found)} subscriptions never confirmed"
        elif not found:
            yield f"{_short(topic)}: nobody subscribes to it"


def _told_before(cloudwatch: Any, now: datetime) -> str:
    """Return what alarms were told since the drill's time, by an earlier try of it among others."""
    pages = cloudwatch.get_paginator("describe_alarm_history").paginate(
        HistoryItemType="StateUpdate", StartDate=now, EndDate=now + SAME_DRILL
    )
    return "\n".join(item["HistoryData"] for page in pages for item in page["AlarmHistoryItems"])


def _page(
    cloudwatch: Any,
    chosen: DrilledAlarm,
    topic: str,
    alarms: Iterable[DrilledAlarm],
    now: datetime,
) -> None:
    same_way = sum(topic in alarm.topics for alarm in alarms)
    cloudwatch.set_alarm_state(
        AlarmName=chosen.name,
        StateValue="ALARM",
        StateReason=(
            f"{_mark(topic, now)}: a test, nothing is wrong. {same_way} alarms page this way; this "
            "one was set by hand and takes itself back within a few minutes. Acknowledge it, and "
            "tell the owner of the suite if it did not reach you as it should."
        ),
    )


def _mark(topic: str, now: datetime) -> str:
    return f"DRILL {now:%Y-%m-%d} of {_short(topic)}"


def _short(topic: str) -> str:
    return topic.rpartition(":")[2]
