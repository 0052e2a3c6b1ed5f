"""What a synthesised CDK assembly deploys that a rehearsal runs, on top of what the engine reads.

The engine knows alarms and topics; the runner also needs each function's code on this machine, and
what AWS does with an event that its function fails on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.engine.template.deployment import Deployment
from rehearsal.engine.template.reader import read_templates
from rehearsal.template_files import load_templates
from rehearsal.world.errors import RehearsalError
from rehearsal.world.schedule import Starts

SUFFIX = ".template.json"
# Lambda's own defaults for asynchronous invocation (Lambda developer guide).
DEFAULT_RETRIES = 2
DEFAULT_EVENT_AGE_SECONDS = 21_600


@dataclass(frozen=True, kw_only=True)
class DeployedFunction:
    """Be one function: its code on this machine and what surrounds it.

    `dead_letters` names the queue for events that are given up, empty when there is none.
    """

    name: str
    code: Path
    handler: str
    variables: Mapping[str, str]
    timeout_seconds: int
    log_group: str
    retries: int
    event_age_seconds: int
    dead_letters: str


@dataclass(frozen=True, kw_only=True)
class DeployedSchedule:
    """Be one schedule, and the name of the function it starts."""

    name: str
    group: str
    starts: Starts
    function: str
    input: str
    retries: int
    event_age_seconds: int
    dead_letters: str


@dataclass(frozen=True, kw_only=True)
class LedgerKeys:
    """Name the DynamoDB table there is and its keys."""

    table: str
    partition_key: str
    sort_key: str


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """Hold what a folder of synthesised templates deploys, and what of it can be run."""

    deployment: Deployment
    functions: Mapping[str, DeployedFunction]
    schedules: tuple[DeployedSchedule, ...]
    ledger: LedgerKeys | None
    account: str
    region: str


def read_assembly(folder: Path, *, account: str, region: str) -> Assembly:
    """Read every template of an assembly."""
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise RehearsalError(f"{folder} holds no *{SUFFIX}, expected a synthesised assembly")
    documents = load_templates(paths).documents
    deployment = read_templates(documents, account=account, region=region)
    return Assembly(
        deployment=deployment,
        functions={each.name: each for each in _functions(deployment, folder)},
        schedules=tuple(_schedules(deployment)),
        ledger=next(iter(_tables(deployment)), None),
        account=account,
        region=region,
    )


def _functions(deployment: Deployment, folder: Path) -> Iterator[DeployedFunction]:
    invokes = {
        each.properties["FunctionName"]: each.properties
        for each in deployment.of_type("AWS::Lambda::EventInvokeConfig")
    }
    codes = {
        each.source: each.properties.get("Code")
        for each in deployment.of_type("AWS::Lambda::Function")
    }
    for function in deployment.functions:
        code: Any = codes[function.source]
        # Code that stands in the template itself is a custom resource's of the CDK.
        if not isinstance(code, Mapping) or not isinstance(code.get("S3Key"), str):
            continue
        invoke: Mapping[str, Any] = invokes.get(function.name, {})
        failed = invoke.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
        yield DeployedFunction(
            name=function.name,
            code=folder / f"asset.{Path(code['S3Key']).stem}",
            handler=function.handler,
            variables=function.environment,
            timeout_seconds=function.timeout_seconds,
            log_group=function.log_group,
            retries=int(invoke.get("MaximumRetryAttempts", DEFAULT_RETRIES)),
            event_age_seconds=int(
                invoke.get("MaximumEventAgeInSeconds", DEFAULT_EVENT_AGE_SECONDS)
            ),
            dead_letters=_last_part(failed),
        )


def _schedules(deployment: Deployment) -> Iterator[DeployedSchedule]:
    groups = {
        each.source: each.properties.get("GroupName", "default")
        for each in deployment.of_type("AWS::Scheduler::Schedule")
    }
    for schedule in deployment.schedules:
        function = deployment.find_function(schedule.target_arn)
        if function is None or not schedule.is_enabled or schedule.source not in groups:
            continue
        yield DeployedSchedule(
            name=schedule.name,
            group=str(groups[schedule.source]),
            starts=Starts(expression=schedule.expression, timezone=schedule.timezone),
            function=function.name,
            input=schedule.input or "{}",
            retries=schedule.max_retries,
            event_age_seconds=schedule.max_age_seconds,
            dead_letters=_last_part(schedule.dead_letter_arn or ""),
        )


def _tables(deployment: Deployment) -> Iterator[LedgerKeys]:
    for table in deployment.of_type("AWS::DynamoDB::Table"):
        schema: Any = table.properties["KeySchema"]
        keys = {key["KeyType"]: key["AttributeName"] for key in schema}
        yield LedgerKeys(
            table=str(table.name), partition_key=keys["HASH"], sort_key=keys.get("RANGE", "")
        )


def _last_part(arn: str) -> str:
    return arn.rpartition(":")[2]
