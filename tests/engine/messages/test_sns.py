"""What subscribers receive: held against messages that the real service delivered."""

import json
from typing import Any

import pytest

from rehearsal.engine.alarm import Actions, MetricAlarm, MetricStat, Query, State, Treatment
from rehearsal.engine.messages.sns import write_notification
from rehearsal.engine.metrics.identity import MetricIdentity
from tests.engine.messages.samples import (
    ACCOUNT,
    CPU,
    HOME,
    TOPIC,
    change,
    composite_alarm,
    metric_alarm,
    moment,
)

AT = moment("2026-09-14T11:18:44.401")
CONFIGURED = moment("2026-09-14T11:18:43.496")
PERCENT = MetricStat(metric=CPU, statistic="Average", period_seconds=300, unit="Percent")


def test_the_message_of_a_metric_alarm_has_the_delivered_keys_in_order() -> None:
    alarm = metric_alarm(stat=PERCENT, description="load of the web servers")
    notification = write_notification(alarm, change(alarm, AT), configured_at=CONFIGURED)
    assert notification.message == (
        '{"AlarmName":"cpu","AlarmDescription":"load of the web servers",'
        f'"AWSAccountId":"{ACCOUNT}",'
        '"AlarmConfigurationUpdatedTimestamp":"2026-09-14T11:18:43.496+0000",'
        '"NewStateValue":"ALARM","NewStateReason":"observed transition",'
        '"StateChangeTime":"2026-09-14T11:18:44.401+0000","Region":"US East (N. Virginia)",'
        f'"AlarmArn":"{HOME}cpu","OldStateValue":"INSUFFICIENT_DATA",'
        '"ActionExecutedAfterMuteWindow":false,"OKActions":[],'
        f'"AlarmActions":["{TOPIC}"],"InsufficientDataActions":[],'
        '"Trigger":{"MetricName":"CPUUtilization","Namespace":"AWS/EC2",'
        '"StatisticType":"Statistic","Statistic":"AVERAGE","Unit":"Percent","Dimensions":[],'
        '"Period":300,"EvaluationPeriods":1,"DatapointsToAlarm":1,'
        '"ComparisonOperator":"GreaterThanThreshold","Threshold":50.0,'
        '"TreatMissingData":"ignore","EvaluateLowSampleCountPercentile":""}}'
    )


def trigger(alarm: MetricAlarm) -> dict[str, Any]:
    """Return the Trigger of an alarm's message."""
    document: dict[str, Any] = write_notification(alarm, change(alarm, AT)).document
    found: dict[str, Any] = document["Trigger"]
    return found


def test_a_trigger_says_what_is_not_given_and_lists_dimensions_value_first() -> None:
    metric = MetricIdentity.of("N", "m", {"Queue": "q", "Account": "a"})
    stat = MetricStat(metric=metric, statistic="SampleCount", period_seconds=60)
    found = trigger(metric_alarm(stat=stat, treatment=Treatment.NOT_BREACHING))
    assert found["Unit"] is None
    assert found["Statistic"] == "SAMPLE_COUNT"
    assert json.dumps(found["Dimensions"]) == (
        '[{"value": "a", "name": "Account"}, {"value": "q", "name": "Queue"}]'
    )
    assert found["TreatMissingData"] == "notBreaching"


def test_a_percentile_is_an_extended_statistic() -> None:
    stat = MetricStat(metric=CPU, statistic="p99", period_seconds=60)
    found = trigger(metric_alarm(stat=stat, ignores_low_samples=True))
    assert (found["StatisticType"], found["ExtendedStatistic"]) == ("ExtendedStatistic", "p99")
    assert "Statistic" not in found
    assert found["EvaluateLowSampleCountPercentile"] == "ignore"


def test_an_alarm_without_description_says_null() -> None:
    for alarm in (metric_alarm(), composite_alarm()):
        assert write_notification(alarm, change(alarm, AT)).document["AlarmDescription"] is None


MINUTE = MetricStat(metric=CPU, statistic="Average", period_seconds=60, unit="Percent")
QUERIES = (
    Query(id="m1", stat=MINUTE, label="CPU label", returns_data=False, account=ACCOUNT),
    Query(id="e1", expression="m1 + 0", label="Expression label", period_seconds=60),
)


