"""The drill of the alarms' routes, against an emulated CloudWatch and SNS."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from tests.integration.emulated import own_emulator
from watchkeeper.definitions.errors import DrillError
from watchkeeper.drill.job import drill_alarms
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import AlarmDrillSettings

Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    """Give one emulated account; each test has topics of its own in it."""
    with own_emulator() as emulator:
        yield emulator.client


@pytest.fixture
def topic(clients: Clients) -> str:
    """Give a topic that somebody subscribes to."""
    return make_topic(clients, "critical", "oncall@example.com")


def make_topic(clients: Clients, name: str, *addresses: str) -> str:
    unique = f"{name}-{uuid4().hex[:8]}"
    arn: str = clients("sns").create_topic(Name=unique)["TopicArn"]
    for address in addresses:
        clients("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint=address)
    return arn


def name_of(topic: str) -> str:
    return topic.rpartition(":")[2]


def put_alarm(
    clients: Clients, name: str, *topics: str, state: str = "OK", enabled: bool = True
) -> str:
    """Put an alarm whose name is the test's own; return that name."""
    cloudwatch = clients("cloudwatch")
    unique = f"{name}-{name_of(topics[0])}"
    cloudwatch.put_metric_alarm(
        AlarmName=unique,
        Namespace="Shop",
        MetricName="Orders",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        ActionsEnabled=enabled,
        AlarmActions=list(topics),
    )
    cloudwatch.set_alarm_state(AlarmName=unique, StateValue=state, StateReason="as it was")
    return unique


def drill(clients: Clients, *topics: str) -> Any:
    # Not the wall clock's day but that of the test: the mark of a drill is its day.
    run = Run(
        job="alarm_drill",
        settings=AlarmDrillSettings(environment="production", drilled_topics=topics),
        now=datetime.now(UTC) - timedelta(minutes=1),
        request_id="request",
        deadline=float("inf"),
        log=Logger(service="drill"),
        aws=clients,
    )
    return drill_alarms(run)


def look(clients: Clients, alarm: str) -> tuple[str, str]:
    (found,) = clients("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return found["StateValue"], found["StateReason"]


def test_each_topic_gets_one_test_page_by_the_alarm_that_pages_the_fewest_others(
    clients: Clients, topic: str
) -> None:
    warning = make_topic(clients, "warning", "team@example.com")
    both = put_alarm(clients, "both", topic, warning)
    down = put_alarm(clients, "database-down", topic)
    vetoes = put_alarm(clients, "high-veto-rate", warning)
    foreign = put_alarm(clients, "foreign", make_topic(clients, "foreign"))
    assert drill(clients, topic, warning) == {
        "alarms": 3,
        "paged": {name_of(topic): down, name_of(warning): vetoes},
    }
    assert [look(clients, each)[0] for each in (both, foreign)] == ["OK", "OK"]
    state, reason = look(clients, down)
    assert state == "ALARM"
    assert f"of {name_of(topic)}: a test, nothing is wrong. 2 alarms page this way" in reason


def test_a_second_try_of_the_same_drill_pages_nobody_again(clients: Clients, topic: str) -> None:
    down = put_alarm(clients, "database-down", topic)
    other = put_alarm(clients, "health-check", topic)
    assert drill(clients, topic)["paged"] == {name_of(topic): down}
    assert drill(clients, topic)["paged"] == {}
    assert look(clients, other) == ("OK", "as it was")


@pytest.mark.parametrize(
    ("alarm", "problem"),
    [
        (None, "no alarm in state OK pages this way"),
        ({"state": "ALARM"}, "no alarm in state OK pages this way"),
        ({"state": "INSUFFICIENT_DATA"}, "no alarm in state OK pages this way"),
        (
            {"enabled": False},
            "its actions are disabled, so it pages nobody; .*no alarm in state OK",
        ),
    ],
)
def test_a_route_without_an_alarm_that_pages_is_told(
    clients: Clients, topic: str, alarm: dict[str, Any] | None, problem: str
) -> None:
    if alarm is not None:
        put_alarm(clients, "only", topic, **alarm)
    with pytest.raises(DrillError, match=problem):
        drill(clients, topic)


def test_a_topic_that_nobody_subscribes_to_is_told_and_the_others_are_drilled(
    clients: Clients, topic: str
) -> None:
    deaf = make_topic(clients, "deaf")
    put_alarm(clients, "lost", deaf)
    down = put_alarm(clients, "database-down", topic)
    with pytest.raises(DrillError, match=rf"{name_of(deaf)}: nobody subscribes to it$"):
        drill(clients, deaf, topic)
    assert look(clients, down)[0] == "ALARM"


def stub(clients: Clients, service: str, operation: str, answer: Callable[..., Any]) -> Clients:
    """Answer one call of a service by the test; the others reach the emulator."""

    class Client:
        def __getattr__(self, name: str) -> Any:
            return answer if name == operation else getattr(clients(service), name)

    return lambda name: Client() if name == service else clients(name)


def test_a_subscription_that_was_never_confirmed_is_told(clients: Clients, topic: str) -> None:
    put_alarm(clients, "database-down", topic)

    class Pages:
        def paginate(self, **_: object) -> list[dict[str, Any]]:
            arns = (f"{topic}:1", "PendingConfirmation")
            return [{"Subscriptions": [{"SubscriptionArn": arn} for arn in arns]}]

    stubbed = stub(clients, "sns", "get_paginator", lambda _: Pages())
    with pytest.raises(DrillError, match="1 of 2 subscriptions never confirmed"):
        drill(stubbed, topic)


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling"])
def test_a_refused_call_breaks_the_drill_off_loudly_and_the_next_try_pages(
    clients: Clients, topic: str, code: str
) -> None:
    down = put_alarm(clients, "database-down", topic)

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "SetAlarmState")

    with pytest.raises(DrillError, match=f"was broken off: .*{code}.*SetAlarmState"):
        drill(stub(clients, "cloudwatch", "set_alarm_state", refuse), topic)
    assert drill(clients, topic)["paged"] == {name_of(topic): down}
