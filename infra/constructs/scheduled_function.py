"""A function that a schedule starts, with everything a job needs around it."""

import json
from collections.abc import Iterable, Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgement import acknowledge
from infra.assets import function_code
from infra.rights.permission import Permission
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.schedule import JobDefinition
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names
from watchkeeper.runtime.settings import VARIABLE

# The time the run stands for; Scheduler puts it in (User Guide, "Adding context attributes").
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
# A job that comes round within the hour is repaired by its next run; a rare one is tried again.
FREQUENT_SECONDS = 3600
RETRIES_OF_A_RARE_JOB = 2
# How long Lambda keeps an event at most (PutFunctionEventInvokeConfig, API reference).
MAX_QUEUED_SECONDS = 21_600
# All environment variables of a function together (AWS Lambda Developer Guide, quotas).
MAX_VARIABLES_BYTES = 4096
# In the emulator the machine's own: nothing is said.
ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
TRACING = (
    "X-Ray's PutTraceSegments and PutTelemetryRecords know no resources (Service Authorization "
    "Reference)."
)


class ScheduledFunction(Construct):
    """Run one job: its function, log group, role, schedule, and a place for what failed.

    Never more than one run at a time: what a run does to its target does not add up.
    """

    def __init__(
        self,
        scope: Construct,
        job: JobDefinition,
        *,
        settings: str,
        permissions: Iterable[Permission],
        layers: Sequence[lambda_.ILayerVersion],
        dead_letters: sqs.IQueue,
        group: scheduler.CfnScheduleGroup,
        environment: Environment,
    ) -> None:
        super().__init__(scope, job.kebab_name)
        self._job = job
        self._environment = environment
        self._names = Names(environment)
        self._dead_letters = dead_letters
        log_group = self._log_group()
        role = self._role(log_group, tuple(permissions))
        self._function = self._create_function(role, log_group, settings, layers)
        self._schedule(group)

    def _log_group(self) -> logs.LogGroup:
        # Removed with the stack: its fixed name would be in the way of the next deployment, and
        # nothing in it is older than its retention anyway.
        group = logs.LogGroup(
            self,
            "Log",
            log_group_name=self._names.log_group(self._job),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        resource = cast("logs.CfnLogGroup", group.node.default_child)
        resource.retention_in_days = self._environment.log_retention_days
        return group

    def _role(self, log_group: logs.LogGroup, permissions: Sequence[Permission]) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            description=f"What {self._names.function(self._job)} may do.",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        log_group.grant_write(role)
        for permission in permissions:
            role.add_to_policy(_statement(permission))
        reasons = {"*": [TRACING]}
        for permission in permissions:
            for resource in permission.wildcards:
                reasons.setdefault(resource, []).append(permission.reason)
        for resource, why in reasons.items():
            finding = f"AwsSolutions-IAM5[Resource::{resource}]"
            acknowledge(role, finding, " ".join(dict.fromkeys(why)))
        return role

    def _create_function(
        self,
        role: iam.Role,
        log_group: logs.LogGroup,
        settings: str,
        layers: Sequence[lambda_.ILayerVersion],
    ) -> lambda_.Function:
        job = self._job
        is_frequent = 0 < (job.schedule.cadence_seconds or 0) <= FREQUENT_SECONDS
        function = lambda_.Function(
            self,
            "Function",
            function_name=self._names.function(job),
            description=job.description,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=ARCHITECTURES.get(self._environment.architecture),
            code=function_code(job),
            handler="handler.handler",
            layers=list(layers),
            role=role,
            # Nothing else, ever: Powertools' service variable would add a dimension to each metric.
            environment={VARIABLE: self._checked(settings)},
            timeout=cdk.Duration.seconds(job.timeout_seconds),
            memory_size=job.memory_megabytes,
            reserved_concurrent_executions=1,
            tracing=lambda_.Tracing.ACTIVE,
            # Plain text: a metric is a line of JSON that nothing may wrap.
            logging_format=lambda_.LoggingFormat.TEXT,
            log_group=log_group,
            retry_attempts=0 if is_frequent else RETRIES_OF_A_RARE_JOB,
            max_event_age=cdk.Duration.seconds(
                min(job.schedule.max_event_age_seconds, MAX_QUEUED_SECONDS)
            ),
            on_failure=destinations.SqsDestination(self._dead_letters),
        )
        acknowledge(
            function,
            "AwsSolutions-L1",
            "The layers hold wheels built and tested for python3.13, which Lambda supports until "
            "2029; the runtime moves when the layers do.",
        )
        self._wait_for_rights(function, role)
        return function

    def _wait_for_rights(self, function: lambda_.Function, role: iam.Role) -> None:
        """Create the function after its role's policy; the role itself it refers to anyway."""
        resource = cast("lambda_.CfnFunction", function.node.default_child)
        policy = cdk.Stack.of(self).get_logical_id(_policy_of(role))
        resource.add_override("DependsOn", [policy])

    def _checked(self, settings: str) -> str:
        length = len(VARIABLE) + len(settings.encode())
        if length > MAX_VARIABLES_BYTES:
            raise DefinitionError(
                f"job {self._job.name}: its settings take {length} bytes, expected at most "
                f"{MAX_VARIABLES_BYTES} (Lambda's limit on environment variables)"
            )
        return settings

    def _schedule(self, group: scheduler.CfnScheduleGroup) -> None:
        job, schedule = self._job, self._job.schedule
        role = self._starting_role()
        resource = scheduler.CfnSchedule(
            self,
            "Schedule",
            name=self._names.function(job),
            description=job.description,
            group_name=self._names.schedule_group,
            schedule_expression=schedule.expression,
            schedule_expression_timezone="UTC",
            # A start within a window would look like a missed beat.
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self._function.function_arn,
                role_arn=role.role_arn,
                input=json.dumps({"time": SCHEDULED_TIME}),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=self._dead_letters.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=schedule.max_event_age_seconds,
                    maximum_retry_attempts=schedule.retry_attempts,
                ),
            ),
        )

        # It names its group and has a right by a policy: neither tells CloudFormation the order.
        resource.add_resource_dependency(group)
        resource.add_resource_dependency(_policy_of(role))

    def _starting_role(self) -> iam.Role:
        group = self._names.arn("scheduler", f"schedule-group/{self._names.schedule_group}")
        role = iam.Role(
            self,
            "StartingRole",
            description=f"Lets the schedule start {self._names.function(self._job)}.",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": self._names.account,
                        "aws:SourceArn": group,
                    }
                },
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[self._function.function_arn]
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"], resources=[self._dead_letters.queue_arn]
            )
        )
        return role


def _statement(permission: Permission) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(permission.actions),
        resources=list(permission.resources),
        conditions=dict(permission.conditions) or None,
    )


def _policy_of(role: iam.Role) -> iam.CfnPolicy:
    return cast("iam.CfnPolicy", role.node.find_child("DefaultPolicy").node.default_child)
