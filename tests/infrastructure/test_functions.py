"""What the templates say of the functions: how they are started, what they may do and know."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.application import ENVIRONMENTS as FOLDER
from infra.permissions import FunctionPermissions, Permission
from infra.synthesis import Assembly, synthesise
from tests.infrastructure.templates import listed, properties, resources, statements, texts
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.environment.loader import load_environment

ENVIRONMENTS = ("local", "production", "staging")
FREQUENT_JOBS = (
    "database-metrics",
    "email-metrics",
    "health-check",
    "kill-switch-metrics",
    "override-metrics",
    "pipeline-metrics",
    "referral-metrics",
    "unsubscribe-spike",
)
# What differs between environments has tests of its own: test_report_functions.py.
REPORTS = ("daily-summary", "monthly-report", "weekly-review")
# Not at a rate: these are tried again when they fail. Where rows may be archived there is one more.
RARE_JOBS = (
    *REPORTS,
    "alarm-drill",
    "archive",
    "code-snapshot",
    "config-drift",
    "cost-metrics",
    "eventbridge-canary",
    "ssm-backup",
)
JOBS = (*FREQUENT_JOBS, *(job for job in RARE_JOBS if job != "archive"))
JOBS_OF = {"local": (*JOBS, "archive"), "production": JOBS, "staging": JOBS}
RETENTION_DAYS = {"local": 1, "production": 90, "staging": 30}
RATES = {"rate(5 minutes)": 300, "rate(15 minutes)": 900, "rate(1 hour)": 3600}

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


@pytest.fixture(params=ENVIRONMENTS)
def assembly(request: pytest.FixtureRequest, assemblies: Mapping[str, Assembly]) -> Assembly:
    return assemblies[request.param]


def suffix(assembly: Assembly) -> str:
    return "" if assembly.environment == "production" else f"-{assembly.environment}"


def stack(assembly: Assembly) -> Mapping[str, Any]:
    template = assembly.read(f"Watchkeeper-Functions{suffix(assembly)}")
    found: Mapping[str, Any] = template["Resources"]
    return found


def functions(assembly: Assembly) -> Mapping[str, Mapping[str, Any]]:
    """Give each function's properties by its job."""
    return {
        job: found
        for found in properties(assembly, "AWS::Lambda::Function")
        for job in JOBS_OF[assembly.environment]
        if found["FunctionName"] == f"watchkeeper-{job}{suffix(assembly)}"
    }


def settings(function: Mapping[str, Any]) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(
        function["Environment"]["Variables"]["WATCHKEEPER_SETTINGS"]
    )
    return document


def policy(assembly: Assembly, function: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the statements of a function's role."""
    role = function["Role"]["Fn::GetAtt"][0]
    for resource in resources(assembly, "AWS::IAM::Policy"):
        if resource["Properties"]["Roles"] == [{"Ref": role}]:
            yield from statements(resource["Properties"]["PolicyDocument"])


def allowed(assembly: Assembly, job: str, action: str) -> list[Any]:
    """List the resources on which a function may do something."""
    return [
        resource
        for statement in policy(assembly, functions(assembly)[job])
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


def test_every_job_is_a_function_and_there_are_no_others(assembly: Assembly) -> None:
    jobs = JOBS_OF[assembly.environment]
    assert sorted(functions(assembly)) == sorted(jobs)
    assert len(properties(assembly, "AWS::Lambda::Function")) == len(jobs)


def test_every_function_runs_alone_traced_and_logs_where_it_ends(assembly: Assembly) -> None:
    groups = {
        name: resource["Properties"]
        for name, resource in stack(assembly).items()
        if resource["Type"] == "AWS::Logs::LogGroup"
    }
    for function in functions(assembly).values():
        assert function["ReservedConcurrentExecutions"] == 1
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["Runtime"] == "python3.13"
        assert function["LoggingConfig"]["LogFormat"] == "Text"
        group = groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["LogGroupName"] == f"/aws/lambda/{function['FunctionName']}"
        assert group["RetentionInDays"] == RETENTION_DAYS[assembly.environment]


def test_a_function_is_told_its_settings_and_nothing_else(assembly: Assembly) -> None:
    for function in functions(assembly).values():
        # Powertools' service variable above all: it would add a dimension to every metric.
        assert list(function["Environment"]["Variables"]) == ["WATCHKEEPER_SETTINGS"]
        assert len(function["Environment"]["Variables"]["WATCHKEEPER_SETTINGS"]) < 4000
        assert settings(function)["environment"] == assembly.environment


def test_lambda_runs_arm_and_the_emulator_what_the_machine_is(assembly: Assembly) -> None:
    expected = None if assembly.environment == "local" else ["arm64"]
    for function in functions(assembly).values():
        assert function.get("Architectures") == expected
    for layer in properties(assembly, "AWS::Lambda::LayerVersion"):
        assert layer.get("CompatibleArchitectures", []) == (expected or [])


def test_the_processor_can_be_chosen(tmp_path: Path) -> None:
    text = (FOLDER / "production.toml").read_text(encoding="utf-8")
    (tmp_path / "production.toml").write_text(text.replace('"arm64"', '"x86_64"'))
    intel = synthesise("production", tmp_path / "out", folder=tmp_path)
    for function in functions(intel).values():
        assert function["Architectures"] == ["x86_64"]
    for layer in properties(intel, "AWS::Lambda::LayerVersion"):
        assert layer["CompatibleArchitectures"] == ["x86_64"]


def test_every_schedule_starts_on_the_minute_and_keeps_what_it_could_not_start(
    assembly: Assembly,
) -> None:
    schedules = {found["Name"]: found for found in properties(assembly, "AWS::Scheduler::Schedule")}
    assert len(schedules) == len(JOBS_OF[assembly.environment])
    for job, function in functions(assembly).items():
        schedule = schedules[function["FunctionName"]]
        target = schedule["Target"]
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert schedule["GroupName"] == f"watchkeeper{suffix(assembly)}"
        assert json.loads(target["Input"]) == {"time": "<aws.scheduler.scheduled-time>"}
        assert stack(assembly)[target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]]["Type"] == (
            "AWS::SQS::Queue"
        )
        cadence = RATES.get(schedule["ScheduleExpression"])
        assert (cadence is None) == (job in RARE_JOBS)
        if cadence is not None:
            assert function["Timeout"] < cadence
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] < cadence
        else:
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 86_400


