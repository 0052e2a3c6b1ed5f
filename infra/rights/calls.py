"""The rights to call what runs, what starts it, what watches it, and what carries messages."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from infra.rights.permission import Permission, Permissions, Settings, Target, via
from watchkeeper.environment.names import Names


@dataclass(frozen=True)
class CallRights:
    """Derive which services functions may call, about what."""

    names: Names
    is_emulated: bool

    def lambda_invoke(self, target: Target) -> Permissions:
        """Start one function."""
        function = self.names.arn("lambda", f"function:{target['function']}")
        yield Permission(actions=("lambda:InvokeFunction",), resources=(function,))

    def deployed_code(self, settings: Settings) -> Permissions:
        """Read functions with their code."""
        functions = settings["snapshot_functions"]
        yield Permission(
            actions=("lambda:GetFunction",),
            resources=tuple(self.names.arn("lambda", f"function:{one}") for one in functions),
        )

    def eventbridge_rules(self, target: Target) -> Permissions:
        """Look at the rules of a check."""
        rules = (name.strip() for name in target["rules"].split(","))
        yield self._described(rules, target.get("bus", "default"))

    def rules(self, settings: Settings) -> Permissions:
        """Look at rules."""
        yield self._described(settings["rules"].values())

    def compared_rules(self, settings: Settings) -> Permissions:
        """Look at rules and at what they start."""
        described = self._described(settings["rule_schedules"])
        yield described
        listing = replace(described, actions=("events:ListTargetsByRule",))
        # The emulator looks for a name that this call does not carry, and finds none.
        every = replace(listing, resources=("*",), reason="The emulator asks for every rule.")
        yield every if self.is_emulated else listing

    def _described(self, rules: Iterable[str], bus: str = "default") -> Permission:
        # A rule of the default bus has no bus in its ARN, except in the emulator.
        has_bus = bus != "default" or self.is_emulated
        folder = f"rule/{bus}" if has_bus else "rule"
        return Permission(
            actions=("events:DescribeRule",),
            resources=tuple(self.names.arn("events", f"{folder}/{rule}") for rule in rules),
        )

    def canary(self, settings: Settings) -> Permissions:
        """Send test events, and look for them in a log."""
        if self.is_emulated:
            yield Permission(
                actions=("events:PutEvents",),
                resources=("*",),
                reason="The emulator looks for neither the bus nor the source of an event.",
            )
        else:
            yield Permission(
                actions=("events:PutEvents",),
                resources=(self.names.arn("events", "event-bus/default"),),
                # Nothing that pretends to come from the application.
                conditions={"StringEquals": {"events:source": "storytailor.health-check"}},
            )
        group = self.names.arn("logs", f"log-group:{settings['canary_log_group']}")
        yield Permission(
            actions=("logs:FilterLogEvents",),
            resources=(group, f"{group}:*"),
            reason="IAM may spell a log group with all of its streams.",
        )

    def costs(self, _settings: Settings) -> Permissions:
        """Ask what the account costs."""
        yield Permission(
            actions=("ce:GetCostAndUsage",),
            resources=("*",),
            reason="Costs are the account's: there is no narrower resource that all regions know.",
        )

    def drill(self, settings: Settings) -> Permissions:
        """Set alarms off, and see whom their topics reach."""
        yield Permission(
            actions=("sns:ListSubscriptionsByTopic",), resources=tuple(settings["drilled_topics"])
        )
        yield from self.alarm_history(settings)
        drilled = {
            topic.rpartition(":")[2].partition("-")[0] for topic in settings["drilled_topics"]
        }
        yield Permission(
            actions=("cloudwatch:SetAlarmState",),
            resources=tuple(
                self.names.arn("cloudwatch", f"alarm:{workload}-*") for workload in sorted(drilled)
            ),
            reason="The drill chooses, of a workload's alarms, one that is quiet at the time.",
        )

    def alarm_history(self, _settings: Settings) -> Permissions:
        """Look at alarms and what they did."""
        yield Permission(
            actions=("cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"),
            resources=("*",),
            reason="Composite alarms are only told to whoever may see every alarm (API reference).",
        )

    def sums(self, _settings: Settings) -> Permissions:
        """Read metrics."""
        yield Permission(
            actions=("cloudwatch:GetMetricData",),
            resources=("*",),
            reason="GetMetricData knows no resources (Service Authorization Reference).",
        )

    def mail(self, settings: Settings) -> Permissions:
        """Send mails, where the environment has an identity to send them by."""
        if not settings["identity_arn"]:
            return
        if self.is_emulated:
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

    def publish(self, topic: str) -> Permissions:
        """Publish to a topic, unless there is none."""
        if not topic:
            return
        yield Permission(actions=("sns:Publish",), resources=(topic,))
        yield Permission(
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(self.names.arn("kms", "key/*"),),
            conditions={
                "StringEquals": via("sns", self.names),
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": self.names.topics_key_alias},
            },
            reason="The topics' key is known by its alias alone, which IAM takes in a condition.",
        )
