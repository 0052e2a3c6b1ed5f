"""Turn alarm definitions into CloudWatch alarms."""

from collections.abc import Iterable

from aws_cdk import Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.cloudwatch.metrics import to_cdk_metric
from infra.links import dashboard_url, runbook_url
from watchkeeper.definitions.alarm import (
    AlarmDefinition,
    AnyOf,
    Comparison,
    Statistic,
    Threshold,
    TreatMissingData,
)
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.severity import Severity
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names

# PutMetricAlarm and PutCompositeAlarm, API reference.
MAX_DESCRIPTION_LENGTH = 1024

COMPARISONS = {
    Comparison.GREATER: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    Comparison.GREATER_OR_EQUAL: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    Comparison.LESS: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    Comparison.LESS_OR_EQUAL: cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
}


MISSING_DATA = {
    TreatMissingData.BREACHING: cloudwatch.TreatMissingData.BREACHING,
    TreatMissingData.NOT_BREACHING: cloudwatch.TreatMissingData.NOT_BREACHING,
    TreatMissingData.IGNORE: cloudwatch.TreatMissingData.IGNORE,
    TreatMissingData.MISSING: cloudwatch.TreatMissingData.MISSING,
}


class WorkloadAlarms:
    """Create the alarms of one workload below a scope, children before their composites."""

    def __init__(self, scope: Construct, workload: str, environment: Environment) -> None:
        self._scope = scope
        self._workload = workload
        self._environment = environment
        self._names = Names(environment)
        self._topic_actions: dict[Severity, actions.SnsAction] = {}
        self._created: dict[str, cloudwatch.AlarmBase] = {}

    def create(self, definitions: Iterable[AlarmDefinition]) -> None:
        """Create every alarm."""
        waiting = {definition.name: definition for definition in definitions}
        while waiting:
            ready = [each for each in waiting.values() if not set(each.children) & set(waiting)]
            if not ready:
                raise DefinitionError(f"composite alarms {sorted(waiting)} stand on each other")
            for definition in ready:
                self._created[definition.name] = self._alarm(definition)
                del waiting[definition.name]

    def _alarm(self, definition: AlarmDefinition) -> cloudwatch.AlarmBase:
        if isinstance(definition.condition, AnyOf):
            alarm = self._composite(definition, definition.condition)
        else:
            alarm = self._on_threshold(definition, definition.condition)
        for severity in definition.notifies:
            # The same topic hears of the end, so that an incident resolves by itself.
            alarm.add_alarm_action(self._topic_action(severity))
            alarm.add_ok_action(self._topic_action(severity))
        Tags.of(alarm).add("severity", definition.severity.name)
        Tags.of(alarm).add("workload", self._workload)
        Tags.of(alarm).add("owner", self._environment.owner)
        return alarm

    def _on_threshold(self, definition: AlarmDefinition, held: Threshold) -> cloudwatch.AlarmBase:
        period_seconds = held.window.period_seconds
        return cloudwatch.Alarm(
            self._scope,
            definition.name,
            alarm_name=self._environment.named(definition.name),
            alarm_description=description(definition, self._workload, self._environment),
            metric=to_cdk_metric(
                held.watches,
                period_seconds=period_seconds,
                label=None if isinstance(held.watches, Statistic) else definition.name,
            ),
            comparison_operator=COMPARISONS[held.comparison],
            threshold=held.value,
            evaluation_periods=held.window.evaluation_periods,
            datapoints_to_alarm=held.window.datapoints_to_alarm,
            treat_missing_data=MISSING_DATA[held.treat_missing_data],
            actions_enabled=True,
        )

    def _composite(self, definition: AlarmDefinition, rule: AnyOf) -> cloudwatch.AlarmBase:
        names = [self._environment.named(child) for child in rule.alarms]
        composite = cloudwatch.CompositeAlarm(
            self._scope,
            definition.name,
            composite_alarm_name=self._environment.named(definition.name),
            alarm_description=description(definition, self._workload, self._environment),
            alarm_rule=cloudwatch.AlarmRule.from_string(
                " OR ".join(f'ALARM("{name}")' for name in names)
            ),
            actions_enabled=True,
        )
        # The rule names its children, which tells CloudFormation nothing of their order.
        composite.node.add_dependency(*(self._created[child] for child in rule.alarms))
        return composite

    def _topic_action(self, severity: Severity) -> actions.SnsAction:
        if severity not in self._topic_actions:
            topic = sns.Topic.from_topic_arn(
                self._scope,
                f"{severity.name}Topic",
                self._names.topic_arn(self._workload, severity),
            )
            self._topic_actions[severity] = actions.SnsAction(topic)
        return self._topic_actions[severity]


def description(definition: AlarmDefinition, workload: str, environment: Environment) -> str:
    """Write what a page says: how bad, what it means, what to look at first, where to read on."""
    lines = [
        f"{definition.severity.name}: {definition.meaning}",
        *(f"{number}. {text}" for number, text in enumerate(definition.first_checks, start=1)),
    ]
    if definition.kill_switch:
        lines.append(f"Kill switch: {definition.kill_switch}")
    lines.append(f"Runbook: {runbook_url(environment, workload, definition.runbook)}")
    lines.append(f"Dashboard: {dashboard_url(environment, definition.dashboard)}")
    text = "\n".join(lines)
    if len(text) > MAX_DESCRIPTION_LENGTH:
        raise DefinitionError(
            f"alarm {definition.name}: its description has {len(text)} characters, "
            f"expected at most {MAX_DESCRIPTION_LENGTH}: shorten meaning or first checks"
        )
    return text
