"""The Storytailor application's part of the account, deployed as a plain CloudFormation stack."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any, Literal, get_args

from botocore.exceptions import WaiterError

from rehearsal.local.database import Login
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.errors import LocalStageError
from rehearsal.local.parameters import APPLICATION_PARAMETERS, ParameterDefinition

HERE = Path(__file__).parent
TEMPLATE = HERE / "storytailor.yaml"
HANDLER = HERE / "stand_in" / "handler.py"
CODE_KEY = "stand-in.zip"
# One fixed time in every archive, so that equal code gives equal bytes.
ARCHIVE_TIME = (2020, 1, 1, 0, 0, 0)
DEPLOY_TIMEOUT_SECONDS = 60

SCHEDULED_PIPELINES = (
    "daily-digest",
    "weekly-insights",
    "story-scoring",
    "referral-rewards",
    "expire-credits",
    "org-health",
    "asset-cleanup",
    "engagement-nudges",
)
EVENT_PIPELINES = ("crisis-alert", "early-intervention", "story-failure", "asset-timeout")
KILL_SWITCH_PIPELINES = (*SCHEDULED_PIPELINES, *EVENT_PIPELINES)

Health = Literal["healthy", "degraded", "failing", "hanging"]


def build_archive(handler: Path = HANDLER) -> bytes:
    """Pack the stand-in's code as Lambda wants it, the same bytes for the same code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(handler.name, ARCHIVE_TIME)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, handler.read_bytes())
    return buffer.getvalue()


