"""The inbox that stands in for PagerDuty: real SNS posts over real TLS, incidents by alarm."""

import http.client
import json
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from rehearsal.local.certificate import RunCertificate
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.errors import LocalStageError
from rehearsal.local.paging.envelope import AlarmNotice, read_envelope, read_notice
from rehearsal.local.paging.inbox import PATH, PageInbox
from rehearsal.local.paging.subscriptions import prove_confirmed

ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:"
DESCRIPTION = "P2: People are leaving.\n1. Look.\nRunbook: https://docs.example/storm\nDashboard: x"
PATIENCE_SECONDS = 10.0


def message(state: str, alarm: str = "storm", description: str | None = DESCRIPTION) -> str:
    return json.dumps(
        {
            "AlarmName": alarm,
            "AlarmArn": f"{ARN}{alarm}",
            "AlarmDescription": description,
            "NewStateValue": state,
            "NewStateReason": "Threshold Crossed",
            "StateChangeTime": "2026-03-10T14:26:00.000+0000",
        }
    )


def envelope(kind: str, text: str, **more: str) -> str:
    return json.dumps({"Type": kind, "TopicArn": "arn:topic", "Message": text, **more})


@pytest.fixture
def inbox(certificate: RunCertificate) -> Iterator[PageInbox]:
    with PageInbox(certificate, lambda: 1000.0) as inbox:
        yield inbox


def post(inbox: PageInbox, certificate: RunCertificate, body: str, path: str = PATH) -> int:
    where = urlsplit(inbox.endpoint)
    trust = ssl.create_default_context(cafile=str(certificate.authority))
    connection = http.client.HTTPSConnection(where.netloc, timeout=10, context=trust)
    try:
        connection.request("POST", path, body.encode())
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_topic_reaches_the_inbox_once_it_has_confirmed_as_sns_demands(
    emulator: AwsEmulator, inbox: PageInbox
) -> None:
    sns = emulator.client("sns")
    topic = sns.create_topic(Name="high-alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=inbox.endpoint)
    (own,) = [each for each in prove_confirmed(emulator, inbox.endpoint) if each.topic_arn == topic]
    assert (own.endpoint, own.is_confirmed) == (inbox.endpoint, True)

    bodies = json.dumps({"default": message("ALARM"), "email": "for people"})
    sns.publish(TopicArn=topic, Subject="storm", Message=bodies, MessageStructure="json")
    assert inbox.wait_for_pages(1, timeout_seconds=PATIENCE_SECONDS)
    (page,) = inbox.take_pages()
    assert (page.topic_arn, page.notice.alarm, page.received_at) == (topic, "storm", 1000.0)
    assert (page.notice.severity, page.notice.meaning) == ("P2", "People are leaving.")
    assert page.notice.runbook == "https://docs.example/storm"
    assert inbox.take_pages() == []


def test_a_subscription_nobody_confirms_is_named(emulator: AwsEmulator) -> None:
    sns = emulator.client("sns")
    nobody = "https://127.0.0.1:9/nobody"
    with pytest.raises(LocalStageError, match="any topic"):
        prove_confirmed(emulator, nobody, timeout_seconds=0)
    topic = sns.create_topic(Name="unheard")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=nobody)
    with pytest.raises(LocalStageError, match="did not confirm its subscription to unheard"):
        prove_confirmed(emulator, nobody, timeout_seconds=0.2)


@pytest.mark.parametrize(
    ("states", "news", "open_count"),
    [
        (["ALARM"], [True], 1),
        (["ALARM", "OK"], [True, True], 0),
        (["OK"], [False], 0),
        (["ALARM", "ALARM", "OK"], [True, False, True], 0),
        (["ALARM", "INSUFFICIENT_DATA", "OK"], [True, False, True], 0),
        (["ALARM", "OK", "ALARM"], [True, True, True], 1),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, list) else str(value),
)
def test_an_incident_is_opened_once_by_an_alarm_and_resolved_by_ok(
    inbox: PageInbox, states: list[str], news: list[bool], open_count: int
) -> None:
    for state in states:
        inbox.receive(envelope("Notification", message(state)))
    inbox.receive(envelope("Notification", message("OK", alarm="another")))
    assert [page.is_news for page in inbox.take_pages()] == [*news, False]
    assert sum(each.resolved_at is None for each in inbox.incidents) == open_count


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (envelope("Notification", message("ALARM")), 200),
        (envelope("UnsubscribeConfirmation", "you have left"), 200),
        (envelope("Notification", "no alarm"), 400),
        (envelope("Something", message("ALARM")), 400),
        ("[]", 400),
        ("{", 400),
        (envelope("SubscriptionConfirmation", "", SubscribeURL="http://127.0.0.1:9/"), 400),
        (envelope("SubscriptionConfirmation", "", SubscribeURL="https://192.0.2.1/"), 400),
        (envelope("SubscriptionConfirmation", "", SubscribeURL="https://127.0.0.1:9/"), 400),
        ("", 404),
    ],
    ids=[
        "an alarm",
        "a farewell",
        "not CloudWatch's",
        "not SNS's",
        "a list",
        "no JSON",
        "a visit without TLS",
        "a visit elsewhere",
        "a visit to nobody",
        "nothing",
    ],
)
def test_what_is_not_taken_in_is_refused_and_told(
    inbox: PageInbox, certificate: RunCertificate, body: str, status: int
) -> None:
    assert post(inbox, certificate, body) == status
    assert len(inbox.take_problems()) == (status == 400)
    assert inbox.take_problems() == []


def test_another_address_of_the_inbox_is_nobodys(
    inbox: PageInbox, certificate: RunCertificate
) -> None:
    body = envelope("Notification", message("ALARM"))
    assert post(inbox, certificate, body, path="/elsewhere") == 404
    assert inbox.page_count == 0


@pytest.mark.parametrize(
    ("description", "severity", "meaning", "runbook"),
    [
        (DESCRIPTION, "P2", "People are leaving.", "https://docs.example/storm"),
        ("A stranger's alarm", "", "A stranger's alarm", ""),
        ("", "", "", ""),
        (None, "", "", ""),
    ],
    ids=["ours", "a stranger's", "empty", "none"],
)
def test_a_page_says_how_bad_it_is_what_it_means_and_where_to_read_on(
    description: str | None, severity: str, meaning: str, runbook: str
) -> None:
    notice: AlarmNotice = read_notice(message("ALARM", description=description))
    assert (notice.severity, notice.meaning, notice.runbook) == (severity, meaning, runbook)


def test_an_envelope_gives_back_what_sns_put_in() -> None:
    read = read_envelope(envelope("SubscriptionConfirmation", "", SubscribeURL="https://a/"))
    assert (read.kind, read.topic_arn, read.subscribe_url) == (
        "SubscriptionConfirmation",
        "arn:topic",
        "https://a/",
    )
