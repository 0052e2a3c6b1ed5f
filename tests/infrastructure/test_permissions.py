"""What the templates say of what functions may do, and what is refused to be derived."""

from collections.abc import Mapping

import pytest

from infra.assembly import Assembly
from infra.permissions import FunctionPermissions
from infra.places import ENVIRONMENTS as FOLDER
from infra.rights.permission import Permission
from tests.infrastructure.deployed_functions import (
    FREQUENT_JOBS,
    JOBS,
    REPORTS,
    allowed,
    functions,
    policy,
    settings,
)
from tests.infrastructure.templates import account, listed, properties, suffix
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.environment.loader import load_environment

# Every wildcard among the resources of policies, by function; the rest is named one by one.
EXPORTED = "arn:aws:ssm:us-east-1:{account}:parameter/storytailor-{environment}/*"
TRACED = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
WILDCARDS = {
    **{job: {"*": TRACED} for job in FREQUENT_JOBS},
    # To publish to a topic whose key only AWS can name; only SNS can use it for that.
    "unsubscribe-spike": {
        "*": TRACED,
        "arn:aws:kms:us-east-1:{account}:key/*": {"kms:Decrypt", "kms:GenerateDataKey"},
    },
    "cost-metrics": {"*": {*TRACED, "ce:GetCostAndUsage"}},
    "eventbridge-canary": {
        "*": TRACED,
        "arn:aws:logs:us-east-1:{account}:log-group:/aws/lambda/"
        "storytailor-intelligence-curator-{environment}:*": {"logs:FilterLogEvents"},
    },
    "alarm-drill": {
        "*": {*TRACED, "cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"},
        "arn:aws:cloudwatch:us-east-1:{account}:alarm:storytailor-*": {"cloudwatch:SetAlarmState"},
        "arn:aws:cloudwatch:us-east-1:{account}:alarm:watchkeeper-*": {"cloudwatch:SetAlarmState"},
    },
    "code-snapshot": {
        "*": TRACED,
        "arn:aws:s3:::watchkeeper-backup-{account}-us-east-1{suffix}/{environment}/code/*": {
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:PutObject",
        },
    },
    "config-drift": {
        "*": {*TRACED, "ssm:DescribeParameters"},
        EXPORTED: {
            "ssm:GetParameterHistory",
            "ssm:GetParameters",
            "ssm:GetParametersByPath",
            "ssm:ListTagsForResource",
        },
        "arn:aws:s3:::watchkeeper-backup-{account}-us-east-1{suffix}/{environment}/*": {
            "s3:GetObjectVersion",
        },
    },
    "ssm-backup": {
        "*": {*TRACED, "ssm:DescribeParameters"},
        EXPORTED: {
            "ssm:GetParameterHistory",
            "ssm:GetParameters",
            "ssm:GetParametersByPath",
            "ssm:ListTagsForResource",
        },
        "arn:aws:kms:us-east-1:{account}:key/*": {"kms:Decrypt"},
        "arn:aws:s3:::watchkeeper-backup-{account}-us-east-1{suffix}/{environment}/*": {
            "s3:GetObjectVersion",
            "s3:PutObject",
        },
    },
}


@pytest.mark.parametrize("job", sorted(set(JOBS) - set(REPORTS)))
def test_wildcards_are_those_that_iam_forces(assemblies: Mapping[str, Assembly], job: str) -> None:
    for environment in ("production", "staging"):
        assembly = assemblies[environment]
        function = functions(assembly)[job]
        found: dict[str, set[str]] = {}
        for statement in policy(assembly, function):
            assert not any("*" in action for action in listed(statement["Action"]))
            for resource in listed(statement["Resource"]):
                if isinstance(resource, str) and "*" in resource:
                    found.setdefault(resource, set()).update(listed(statement["Action"]))
        names = {
            "account": account(assembly),
            "environment": environment,
            "suffix": suffix(assembly),
        }
        assert found == {arn.format(**names): calls for arn, calls in WILDCARDS[job].items()}


def test_only_the_wildcard_statements_of_the_emulator_differ(
    assemblies: Mapping[str, Assembly],
) -> None:
    local = allowed(assemblies["local"], "ssm-backup", "ssm:GetParametersByPath")
    assert local == ["*"]
    assert "*" not in allowed(assemblies["staging"], "ssm-backup", "ssm:GetParametersByPath")