def test_a_schedule_may_start_its_own_function_and_nothing_else(assembly: Assembly) -> None:
    for schedule in properties(assembly, "AWS::Scheduler::Schedule"):
        role = schedule["Target"]["RoleArn"]["Fn::GetAtt"][0]
        trust = stack(assembly)[role]["Properties"]["AssumeRolePolicyDocument"]
        [assumed] = statements(trust)
        assert assumed["Principal"] == {"Service": "scheduler.amazonaws.com"}
        assert assumed["Condition"]["StringEquals"]["aws:SourceArn"].endswith(
            f":schedule-group/watchkeeper{suffix(assembly)}"
        )
        [document] = [
            resource["Properties"]["PolicyDocument"]
            for resource in resources(assembly, "AWS::IAM::Policy")
            if resource["Properties"]["Roles"] == [{"Ref": role}]
        ]
        assert {
            statement["Action"]: statement["Resource"] for statement in statements(document)
        } == {
            "lambda:InvokeFunction": schedule["Target"]["Arn"],
            "sqs:SendMessage": schedule["Target"]["DeadLetterConfig"]["Arn"],
        }


def test_a_failed_run_ends_in_the_queue_and_only_rare_jobs_are_tried_again(
    assembly: Assembly,
) -> None:
    configured = {
        stack(assembly)[found["FunctionName"]["Ref"]]["Properties"]["FunctionName"]: found
        for found in properties(assembly, "AWS::Lambda::EventInvokeConfig")
    }
    for job, function in functions(assembly).items():
        config = configured[function["FunctionName"]]
        queue = config["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        assert stack(assembly)[queue]["Type"] == "AWS::SQS::Queue"
        assert config["MaximumRetryAttempts"] == (2 if job in RARE_JOBS else 0)
        assert 60 <= config["MaximumEventAgeInSeconds"] <= 21_600


def test_the_queue_is_encrypted_and_takes_nothing_in_clear(assembly: Assembly) -> None:
    [queue] = properties(assembly, "AWS::SQS::Queue")
    assert queue["QueueName"] == f"watchkeeper-dead-letters{suffix(assembly)}"
    assert queue["SqsManagedSseEnabled"] is True
    [document] = properties(assembly, "AWS::SQS::QueuePolicy")
    [denied] = statements(document["PolicyDocument"])
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


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
        account = {"production": "1", "staging": "2"}[environment] * 12
        names = {"account": account, "environment": environment, "suffix": suffix(assembly)}
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


def test_every_function_waits_for_its_rights(assembly: Assembly) -> None:
    for resource in resources(assembly, "AWS::Lambda::Function"):
        [policy_name] = resource["DependsOn"]
        assert stack(assembly)[policy_name]["Type"] == "AWS::IAM::Policy"


def test_nothing_holds_a_secret_or_an_address_that_is_one(assembly: Assembly) -> None:
    suspicious = re.compile(r"pagerduty\.com|hooks\.slack|AKIA|BEGIN [A-Z ]*KEY|postgres(ql)?://")
    for name in assembly.templates:
        for text in texts(assembly.read(name)):
            assert not suspicious.search(text)
    for function in functions(assembly).values():
        assert not {"password", "token", "host"} & set(texts(settings(function)))


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
