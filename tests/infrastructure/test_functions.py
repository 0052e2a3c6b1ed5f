"""What the templates say of the functions: how they are started, and what they are told."""

import json
import re

from infra.assembly import Assembly
from tests.infrastructure.deployed_functions import JOBS_OF, RARE_JOBS, functions, settings, stack
from tests.infrastructure.templates import properties, resources, statements, suffix, texts

RETENTION_DAYS = {"local": 1, "production": 90, "staging": 30}
RATES = {"rate(5 minutes)": 300, "rate(15 minutes)": 900, "rate(1 hour)": 3600}


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
