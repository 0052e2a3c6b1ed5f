"""What the templates say of topics and whom they reach."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.application import ENVIRONMENTS as FOLDER
from infra.routing import Channel, channel_of, reaches
from infra.synthesis import Assembly, synthesise
from tests.infrastructure.templates import account, properties, resources, statements, suffix, texts
from watchkeeper.definitions.errors import EnvironmentFileError
from watchkeeper.definitions.severity import Severity
from watchkeeper.environment.loader import load_environment

CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
WORKLOADS = ("storytailor", "watchkeeper")
TOPICS = ("critical-alerts", "high-alerts", "warning-alerts", "info-alerts")
SLACK = """
[notification.slack]
workspace_id = "T00000000"
channel_id = "C00000000"
"""


def topics(assembly: Assembly) -> Mapping[str, str]:
    """Give the logical name of each topic by its physical one, without the suffix."""
    template = assembly.read(f"Watchkeeper-Notification{suffix(assembly)}")
    return {
        found["Properties"]["TopicName"].removesuffix(suffix(assembly)): name
        for name, found in template["Resources"].items()
        if found["Type"] == "AWS::SNS::Topic"
    }


def subscribed(assembly: Assembly, topic: str) -> list[tuple[str, str]]:
    """List protocol and endpoint of the subscriptions of a topic."""
    reference = {"Ref": topics(assembly)[topic]}
    return [
        (found["Protocol"], found["Endpoint"])
        for found in properties(assembly, "AWS::SNS::Subscription")
        if found["TopicArn"] == reference
    ]


def with_line(name: str, folder: Path, *, replaced: str, by: str) -> Path:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert replaced in text
    (folder / f"{name}.toml").write_text(text.replace(replaced, by, 1), encoding="utf-8")
    return folder


def test_every_workload_has_a_topic_for_each_severity(assembly: Assembly) -> None:
    assert sorted(topics(assembly)) == sorted(f"{w}-{t}" for w in WORKLOADS for t in TOPICS)


def test_topics_are_encrypted_under_a_key_that_lets_cloudwatch_publish(assembly: Assembly) -> None:
    template = assembly.read(f"Watchkeeper-Notification{suffix(assembly)}")["Resources"]
    for topic in properties(assembly, "AWS::SNS::Topic"):
        key = template[topic["KmsMasterKeyId"]["Fn::GetAtt"][0]]["Properties"]
        assert key["EnableKeyRotation"] is True
        granted = [
            statement
            for statement in statements(key["KeyPolicy"])
            if statement["Principal"] == CLOUDWATCH
        ]
        assert [statement["Action"] for statement in granted] == [
            ["kms:Decrypt", "kms:GenerateDataKey*"]
        ]
        assert granted[0]["Condition"] == {"StringEquals": {"aws:SourceAccount": account(assembly)}}


def test_alarms_of_this_account_and_nobody_in_clear_may_publish(assembly: Assembly) -> None:
    policies = {
        found["Topics"][0]["Ref"]: list(statements(found["PolicyDocument"]))
        for found in properties(assembly, "AWS::SNS::TopicPolicy")
    }
    assert sorted(policies) == sorted(topics(assembly).values())
    for topic, (denied, allowed) in policies.items():
        assert denied["Effect"] == "Deny"
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert allowed["Principal"] == CLOUDWATCH
        assert allowed["Action"] == "sns:Publish"
        assert allowed["Resource"] == {"Ref": topic}
        assert allowed["Condition"] == {
            "StringEquals": {"aws:SourceAccount": account(assembly)},
            "ArnLike": {
                "aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{account(assembly)}:alarm:*"
            },
        }


@pytest.mark.parametrize("environment", ["local", "production"])
@pytest.mark.parametrize("workload", WORKLOADS)
def test_pages_go_to_an_address_that_stands_in_no_template(
    assemblies: Mapping[str, Assembly], environment: str, workload: str
) -> None:
    assembly = assemblies[environment]
    secret = f"watchkeeper/{environment}/pagerduty"
    reference = f"{{{{resolve:secretsmanager:{secret}:SecretString:endpoint}}}}"
    mail = ("email", "pipeline-ops@example.com")
    # An alarm of the suite itself may be about the pager: it goes by another way too.
    copies = [mail] if workload == "watchkeeper" else []
    for topic in ("critical-alerts", "high-alerts"):
        assert subscribed(assembly, f"{workload}-{topic}") == [("https", reference), *copies]
    for topic in ("warning-alerts", "info-alerts"):
        assert subscribed(assembly, f"{workload}-{topic}") == [mail]


def test_without_pagerduty_every_severity_goes_by_mail(assemblies: Mapping[str, Assembly]) -> None:
    for topic in topics(assemblies["staging"]):
        assert subscribed(assemblies["staging"], topic) == [("email", "pipeline-ops@example.com")]


def test_no_function_stands_between_an_alarm_and_a_person(assembly: Assembly) -> None:
    protocols = {found["Protocol"] for found in properties(assembly, "AWS::SNS::Subscription")}
    assert protocols <= {"https", "email"}
    assert not resources(assembly, "AWS::Lambda::Permission")


def test_warnings_go_to_slack_when_the_environment_names_a_channel(tmp_path: Path) -> None:
    folder = with_line(
        "production", tmp_path, replaced="\n[allowed_actions]", by=f"{SLACK}\n[allowed_actions]"
    )
    assembly = synthesise("production", tmp_path / "out", folder=folder)
    assert assembly.findings == ()
    [slack] = properties(assembly, "AWS::Chatbot::SlackChannelConfiguration")
    assert slack["SlackChannelId"] == "C00000000"
    assert slack["SnsTopicArns"] == [
        {"Ref": topics(assembly)[f"{workload}-warning-alerts"]} for workload in WORKLOADS
    ]
    [guardrail] = slack["GuardrailPolicies"]
    assert any("CloudWatchReadOnlyAccess" in text for text in texts(guardrail))
    assert subscribed(assembly, "storytailor-warning-alerts") == []
    assert subscribed(assembly, "storytailor-critical-alerts")[0][0] == "https"


def test_an_environment_in_which_a_page_reaches_nobody_is_refused(tmp_path: Path) -> None:
    folder = with_line("staging", tmp_path, replaced='email = ["pipeline-ops@example.com"]', by="")
    with pytest.raises(EnvironmentFileError) as caught:
        synthesise("staging", tmp_path / "out", folder=folder)
    sentence = (
        "staging.toml: table notification: alarms of severity {} would reach nobody, expected {}"
    )
    assert str(caught.value).splitlines() == [
        sentence.format("P1", "pagerduty_secret or email"),
        sentence.format("P2", "pagerduty_secret or email"),
        sentence.format("P3", "slack or email"),
        sentence.format("P4", "email"),
    ]


def test_each_severity_is_told_by_what_the_environment_offers() -> None:
    production = load_environment("production", FOLDER)
    staging = load_environment("staging", FOLDER)
    assert channel_of(production, Severity.P1) is Channel.PAGERDUTY
    assert channel_of(staging, Severity.P1) is Channel.EMAIL
    assert reaches(production, Severity.P2) == "PagerDuty, business hours"
    assert reaches(staging, Severity.P2) == "e-mail"
    assert reaches(staging, Severity.P4) == Severity.P4.reaches
