"""What each function may do, derived from its settings: these names, these calls, nothing else.

Where IAM forces a wildcard, the permission carries the reason; without one it is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import aws_iam as iam

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Allow calls on named resources, under conditions.

    `reason` says why a wildcard among the resources can be no narrower.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse a wildcard without a reason, and every wildcard among the calls."""
        wild = self.wildcards
        if any("*" in action for action in self.actions) or bool(wild) != bool(self.reason):
            raise DefinitionError(
                f"permission for {', '.join(self.actions)}: wildcards {list(wild)} and the reason "
                f"{self.reason!r}, expected a reason where there is a wildcard among the resources"
            )

    @property
    def wildcards(self) -> tuple[str, ...]:
        """List the resources that stand for more than one."""
        return tuple(resource for resource in self.resources if "*" in resource)

    def to_statement(self) -> iam.PolicyStatement:
        """Return the permission as a policy statement."""
        return iam.PolicyStatement(
            actions=list(self.actions),
            resources=list(self.resources),
            conditions=dict(self.conditions) or None,
        )


Permissions = Iterator[Permission]
Target = Mapping[str, str]
Settings = Mapping[str, Any]

# Settings that name nothing a function would have to be allowed to use.
WITHOUT_RIGHTS = frozenset(
    {"email_types", "environment", "ledgers", "pipeline_types", "scheduled_types", "veto_reasons"}
)


class FunctionPermissions:
    """Derive the permissions of functions in one environment."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._names = Names(environment)
        self._by_setting: Mapping[str, Callable[[Settings], Permissions]] = {
            "bucket": self._bucket,
            "checks": self._checks,
            "database_secret": lambda settings: self._secret(settings["database_secret"]),
            "key_arn": self._key,
            "ledger_table": self._ledger,
            "parameter_path": self._parameters,
        }
        self._by_kind: Mapping[str, Callable[[Target], Permissions]] = {
            "eventbridge_rules": self._eventbridge_rules,
            "lambda_invoke": self._lambda_invoke,
            "object_age": self._object_age,
            "postgres": lambda target: self._secret(target["secret"]),
            "ssm_parameter": self._ssm_parameter,
        }

    def of(self, settings: Settings) -> Permissions:
        """Yield what a function may do that is told these settings."""
        for name in sorted(settings.keys() - WITHOUT_RIGHTS):
            if name not in self._by_setting:
                raise DefinitionError(
                    f"nothing says what the setting {name!r} lets a function do, "
                    "expected an entry in infra/permissions.py"
                )
            yield from self._by_setting[name](settings)

    def _checks(self, settings: Settings) -> Permissions:
        for check in settings["checks"]:
            if check["kind"] not in self._by_kind:
                raise DefinitionError(
                    f"check {check['name']}: nothing says what the kind {check['kind']!r} has to "
                    "be allowed, expected an entry in infra/permissions.py"
                )
            yield from self._by_kind[check["kind"]](check["target"])

    def _lambda_invoke(self, target: Target) -> Permissions:
        function = self._names.arn("lambda", f"function:{target['function']}")
        yield Permission(actions=("lambda:InvokeFunction",), resources=(function,))

    def _eventbridge_rules(self, target: Target) -> Permissions:
        # A rule of the default bus has no bus in its ARN, except in the emulator.
        bus = target.get("bus", "default")
        has_bus = bus != "default" or self._environment.is_emulated
        folder = f"rule/{bus}" if has_bus else "rule"
        rules = (name.strip() for name in target["rules"].split(","))
        yield Permission(
            actions=("events:DescribeRule",),
            resources=tuple(self._names.arn("events", f"{folder}/{rule}") for rule in rules),
        )

    def _ssm_parameter(self, target: Target) -> Permissions:
        yield Permission(
            actions=("ssm:GetParameter",), resources=(self._parameter(target["name"]),)
        )

    def _object_age(self, target: Target) -> Permissions:
        bucket, key = target["bucket"], target["key"]
        yield Permission(
            actions=("s3:GetObject",), resources=(self._names.bucket_arn(bucket, key),)
        )
        # Without the right to list, S3 says "denied" of an object that is not there.
        yield Permission(actions=("s3:ListBucket",), resources=(self._names.bucket_arn(bucket),))
        if bucket == self._names.backup_bucket:
            yield Permission(actions=("kms:Decrypt",), resources=(self._names.backup_key_arn,))

    def _secret(self, secret: str) -> Permissions:
        # Secrets Manager ends a secret's ARN with six characters of its own.
        arn = self._names.arn("secretsmanager", f"secret:{secret}-??????")
        yield Permission(actions=("secretsmanager:GetSecretValue",), resources=(arn,))

    def _ledger(self, settings: Settings) -> Permissions:
        calls = ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
        yield Permission(
            actions=tuple(f"dynamodb:{call}" for call in calls),
            resources=(self._names.arn("dynamodb", f"table/{settings['ledger_table']}"),),
            # The table is shared; a function touches the ledgers of its own sources only.
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": settings["ledgers"]}},
        )

    def _parameters(self, settings: Settings) -> Permissions:
        path = settings["parameter_path"]
        below = self._parameter(f"{path}/*")
        every = "The export is of every parameter below the environment's path."
        yield Permission(
            actions=("ssm:GetParametersByPath", "ssm:GetParameters"),
            # The emulator looks for a name that these two calls do not carry, and finds none.
            resources=("*",) if self._environment.is_emulated else (self._parameter(path), below),
            reason=every,
        )
        yield Permission(
            actions=("ssm:GetParameterHistory", "ssm:ListTagsForResource"),
            resources=(below,),
            reason=every,
        )
        yield Permission(
            actions=("ssm:DescribeParameters",),
            resources=("*",),
            reason="DescribeParameters knows no resources (Service Authorization Reference).",
        )
        yield Permission(
            actions=("kms:Decrypt",),
            resources=(self._names.arn("kms", "key/*"),),
            conditions={
                "StringEquals": {"kms:ViaService": f"ssm.{self._names.region}.amazonaws.com"},
                "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": below},
            },
            reason=(
                "Each SecureString may have a key of its own. Only Parameter Store can use this, "
                "and only for parameters below the environment's path."
            ),
        )

    def _bucket(self, settings: Settings) -> Permissions:
        yield Permission(
            actions=("s3:GetObjectVersion", "s3:PutObject"),
            resources=(self._names.bucket_arn(settings["bucket"], f"{settings['environment']}/*"),),
            reason="The name of each export carries its date.",
        )

    def _key(self, settings: Settings) -> Permissions:
        yield Permission(
            actions=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
            resources=(settings["key_arn"],),
        )

    def _parameter(self, name: str) -> str:
        return self._names.arn("ssm", f"parameter/{name.lstrip('/')}")
