"""Physical names are bare in production, suffixed elsewhere, and make ARNs of a partition."""

from pathlib import Path

import pytest

from infra.links import dashboard_url, runbook_url
from watchkeeper.definitions.severity import Severity
from watchkeeper.environment.loader import load_environment
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names
from watchkeeper.workloads.storytailor.jobs import PIPELINE_METRICS

FOLDER = Path(__file__).resolve().parents[2] / "environments"
PRODUCTION = load_environment("production", FOLDER)
STAGING = load_environment("staging", FOLDER)


def in_region(region: str) -> Environment:
    return PRODUCTION.model_copy(update={"region": region})


def test_names_are_bare_in_production() -> None:
    names = Names(PRODUCTION)
    assert names.function(PIPELINE_METRICS) == "watchkeeper-pipeline-metrics"
    assert names.log_group(PIPELINE_METRICS) == "/aws/lambda/watchkeeper-pipeline-metrics"
    assert names.topic("storytailor", Severity.P1) == "storytailor-critical-alerts"
    assert names.backup_bucket == "watchkeeper-backup-111111111111-us-east-1"
    assert names.workload_stack("Self") == "Watchkeeper-Self"


def test_names_are_suffixed_elsewhere() -> None:
    names = Names(STAGING)
    assert names.function(PIPELINE_METRICS) == "watchkeeper-pipeline-metrics-staging"
    assert names.topic("storytailor", Severity.P4) == "storytailor-info-alerts-staging"
    assert names.backup_bucket == "watchkeeper-backup-222222222222-us-east-1-staging"
    assert names.backup_key_arn == "{{resolve:ssm:/watchkeeper-staging/backup-key-arn}}"
    assert names.alarm_arn("storytailor-database-down") == (
        "arn:aws:cloudwatch:us-east-1:222222222222:alarm:storytailor-database-down-staging"
    )


@pytest.mark.parametrize(
    ("region", "partition", "console"),
    [
        ("eu-west-1", "aws", "eu-west-1.console.aws.amazon.com"),
        ("us-gov-east-1", "aws-us-gov", "us-gov-east-1.console.amazonaws-us-gov.com"),
        ("cn-north-1", "aws-cn", "cn-north-1.console.amazonaws.cn"),
    ],
)
def test_arns_and_links_are_of_the_partition_of_the_region(
    region: str, partition: str, console: str
) -> None:
    environment = in_region(region)
    names = Names(environment)
    assert names.topic_arn("storytailor", Severity.P2) == (
        f"arn:{partition}:sns:{region}:111111111111:storytailor-high-alerts"
    )
    assert names.bucket_arn("b", "x/*") == f"arn:{partition}:s3:::b/x/*"
    assert dashboard_url(environment, "Watchkeeper") == (
        f"https://{console}/cloudwatch/home?region={region}#dashboards/dashboard/Watchkeeper"
    )


def test_a_runbook_is_a_section_of_its_workloads_page() -> None:
    assert runbook_url(STAGING, "storytailor", "storytailor-database-down") == (
        f"{STAGING.docs_url}/runbooks/storytailor.md#storytailor-database-down"
    )