def test_the_trigger_of_metric_math_lists_its_queries_as_delivered() -> None:
    assert json.dumps(trigger(metric_alarm(queries=QUERIES)), separators=(",", ":")) == (
        '{"Period":60,"EvaluationPeriods":1,"DatapointsToAlarm":1,'
        '"ComparisonOperator":"GreaterThanThreshold","Threshold":50.0,'
        '"TreatMissingData":"ignore","EvaluateLowSampleCountPercentile":"",'
        '"Metrics":[{"Id":"m1","Label":"CPU label","MetricStat":{"Metric":{"Dimensions":[],'
        '"MetricName":"CPUUtilization","Namespace":"AWS/EC2"},"Period":60,"Stat":"Average",'
        f'"Unit":"Percent"}},"ReturnData":false,"AccountId":"{ACCOUNT}"}},'
        '{"Expression":"m1 + 0","Id":"e1","Label":"Expression label","ReturnData":true,'
        '"Period":60}]}'
    )


def test_queries_keep_silent_about_what_they_were_not_given() -> None:
    stat = MetricStat(metric=CPU, statistic="Sum", period_seconds=60)
    queries = (Query(id="m1", stat=stat, returns_data=False), Query(id="e1", expression="m1"))
    first, second = trigger(metric_alarm(queries=queries))["Metrics"]
    assert list(first) == ["Id", "MetricStat", "ReturnData"]
    assert list(first["MetricStat"]) == ["Metric", "Period", "Stat"]
    assert list(second) == ["Expression", "Id", "ReturnData"]


CHILD = {
    "arn": HOME + "child",
    "state": {"value": "ALARM", "timestamp": "2026-09-14T11:18:52.496+0000"},
}
CHILD_CHANGED = f"{HOME}child transitioned to ALARM at Monday 14 September, 2026 11:18:52 UTC"


def test_the_message_of_a_composite_has_its_own_keys_in_order() -> None:
    alarm = composite_alarm(description="one of them")
    transition = change(
        alarm,
        moment("2026-09-14T11:18:52.496"),
        old=State.OK,
        reason=CHILD_CHANGED,
        data={"triggeringAlarms": [CHILD]},
    )
    assert write_notification(alarm, transition).message == (
        '{"AlarmName":"both","AlarmDescription":"one of them",'
        f'"AWSAccountId":"{ACCOUNT}","NewStateValue":"ALARM",'
        f'"NewStateReason":"{CHILD_CHANGED}",'
        '"StateChangeTime":"2026-09-14T11:18:52.496+0000","Region":"US East (N. Virginia)",'
        f'"AlarmArn":"{HOME}both","OKActions":[],"AlarmActions":["{TOPIC}"],'
        '"InsufficientDataActions":[],"ActionExecutedAfterMuteWindow":false,'
        '"OldStateValue":"OK","AlarmRule":"ALARM(\\"child\\")",'
        f'"TriggeringChildren":[{{"Arn":"{HOME}child","State":{{"Value":"ALARM",'
        '"Timestamp":"2026-09-14T11:18:52.496+0000"}}]}'
    )


def test_an_action_after_a_mute_window_says_so() -> None:
    for alarm in (metric_alarm(), composite_alarm()):
        document = write_notification(alarm, change(alarm, AT), after_mute=True).document
        assert document["ActionExecutedAfterMuteWindow"] is True


LONG = "probing-many-long-names-4b229becf207-al-" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" * 5


@pytest.mark.parametrize(
    ("name", "subject", "sms"),
    [
        ("cpu", "cpu", "cpu"),
        # 66 characters are what the frame leaves of 100.
        ("n" * 66, "n" * 66, "n" * 66),
        ("n" * 67, "n" * 63 + "...", "n" * 67),
        # As recorded for a name of this length.
        (LONG, LONG[:63] + "...", LONG[:87] + "..."),
        ("unicode-" + "界é" * 60, "unicode-_", "unicode-_"),
        ("é-a\tb-界", "_-a_b-_", "_-a_b-_"),
    ],
)
def test_a_subject_holds_100_characters_and_plain_letters(
    name: str, subject: str, sms: str
) -> None:
    alarm = metric_alarm(name)
    notification = write_notification(alarm, change(alarm, AT))
    assert notification.subject == f'ALARM: "{subject}" in US East (N. Virginia)'
    assert len(notification.subject) <= 100
    assert notification.sms == f'ALARM: "{sms}" in US East (N. Virginia)'
    assert notification.document["AlarmName"] == name


def test_the_subject_is_cut_to_100_characters_in_every_state_and_region() -> None:
    alarm = metric_alarm("n" * 255, region="sa-east-1")
    transition = change(alarm, AT, old=State.OK, new=State.INSUFFICIENT_DATA)
    subject = write_notification(alarm, transition).subject
    assert len(subject) == 100
    assert subject.endswith('nnn..." in South America (Sao Paulo)')


def test_each_protocol_has_its_own_body() -> None:
    alarm = metric_alarm()
    notification = write_notification(alarm, change(alarm, AT))
    assert notification.bodies == {
        "default": notification.message,
        "sms": 'ALARM: "cpu" in US East (N. Virginia)',
        "email": notification.email,
    }


