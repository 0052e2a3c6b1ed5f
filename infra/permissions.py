"""What each function may do, derived from its settings: these names, these calls, nothing else.

Where IAM forces a wildcard, the permission carries the reason; without one it is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
    {
        "email_extra_usd",
        "email_included",
        "rate_limit_percent",
        "rate_minimum_sent",
        "email_plan",
        "monthly_usd",
        "email_types",
        "environment",
        "rule_target",
        "ledgers",
        "pipeline_types",
        "schedules",
        "canary_rule",
        "veto_reasons",
        "reward_sources",
        "override_types",
        "override_minimum_runs",
        "override_groups",
        "alarm_suffix",
        "docs_url",
        "measured_rules",
        "recipients",
        "sender",
    }
)


class FunctionPermissions:
    """Derive the permissions of functions in one environment."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._names = Names(environment)
        self._by_setting: Mapping[str, Callable[[Settings], Permissions]] = {
            "archive_bucket": self._archive,
            "archive_key_arn": self._archive_key,
            "archive_secret": lambda settings: self._secret(settings["archive_secret"]),
            "bucket": self._bucket,
            "drilled_topics": self._drill,
            "canary_log_group": self._canary,
            "checks": self._checks,
            "cost_services": self._costs,
            "database_secret": lambda settings: self._secret(settings["database_secret"]),
            "key_arn": self._key,
            "kill_switches": self._kill_switches,
            "ledger_table": self._ledger,
            "parameter_path": self._parameters,
            "compared_path": self._compared_parameters,
            "export_bucket": self._exports,
            "rule_schedules": self._compared_rules,
            "snapshot_bucket": self._snapshots,
            "snapshot_functions": self._deployed_code,
            "snapshot_key_arn": self._snapshot_key,
            "rules": self._rules,
            "alarm_prefix": self._alarm_history,
            "identity_arn": self._mail,
            "info_topic": lambda settings: self._publish(settings["info_topic"]),
            "anomaly_topic": lambda settings: self._publish(settings["anomaly_topic"]),
            "switch_topic": lambda settings: self._publish(settings["switch_topic"]),
            "flippable_switches": self._flippable_switches,
            "measured_functions": self._sums,
            "report_bucket": self._reports,
            "report_key_arn": self._report_key,
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

    def _kill_switches(self, settings: Settings) -> Permissions:
        names = settings["kill_switches"].values()
        yield Permission(
            actions=("ssm:GetParameter",), resources=tuple(map(self._parameter, names))
        )

    def _rules(self, settings: Settings) -> Permissions:
        yield from self._eventbridge_rules({"rules": ",".join(settings["rules"].values())})

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

    def _canary(self, settings: Settings) -> Permissions:
        if self._environment.is_emulated:
            yield Permission(
                actions=("events:PutEvents",),
                resources=("*",),
                reason="The emulator looks for neither the bus nor the source of an event.",
            )
        else:
            yield Permission(
                actions=("events:PutEvents",),
                resources=(self._names.arn("events", "event-bus/default"),),
                # Nothing that pretends to come from the application.
                conditions={"StringEquals": {"events:source": "storytailor.health-check"}},
            )
        group = self._names.arn("logs", f"log-group:{settings['canary_log_group']}")
        yield Permission(
            actions=("logs:FilterLogEvents",),
            resources=(group, f"{group}:*"),
            reason="IAM may spell a log group with all of its streams.",
        )

    def _costs(self, _settings: Settings) -> Permissions:
        yield Permission(
            actions=("ce:GetCostAndUsage",),
            resources=("*",),
            reason="Costs are the account's: there is no narrower resource that all regions know.",
        )

    def _parameters(self, settings: Settings) -> Permissions:
        path = settings["parameter_path"]
        below = self._parameter(f"{path}/*")
        yield from self._listed_parameters(path, "The export")
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

    def _listed_parameters(self, path: str, what: str) -> Permissions:
        """Yield what it takes to read everything but the secrets below a path."""
        below = self._parameter(f"{path}/*")
        every = f"{what} is of every parameter below the environment's path."
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

    def _compared_parameters(self, settings: Settings) -> Permissions:
        # No key: a secret is known by its version.
        yield from self._listed_parameters(settings["compared_path"], "The comparison")

    def _compared_rules(self, settings: Settings) -> Permissions:
        for permission in self._eventbridge_rules({"rules": ",".join(settings["rule_schedules"])}):
            yield permission
            listing = replace(permission, actions=("events:ListTargetsByRule",))
            # The emulator looks for a name that this call does not carry, and finds none.
            every = replace(listing, resources=("*",), reason="The emulator asks for every rule.")
            yield every if self._environment.is_emulated else listing

    def _exports(self, settings: Settings) -> Permissions:
        bucket, folder = settings["export_bucket"], settings["environment"]
        pointers = ("approved.json", "latest.json", "code/latest.json")
        yield Permission(
            actions=("s3:GetObject",),
            resources=tuple(self._names.bucket_arn(bucket, f"{folder}/{one}") for one in pointers),
        )
        yield Permission(
            actions=("s3:GetObjectVersion",),
            resources=(self._names.bucket_arn(bucket, f"{folder}/*"),),
            reason="The name of each export carries its date.",
        )
        # Without the right to list, S3 says "denied" of an object that is not there.
        yield Permission(actions=("s3:ListBucket",), resources=(self._names.bucket_arn(bucket),))
        # Through S3 alone: objects open, and the secrets sealed in them do not.
        yield Permission(
            actions=("kms:Decrypt",),
            resources=(self._names.backup_key_arn,),
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{self._names.region}.amazonaws.com"}
            },
        )

    def _deployed_code(self, settings: Settings) -> Permissions:
        functions = settings["snapshot_functions"]
        yield Permission(
            actions=("lambda:GetFunction",),
            resources=tuple(self._names.arn("lambda", f"function:{one}") for one in functions),
        )

    def _snapshots(self, settings: Settings) -> Permissions:
        bucket, folder = settings["snapshot_bucket"], f"{settings['environment']}/code"
        yield Permission(
            actions=(
                *("s3:AbortMultipartUpload", "s3:GetObject", "s3:GetObjectVersion"),
                "s3:PutObject",
            ),
            resources=(self._names.bucket_arn(bucket, f"{folder}/*"),),
            reason="A package's name is its hash, and a manifest's carries its date.",
        )
        yield Permission(actions=("s3:ListBucket",), resources=(self._names.bucket_arn(bucket),))

    def _snapshot_key(self, settings: Settings) -> Permissions:
        yield Permission(
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(settings["snapshot_key_arn"],),
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{self._names.region}.amazonaws.com"}
            },
        )

    def _bucket(self, settings: Settings) -> Permissions:
        yield Permission(
            actions=("s3:GetObjectVersion", "s3:PutObject"),
            resources=(self._names.bucket_arn(settings["bucket"], f"{settings['environment']}/*"),),
            reason="The name of each export carries its date.",
        )

    def _archive(self, settings: Settings) -> Permissions:
        bucket, folder = settings["archive_bucket"], f"{settings['environment']}/*"
        yield Permission(
            actions=("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
            resources=(self._names.bucket_arn(bucket, folder),),
            reason="The name of each part carries its table, month and number.",
        )
        yield Permission(
            actions=("s3:ListBucket",),
            resources=(self._names.bucket_arn(bucket),),
            conditions={"StringLike": {"s3:prefix": folder}},
        )

    def _archive_key(self, settings: Settings) -> Permissions:
        yield from self._key_of_objects(settings["archive_key_arn"], settings["archive_bucket"])

    def _report_key(self, settings: Settings) -> Permissions:
        yield from self._key_of_objects(settings["report_key_arn"], settings["report_bucket"])

    def _key_of_objects(self, key_arn: str, name: str) -> Permissions:
        # The key seals parameters, too: with it a function opens objects of the bucket and no more.
        bucket = self._names.bucket_arn(name)
        yield Permission(
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(key_arn,),
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"s3.{self._names.region}.amazonaws.com",
                    "kms:EncryptionContext:aws:s3:arn": bucket,
                }
            },
        )

    def _drill(self, settings: Settings) -> Permissions:
        yield Permission(
            actions=("sns:ListSubscriptionsByTopic",), resources=tuple(settings["drilled_topics"])
        )
        yield from self._alarm_history(settings)
        drilled = {
            topic.rpartition(":")[2].partition("-")[0] for topic in settings["drilled_topics"]
        }
        yield Permission(
            actions=("cloudwatch:SetAlarmState",),
            resources=tuple(
                self._names.arn("cloudwatch", f"alarm:{workload}-*") for workload in sorted(drilled)
            ),
            reason="The drill chooses, of a workload's alarms, one that is quiet at the time.",
        )

    def _key(self, settings: Settings) -> Permissions:
        yield Permission(
            actions=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
            resources=(settings["key_arn"],),
        )

    def _reports(self, settings: Settings) -> Permissions:
        bucket, folder = settings["report_bucket"], f"{settings['environment']}/reports/*"
        yield Permission(
            actions=("s3:GetObject", "s3:PutObject"),
            resources=(self._names.bucket_arn(bucket, folder),),
            reason="The name of each report carries its date.",
        )
        # Without the right to list, S3 says "denied" of a report that is not there.
        yield Permission(actions=("s3:ListBucket",), resources=(self._names.bucket_arn(bucket),))

    def _alarm_history(self, _settings: Settings) -> Permissions:
        yield Permission(
            actions=("cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"),
            resources=("*",),
            reason="Composite alarms are only told to whoever may see every alarm (API reference).",
        )

    def _sums(self, _settings: Settings) -> Permissions:
        yield Permission(
            actions=("cloudwatch:GetMetricData",),
            resources=("*",),
            reason="GetMetricData knows no resources (Service Authorization Reference).",
        )

    def _mail(self, settings: Settings) -> Permissions:
        if not settings["identity_arn"]:
            return
        if self._environment.is_emulated:
            yield Permission(
                actions=("ses:SendEmail",),
                resources=("*",),
                reason="The emulator knows neither identities nor senders of a mail.",
            )
            return
        yield Permission(
            actions=("ses:SendEmail",),
            resources=(settings["identity_arn"],),
            conditions={"StringEquals": {"ses:FromAddress": settings["sender"]}},
        )

    def _flippable_switches(self, settings: Settings) -> Permissions:
        switches = settings["flippable_switches"].values()
        if switches:
            yield Permission(
                actions=("ssm:GetParameter", "ssm:PutParameter"),
                resources=tuple(map(self._parameter, switches)),
            )

    def _publish(self, topic: str) -> Permissions:
        if not topic:
            return
        yield Permission(actions=("sns:Publish",), resources=(topic,))
        yield Permission(
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(self._names.arn("kms", "key/*"),),
            conditions={
                "StringEquals": {"kms:ViaService": f"sns.{self._names.region}.amazonaws.com"},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": self._names.topics_key_alias},
            },
            reason="The topics' key is known by its alias alone, which IAM takes in a condition.",
        )

    def _parameter(self, name: str) -> str:
        return self._names.arn("ssm", f"parameter/{name.lstrip('/')}")
