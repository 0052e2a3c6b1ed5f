"""Accounts of the emulator with parameters, a bucket of exports, and calls that can be cut off."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from rehearsal.local.emulator import LOCAL_ACCOUNT, LOCAL_REGION, ROOT_SIGNING_WORD, AwsEmulator
from tests.unit.backup_samples import CANARY, UNPACED
from watchkeeper.backup.job import back_up_parameters
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import SsmBackupSettings

BUCKET = "kept-configuration"
NOW = datetime(2026, 2, 1, 5, 0, tzinfo=UTC)
FOLDER = "local/2026/02/01T0500Z"
PATH = "/shop"
EXPIRES = {
    "Type": "Expiration",
    "Version": "1.0",
    "Attributes": {"Timestamp": "2031-01-01T00:00:00.000Z"},
}
READING = ("get", "describe", "list", "decrypt", "head")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://nowhere")


class KilledError(Exception):
    """Be the end of an operator's process."""


@dataclass
class Cutter:
    """Count the calls of clients, and end the process at one of them.

    `at` counts from 1; `answers_first` lets the call be done and only its answer be lost.
    """

    at: int = 0
    answers_first: bool = False
    writes_only: bool = False
    calls: int = 0
    done: list[str] = field(default_factory=list)

    def watch(self, client: Any) -> Any:
        client.meta.events.register_first("before-call", self.before)
        client.meta.events.register_last("after-call", self.after)
        return client

    def before(self, model: Any, **_more: object) -> None:
        if self.writes_only and model.name.lower().startswith(READING):
            return
        self.calls += 1
        if self.calls == self.at and not self.answers_first:
            raise KilledError(model.name)

    def after(self, model: Any, **_more: object) -> None:
        self.done.append(model.name)
        if self.writes_only and model.name.lower().startswith(READING):
            return
        if self.calls == self.at and self.answers_first:
            raise KilledError(model.name)


@dataclass(frozen=True)
class Stage:
    """An emulator, with an export of one account in a bucket, and any number of empty accounts."""

    emulator: AwsEmulator
    key_arn: str
    shared: dict[str, Any] = field(default_factory=dict)

    def client(self, service: Any, *, account: str = LOCAL_ACCOUNT) -> Any:
        """Make a client of an account's root that no other test uses."""
        return boto3.client(
            service,
            region_name=LOCAL_REGION,
            endpoint_url=self.emulator.endpoint,
            verify=self.emulator.environment["AWS_CA_BUNDLE"],
            aws_access_key_id=account,
            aws_secret_access_key=ROOT_SIGNING_WORD,
            config=Config(retries={"total_max_attempts": 2, "mode": "standard"}),
        )

    def broken_client(
        self, service: str, operation: str, error: Exception, *, account: str = LOCAL_ACCOUNT
    ) -> Any:
        """Make a client of which one operation fails."""

        def fail(**_more: object) -> None:
            raise error

        client = self.client(service, account=account)
        client.meta.events.register_first(f"before-call.{service}.{operation}", fail)
        return client

    def clients(self, account: str, cutter: Cutter | None = None) -> Callable[[str], Any]:
        """Give an operator's clients: parameters of any account, exports and keys of the first."""
        made: dict[str, Any] = {}

        def client(service: str, **_options: object) -> Any:
            if service not in made:
                own = account if service == "ssm" else LOCAL_ACCOUNT
                only_reads = service != "ssm" and (cutter is None or cutter.writes_only)
                if only_reads:
                    if service not in self.shared:
                        self.shared[service] = self.client(service)
                    made[service] = self.shared[service]
                else:
                    made[service] = self.client(service, account=own)
                if cutter is not None and not only_reads:
                    cutter.watch(made[service])
            return made[service]

        return client

    def back_up(self, account: str = LOCAL_ACCOUNT, *, now: datetime = NOW) -> Any:
        settings = SsmBackupSettings(
            environment="local", parameter_path=PATH, bucket=BUCKET, key_arn=self.key_arn
        )
        return back_up_parameters(self.run(settings, account=account, now=now), UNPACED)

    def run(
        self, settings: Any, *, account: str = LOCAL_ACCOUNT, now: datetime = NOW, **more: Any
    ) -> Run[Any]:
        """Make a run of a job in an account."""
        return Run(
            job="test",
            settings=settings,
            now=now,
            request_id="test",
            deadline=time.monotonic() + 120,
            log=Logger(service="test"),
            **{"aws": self.clients(account), **more},
        )

    def state(self, account: str) -> dict[str, Any]:
        """Read everything of an account that a restore has to bring back, and how many versions."""
        ssm = self.client("ssm", account=account)
        below = {"Key": "Path", "Option": "Recursive", "Values": [PATH]}
        described = ssm.describe_parameters(MaxResults=50, ParameterFilters=[below])["Parameters"]
        found = {}
        for each in described:
            name = each["Name"]
            history = ssm.get_parameter_history(Name=name, WithDecryption=True)["Parameters"]
            tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
            found[name] = {
                "versions": len(history),
                "value": history[-1]["Value"],
                "labels": {x: e["Value"] for e in history for x in e.get("Labels", ())},
                "tags": {tag["Key"]: tag["Value"] for tag in tags},
                "policies": [json.loads(p["PolicyText"]) for p in each.get("Policies", ())],
                **{key: each.get(key, "") for key in ("Type", "Tier", "KeyId", "DataType")},
                **{key: each.get(key, "") for key in ("Description", "AllowedPattern")},
            }
        return found


def refused(code: str) -> ClientError:
    """Make the error of a call that AWS refuses."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Call")


def put_parameters(ssm: Any) -> None:
    """Put one parameter of every kind that a restore has to get right."""
    ssm.put_parameter(Name=f"{PATH}/flag", Value="true", Type="String", Description="a switch")
    ssm.put_parameter(
        Name=f"{PATH}/limits",
        Value="a,b",
        Type="StringList",
        Tier="Advanced",
        Policies=json.dumps([EXPIRES]),
        AllowedPattern="[a-z,]+",
        Tags=[{"Key": "owner", "Value": "shop"}],
    )
    for number in (1, 2, 3):
        ssm.put_parameter(
            Name=f"{PATH}/secret",
            Value=f"{CANARY}-{number}",
            Type="SecureString",
            KeyId="alias/shop",
            Overwrite=True,
        )
    ssm.add_tags_to_resource(
        ResourceType="Parameter",
        ResourceId=f"{PATH}/secret",
        Tags=[{"Key": "rotation", "Value": "yearly"}],
    )
    for number, label in ((1, "first"), (2, "rollback"), (3, "live")):
        ssm.label_parameter_version(Name=f"{PATH}/secret", ParameterVersion=number, Labels=[label])