class Storytailor:
    """Be the application that is watched: its functions, rules, kill switches and parameters."""

    def __init__(self, emulator: AwsEmulator, *, environment: str = "local") -> None:
        self.environment = environment
        self.stack_name = f"storytailor-{environment}"
        self.parameter_path = f"/storytailor-{environment}"
        self.curator_name = f"storytailor-intelligence-curator-{environment}"
        self.agent_name = f"storytailor-universal-agent-{environment}"
        self._emulator = emulator

    @property
    def rule_names(self) -> tuple[str, ...]:
        """List the rules that start the scheduled pipelines."""
        return tuple(self.rule_name(pipeline) for pipeline in SCHEDULED_PIPELINES)

    def rule_name(self, pipeline: str) -> str:
        """Return the name of a scheduled pipeline's rule."""
        return f"storytailor-{pipeline}-{self.environment}"

    def kill_switch_name(self, pipeline: str) -> str:
        """Return the name of the parameter that switches a pipeline on and off."""
        return f"{self.parameter_path}/pipelines/{pipeline}/enabled"

    def deploy(self) -> None:
        """Create the stack and the parameters that CloudFormation cannot."""
        self._create_stack(self._upload_code())
        ssm = self._emulator.client("ssm")
        for definition in APPLICATION_PARAMETERS:
            self._put_parameter(ssm, definition)

    def _upload_code(self) -> str:
        bucket = f"storytailor-code-{self._emulator.account}-{self.environment}"
        s3 = self._emulator.client("s3")
        where: dict[str, Any] = {}
        if self._emulator.region != "us-east-1":
            where = {"CreateBucketConfiguration": {"LocationConstraint": self._emulator.region}}
        s3.create_bucket(Bucket=bucket, **where)
        s3.put_object(Bucket=bucket, Key=CODE_KEY, Body=build_archive())
        return bucket

    def _create_stack(self, bucket: str) -> None:
        cloudformation = self._emulator.client("cloudformation")
        values = {"Environment": self.environment, "CodeBucket": bucket, "CodeKey": CODE_KEY}
        cloudformation.create_stack(
            StackName=self.stack_name,
            TemplateBody=TEMPLATE.read_text(),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in values.items()
            ],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        waiter = cloudformation.get_waiter("stack_create_complete")
        delay_seconds = 0.2
        attempts = int(DEPLOY_TIMEOUT_SECONDS / delay_seconds)
        try:
            waiter.wait(
                StackName=self.stack_name,
                WaiterConfig={"Delay": delay_seconds, "MaxAttempts": attempts},
            )
        except WaiterError as error:
            events = cloudformation.describe_stack_events(StackName=self.stack_name)["StackEvents"]
            reasons = [event.get("ResourceStatusReason", "") for event in events]
            raise LocalStageError(
                f"stack {self.stack_name} was not created: {'; '.join(filter(None, reasons))}"
            ) from error

    def _put_parameter(self, ssm: Any, definition: ParameterDefinition) -> None:
        name = f"{self.parameter_path}/{definition.path}"
        options: dict[str, Any] = {}
        if definition.type == "SecureString":
            own_key = f"alias/storytailor-{self.environment}"
            options["KeyId"] = own_key if definition.own_key else "alias/aws/ssm"
        if definition.advanced:
            options["Tier"] = "Advanced"
        for value in definition.values:
            ssm.put_parameter(
                Name=name,
                Value=value,
                Type=definition.type,
                Description=definition.description,
                Overwrite=True,
                **options,
            )
        if definition.labels:
            ssm.label_parameter_version(
                Name=name,
                ParameterVersion=definition.labelled_version,
                Labels=list(definition.labels),
            )
        if definition.tags:
            tags = [{"Key": key, "Value": value} for key, value in definition.tags.items()]
            ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=tags)

    def switch(self, pipeline: str, *, on: bool) -> None:
        """Set a pipeline's kill switch, as an operator does."""
        if pipeline not in KILL_SWITCH_PIPELINES:
            expected = ", ".join(KILL_SWITCH_PIPELINES)
            raise LocalStageError(f"pipeline is {pipeline!r}, expected one of {expected}")
        self._emulator.client("ssm").put_parameter(
            Name=self.kill_switch_name(pipeline),
            Value="true" if on else "false",
            Type="String",
            Overwrite=True,
        )

    def make_curator(self, health: Health) -> None:
        """Let the curator answer its health payload so from now on."""
        self.make(self.curator_name, health)

    def make(self, function_name: str, health: str | None) -> None:
        """Let one of the two functions answer its health payload so from now on."""
        if health not in get_args(Health):
            raise LocalStageError(f"health is {health!r}, expected one of {get_args(Health)}")
        self._emulator.client("lambda").update_function_configuration(
            FunctionName=function_name,
            Environment={"Variables": {"PARAMETER_PATH": self.parameter_path, "HEALTH": health}},
        )

    def run_job(self, job: str) -> dict[str, Any]:
        """Invoke the curator for a job type (or `health`) and return its answer."""
        return self._invoke(self.curator_name, {"detail": {"jobType": job}})

    def _invoke(self, function_name: str, event: dict[str, Any]) -> dict[str, Any]:
        answer = self._emulator.client("lambda").invoke(
            FunctionName=function_name, Payload=json.dumps(event).encode()
        )
        document = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise LocalStageError(f"{function_name} failed: {document.get('errorMessage')}")
        return dict(document)


def create_secrets(
    emulator: AwsEmulator,
    *,
    database: Login,
    pagerduty_endpoint: str,
    archiver: Login | None = None,
    environment: str = "local",
    database_name: str | None = None,
    pagerduty_name: str | None = None,
) -> None:
    """Store what the suite reads: how to reach the database, and where pages go.

    Existing secrets of these names get a new version.
    """
    secrets: dict[str, dict[str, Any]] = {
        database_name or f"watchkeeper/{environment}/database": database.to_secret(),
        pagerduty_name or f"watchkeeper/{environment}/pagerduty": {"endpoint": pagerduty_endpoint},
    }
    if archiver is not None:
        secrets[f"watchkeeper/{environment}/archive"] = archiver.to_secret()
    client = emulator.client("secretsmanager")
    for name, content in secrets.items():
        text = json.dumps(content)
        try:
            client.create_secret(Name=name, SecretString=text)
        except client.exceptions.ResourceExistsException:
            client.put_secret_value(SecretId=name, SecretString=text)
