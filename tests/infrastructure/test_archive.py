"""The archive exists only where it is allowed, and then may do what it does and no more."""

import json
from collections.abc import Mapping

import pytest

from infra.assembly import Assembly
from tests.infrastructure.templates import listed, properties, statements


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_where_rows_may_not_be_archived_nothing_can_delete_them(
    assemblies: Mapping[str, Assembly], environment: str
) -> None:
    for template in assemblies[environment].templates:
        text = json.dumps(assemblies[environment].read(template)).lower()
        assert "watchkeeper-archive" not in text
        assert "archive_secret" not in text


def test_where_they_may_the_function_reads_and_writes_its_own_folder(
    assemblies: Mapping[str, Assembly],
) -> None:
    [policy] = (
        found
        for found in properties(assemblies["local"], "AWS::IAM::Policy")
        if found["PolicyName"].startswith("archiveRole")
    )
    found = {
        (action, json.dumps(statement.get("Condition", {}), sort_keys=True))
        for statement in statements(policy["PolicyDocument"])
        for action in listed(statement["Action"])
        if action.startswith(("s3:", "kms:", "secretsmanager:", "dynamodb:"))
    }
    bucket = "arn:aws:s3:::watchkeeper-archive-000000000000-us-east-1-local"
    sealed = {
        "StringEquals": {
            "kms:EncryptionContext:aws:s3:arn": bucket,
            "kms:ViaService": "s3.us-east-1.amazonaws.com",
        }
    }
    assert found == {
        ("s3:GetObject", "{}"),
        ("s3:GetObjectVersion", "{}"),
        ("s3:PutObject", "{}"),
        ("s3:ListBucket", json.dumps({"StringLike": {"s3:prefix": "local/*"}})),
        ("kms:Decrypt", json.dumps(sealed)),
        ("kms:GenerateDataKey", json.dumps(sealed)),
        ("secretsmanager:GetSecretValue", "{}"),
    }


def test_it_runs_on_sundays_at_two(assemblies: Mapping[str, Assembly]) -> None:
    [schedule] = (
        found
        for found in properties(assemblies["local"], "AWS::Scheduler::Schedule")
        if found["Name"] == "watchkeeper-archive-local"
    )
    assert schedule["ScheduleExpression"] == "cron(0 2 ? * SUN *)"
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