def test_the_health_check_may_use_exactly_what_its_checks_name(assembly: Assembly) -> None:
    job = "health-check"
    called = allowed(assembly, job, "lambda:InvokeFunction")
    assert [arn.rpartition(":")[2] for arn in called] == [
        f"storytailor-intelligence-curator-{assembly.environment}",
        f"storytailor-universal-agent-{assembly.environment}",
    ]
    [secret] = allowed(assembly, job, "secretsmanager:GetSecretValue")
    assert secret.endswith(f":secret:watchkeeper/{assembly.environment}/database-??????")
    switches = allowed(assembly, job, "ssm:GetParameter")
    assert [arn.partition("/pipelines/")[2] for arn in switches] == [
        "crisis-alert/enabled",
        "daily-digest/enabled",
    ]
    assert len(allowed(assembly, job, "events:DescribeRule")) == 8
    [latest] = allowed(assembly, job, "s3:GetObject")
    assert latest.endswith(f"/{assembly.environment}/latest.json")
    assert not allowed(assembly, job, "ssm:PutParameter")


@pytest.mark.parametrize(
    ("job", "ledgers"),
    [
        ("pipeline-metrics", ["pipeline_executions", "job_deadlines"]),
        (
            "unsubscribe-spike",
            ["emails_sent", "unsubscribes", "unsubscribe_anomaly", "unsubscribe_switch"],
        ),
    ],
)
def test_a_counting_function_touches_its_own_ledgers_only(
    assembly: Assembly, job: str, ledgers: list[str]
) -> None:
    [statement] = [
        statement
        for statement in policy(assembly, functions(assembly)[job])
        if "dynamodb:Query" in statement["Action"]
    ]
    assert statement["Resource"].endswith(f":table/watchkeeper-ledger{suffix(assembly)}")
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ledgers}
    }
    assert settings(functions(assembly)[job])["ledgers"] == ledgers


def test_a_secret_parameter_is_opened_by_parameter_store_and_below_the_path_only(
    assembly: Assembly,
) -> None:
    [statement] = [
        statement
        for statement in policy(assembly, functions(assembly)["ssm-backup"])
        if "Condition" in statement
    ]
    assert statement["Action"] == "kms:Decrypt"
    assert statement["Condition"]["StringEquals"] == {
        "kms:ViaService": "ssm.us-east-1.amazonaws.com"
    }
    [bound] = statement["Condition"]["StringLike"].values()
    assert bound.endswith(f":parameter/storytailor-{assembly.environment}/*")


def test_the_backup_key_is_named_by_a_reference_to_what_the_state_stack_writes(
    assembly: Assembly,
) -> None:
    reference = f"{{{{resolve:ssm:/watchkeeper{suffix(assembly)}/backup-key-arn}}}}"
    assert allowed(assembly, "ssm-backup", "kms:Encrypt") == [reference]
    assert settings(functions(assembly)["ssm-backup"])["key_arn"] == reference
    [parameter] = properties(assembly, "AWS::SSM::Parameter")
    assert parameter["Name"] in reference


@pytest.fixture
def permissions() -> FunctionPermissions:
    elsewhere = {"region": "us-gov-west-1"}
    return FunctionPermissions(load_environment("staging", FOLDER).model_copy(update=elsewhere))


def test_a_setting_of_which_nothing_is_known_is_refused(permissions: FunctionPermissions) -> None:
    with pytest.raises(DefinitionError) as caught:
        list(permissions.of({"environment": "staging", "topic": "x"}))
    assert str(caught.value) == (
        "nothing says what the setting 'topic' lets a function do, "
        "expected an entry in infra/permissions.py"
    )


def test_a_kind_of_check_of_which_nothing_is_known_is_refused(
    permissions: FunctionPermissions,
) -> None:
    check = {"name": "pulse", "kind": "feel", "target": {}}
    with pytest.raises(DefinitionError) as caught:
        list(permissions.of({"checks": [check]}))
    assert str(caught.value) == (
        "check pulse: nothing says what the kind 'feel' has to be allowed, "
        "expected an entry in infra/permissions.py"
    )


def test_a_rule_on_a_bus_of_its_own_is_named_with_it(permissions: FunctionPermissions) -> None:
    target = {"rules": "a, b", "bus": "orders"}
    check = {"name": "rules", "kind": "eventbridge_rules", "target": target}
    [permission] = permissions.of({"checks": [check]})
    assert permission.resources == (
        "arn:aws-us-gov:events:us-gov-west-1:222222222222:rule/orders/a",
        "arn:aws-us-gov:events:us-gov-west-1:222222222222:rule/orders/b",
    )


@pytest.mark.parametrize(
    ("action", "resource", "reason"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/*", ""),
        ("s3:*", "arn:aws:s3:::b/x", ""),
        ("s3:GetObject", "arn:aws:s3:::b/x", "needless"),
    ],
)
def test_a_wildcard_needs_a_reason_and_a_reason_a_wildcard(
    action: str, resource: str, reason: str
) -> None:
    with pytest.raises(DefinitionError, match="expected a reason where there is a wildcard"):
        Permission(actions=(action,), resources=(resource,), reason=reason)
