"""What the templates say of topics and whom they reach."""

from collections.abc import Mapping

import pytest

from infra.assembly import Assembly
from infra.places import ENVIRONMENTS as FOLDER
from infra.routing import Channel, channel_of, reaches
from tests.infrastructure.templates import (
    WORKLOADS,
    account,
    properties,
    resources,
    statements,
    subscribed,
    suffix,
    topics,
)
from watchkeeper.definitions.severity import Severity
from watchkeeper.environment.loader import load_environment

CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
TOPICS = ("critical-alerts", "high-alerts", "warning-alerts", "info-alerts")


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


def test_each_severity_is_told_by_what_the_environment_offers() -> None:
    production = load_environment("production", FOLDER)
    staging = load_environment("staging", FOLDER)
    assert channel_of(production, Severity.P1) is Channel.PAGERDUTY
    assert channel_of(staging, Severity.P1) is Channel.EMAIL
    assert reaches(production, Severity.P2) == "PagerDuty, business hours"
    assert reaches(staging, Severity.P2) == "e-mail"
    assert reaches(staging, Severity.P4) == Severity.P4.reaches
