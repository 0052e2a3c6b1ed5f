"""What the functions that send reports may do: by mail in one environment, by topic in another."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.assembly import Assembly
from infra.permissions import FunctionPermissions
from infra.places import ENVIRONMENTS
from infra.rights.permission import Permission
from tests.infrastructure.deployed_functions import functions, settings
from tests.infrastructure.templates import account, properties, suffix
from watchkeeper.definitions.errors import EnvironmentFileError
from watchkeeper.environment.loader import load_environment

REPORTS = {
    "daily-summary": "cron(0 8 * * ? *)",
    "weekly-review": "cron(30 8 ? * MON *)",
    "monthly-report": "cron(30 9 ? * 2#1 *)",
}


def permissions(assembly: Assembly, job: str) -> Iterator[Permission]:
    """Yield what a function may do."""
    environment = load_environment(assembly.environment, ENVIRONMENTS)
    return FunctionPermissions(environment).of(settings(functions(assembly)[job]))


@pytest.mark.parametrize("environment", ["production", "staging"])
@pytest.mark.parametrize("job", REPORTS)
def test_a_report_reads_its_sources_keeps_itself_and_goes_one_way(
    assemblies: Mapping[str, Assembly], environment: str, job: str
) -> None:
    given = {
        action: each.resources
        for each in permissions(assemblies[environment], job)
        for action in each.actions
        if not action.startswith("kms:")
    }
    number, ending = account(assemblies[environment]), suffix(assemblies[environment])
    bucket = f"arn:aws:s3:::watchkeeper-backup-{number}-us-east-1{ending}"
    kept = (f"{bucket}/{environment}/reports/*",)
    sent = (
        {"ses:SendEmail": (f"arn:aws:ses:us-east-1:{number}:identity/example.com",)}
        if environment == "production"
        else {"sns:Publish": (f"arn:aws:sns:us-east-1:{number}:storytailor-info-alerts{ending}",)}
    )
    alarms = ("*",)
    secret = f"arn:aws:secretsmanager:us-east-1:{number}:secret:watchkeeper/{environment}"
    assert given == {
        **sent,
        "cloudwatch:DescribeAlarmHistory": alarms,
        "cloudwatch:DescribeAlarms": alarms,
        "cloudwatch:GetMetricData": ("*",),
        "s3:GetObject": kept,
        "s3:ListBucket": (bucket,),
        "s3:PutObject": kept,
        "secretsmanager:GetSecretValue": (f"{secret}/database-??????",),
    }


def test_a_mail_goes_from_the_named_sender_only(assemblies: Mapping[str, Assembly]) -> None:
    [mail] = [
        each
        for each in permissions(assemblies["production"], "daily-summary")
        if "ses:SendEmail" in each.actions
    ]
    assert mail.conditions == {"StringEquals": {"ses:FromAddress": "watchkeeper@example.com"}}


@pytest.mark.parametrize(("job", "expression"), REPORTS.items())
def test_a_report_has_a_schedule_of_its_own(
    assemblies: Mapping[str, Assembly], job: str, expression: str
) -> None:
    [schedule] = [
        found
        for found in properties(assemblies["production"], "AWS::Scheduler::Schedule")
        if found["Name"] == f"watchkeeper-{job}"
    ]
    assert schedule["ScheduleExpression"] == expression


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('sender = "watchkeeper@example.com"', 'sender = "me@example.org"', "address of example"),
        ('identity = "example.com"', 'identity = "not a domain"', "verified in SES"),
        (
            'recipients = ["pipeline-ops@example.com"]\n\n[allowed',
            "recipients = []\n\n[allowed",
            "1",
        ),
    ],
)
def test_a_sender_that_ses_would_refuse_is_refused_before(
    tmp_path: Any, old: str, new: str, words: str
) -> None:
    text = (ENVIRONMENTS / "production.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "production.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(EnvironmentFileError, match=words):
        load_environment("production", tmp_path)
