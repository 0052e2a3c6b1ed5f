"""What runs: the jobs' functions, their layers, schedules and the queue of what failed."""

import json
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgement import acknowledge
from infra.assets import layer_code
from infra.constructs.scheduled_function import ARCHITECTURES, ScheduledFunction
from infra.permissions import FunctionPermissions
from infra.stacks.suite_stack import SuiteStack
from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names

# Folder of the build: name after the suite's, description.
LAYERS = {
    "dependencies": ("dependencies", "What functions import from others, for this very runtime."),
    "watchkeeper": ("package", "What functions import of the suite itself."),
}


class FunctionsStack(SuiteStack):
    """Run every job of the workloads on its schedule."""

    def __init__(
        self, scope: Construct, environment: Environment, workloads: Sequence[WorkloadDefinition]
    ) -> None:
        super().__init__(
            scope,
            Names(environment).functions_stack,
            environment,
            description="Watchkeeper: functions and their schedules",
        )
        layers = [self._layer(folder) for folder in LAYERS]
        dead_letters = self._dead_letters()
        group = scheduler.CfnScheduleGroup(self, "Schedules", name=self.names.schedule_group)
        permissions = FunctionPermissions(environment)
        for workload in workloads:
            for job in workload.jobs:
                settings = workload.settings[job.name]
                ScheduledFunction(
                    self,
                    job,
                    settings=settings,
                    permissions=permissions.of(json.loads(settings)),
                    layers=layers,
                    dead_letters=dead_letters,
                    group=group,
                    environment=environment,
                )

    def _layer(self, folder: str) -> lambda_.LayerVersion:
        name, description = LAYERS[folder]
        architecture = self.environment_definition.architecture
        return lambda_.LayerVersion(
            self,
            f"{name}-layer",
            layer_version_name=self.environment_definition.named(f"watchkeeper-{name}"),
            description=description,
            code=layer_code(architecture, folder),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[
                known for name, known in ARCHITECTURES.items() if name == architecture
            ],
        )

    def _dead_letters(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=self.names.dead_letter_queue,
            # Encrypted by SQS: Scheduler and Lambda may send without a grant on any key.
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(
            queue,
            "AwsSolutions-SQS3",
            "It is the dead-letter queue itself: starts that Scheduler gave up and runs that "
            "Lambda gave up end here, and an alarm stands on it.",
        )
        return queue
