"""The application: every stack of one environment."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.stacks.functions import FunctionsStack
from infra.stacks.notification import NotificationStack
from infra.stacks.state import StateStack
from infra.stacks.workload import WorkloadStack
from watchkeeper.environment.model import Environment
from watchkeeper.workloads.registry import workloads

# Feature flags stand here and not in cdk.json, so that every way to synthesise gives the same
# template: the command line, the checks and the tests.
FEATURES: Mapping[str, object] = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-kms:aliasNameRef": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-lambda:useCdkManagedLogGroup": True,
    "@aws-cdk/core:annotationsInValidationReport": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:enablePartitionLiterals": True,
    "@aws-cdk/core:explicitStackTags": True,
    "@aws-cdk/core:validateAgainstDefaultRules": True,
}


def new_app(outdir: Path | None = None, context: Mapping[str, object] | None = None) -> cdk.App:
    """Return an empty application under the security rules: what has a finding is not synthesised.

    Where to is the CDK command line's choice when nothing is said.
    """
    app = cdk.App(
        analytics_reporting=False,
        context={**FEATURES, **(context or {})},
        outdir=str(outdir) if outdir else None,
    )
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def add_stacks(app: cdk.App, environment: Environment) -> None:
    """Add every stack of an environment, in the order they are deployed."""
    watched = workloads(environment)
    state = StateStack(app, environment)
    notification = NotificationStack(app, environment, watched)
    functions = FunctionsStack(app, environment, watched)
    functions.add_stack_dependency(state, "it reads the backup key's ARN from a parameter")
    for workload in watched:
        stack = WorkloadStack(app, environment, workload)
        stack.add_stack_dependency(notification, "alarms name topics")