def test_the_e_mail_of_a_metric_alarm_reads_as_delivered() -> None:
    alarm = metric_alarm(stat=PERCENT, description="load of the web servers")
    assert write_notification(alarm, change(alarm, AT)).email == (
        'You are receiving this email because your Amazon CloudWatch Alarm "cpu" in the '
        "US East (N. Virginia) region has entered the ALARM state, because "
        '"observed transition" at "Monday 14 September, 2026 11:18:44 UTC".\n'
        "\n"
        "View this alarm in the AWS Management Console:\n"
        "https://us-east-1.console.aws.amazon.com/cloudwatch/deeplink.js?region=us-east-1"
        "#alarmsV2:alarm/cpu\n"
        "\n"
        "Alarm Details:\n"
        "- Name:                       cpu\n"
        "- Description:                load of the web servers\n"
        "- State Change:               INSUFFICIENT_DATA -> ALARM\n"
        "- Reason for State Change:    observed transition\n"
        "- Timestamp:                  Monday 14 September, 2026 11:18:44 UTC\n"
        f"- AWS Account:                {ACCOUNT}\n"
        f"- Alarm Arn:                  {HOME}cpu\n"
        "\n"
        "Threshold:\n"
        "- The alarm is in the ALARM state when the metric is GreaterThanThreshold 50.0 for at "
        "least 1 of the last 1 period(s) of 300 seconds. \n"
        "\n"
        "Monitored Metric:\n"
        "- MetricNamespace:                     AWS/EC2\n"
        "- MetricName:                          CPUUtilization\n"
        "- Dimensions:                          \n"
        "- Period:                              300 seconds\n"
        "- Statistic:                           Average\n"
        "- Unit:                                Percent\n"
        "- TreatMissingData:                    ignore\n"
        "\n"
        "\n"
        "State Change Actions:\n"
        "- OK: \n"
        f"- ALARM: [{TOPIC}]\n"
        "- INSUFFICIENT_DATA: \n"
    )


def test_the_e_mail_of_metric_math_names_the_expression() -> None:
    alarm = metric_alarm(queries=QUERIES)
    assert (
        "period(s) of 60 seconds. \n"
        "\n"
        "Monitored Metrics:\n"
        "- MetricExpression:           m1 + 0\n"
        "- MetricLabel:                Expression label\n"
        "\n"
        "State Change Actions:\n"
    ) in write_notification(alarm, change(alarm, AT)).email


def test_an_alarm_given_as_one_metric_query_has_no_expression_to_name() -> None:
    alarm = metric_alarm(queries=(Query(id="m1", stat=MINUTE),))
    email = write_notification(alarm, change(alarm, AT)).email
    assert "- MetricExpression:           \n- MetricLabel:                \n" in email


def test_the_e_mail_of_a_composite_lists_the_children_that_triggered() -> None:
    alarm = composite_alarm()
    transition = change(
        alarm,
        moment("2026-09-14T11:18:52.496"),
        old=State.OK,
        reason=CHILD_CHANGED,
        data={"triggeringAlarms": [CHILD] * 12},
    )
    email = write_notification(alarm, transition).email
    assert email.startswith(
        'You are receiving this email because your Amazon CloudWatch Alarm "both" in the '
        "US East (N. Virginia) region has transitioned to ALARM state on "
        f'Monday 14 September, 2026 11:18:52 UTC, because "{CHILD_CHANGED}".\n\n'
    )
    assert (
        "- State Change:               OK -> ALARM\n"
        '- Alarm Rule:                 ALARM("child")\n'
        f"- Reason for State Change:    {CHILD_CHANGED}\n"
    ) in email
    line = f"- {HOME}child   ALARM               Monday 14 September, 2026 11:18:52 UTC\n"
    assert f"\n\nTriggering children (max. 10):\n{line * 10}\nState Change Actions:\n" in email


def test_the_e_mail_s_link_survives_any_name() -> None:
    alarm = metric_alarm("disk full/界", actions=Actions(ok=("a", "b")))
    email = write_notification(alarm, change(alarm, AT)).email
    assert "#alarmsV2:alarm/disk%20full%2F%E7%95%8C\n" in email
    assert "- OK: [a] [b]\n- ALARM: \n" in email


def test_the_e_mail_says_what_a_metric_alarm_was_not_given() -> None:
    metric = MetricIdentity.of("N", "m", {"A": "1", "B": "2"})
    alarm = metric_alarm(stat=MetricStat(metric=metric, statistic="Sum", period_seconds=60))
    email = write_notification(alarm, change(alarm, AT)).email
    assert "- Dimensions:                          [A = 1], [B = 2]\n" in email
    assert "- Unit:                                not specified\n" in email
