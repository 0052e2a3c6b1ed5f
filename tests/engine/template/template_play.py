"""Small templates, and how they are read."""

from collections.abc import Mapping
from typing import Any

from rehearsal.engine.alarm import MetricAlarm
from rehearsal.engine.template.deployment import Deployment, Resource
from rehearsal.engine.template.physical import Place
from rehearsal.engine.template.reader import read_templates
from rehearsal.engine.template.resources import read_resources
from rehearsal.engine.template.stacks import link_stacks
from rehearsal.engine.template.values import Value

ACCOUNT = "123456789012"
REGION = "eu-west-1"
ARN = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"

SINGLE: Mapping[str, Any] = {
    "AlarmName": "too-many",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 3,
    "MetricName": "Errors",
    "Namespace": "Shop",
    "Period": 60,
    "Statistic": "Sum",
    "Threshold": 5,
}
MATH: Mapping[str, Any] = {
    "AlarmName": "too-many",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 3,
    "Threshold": 5,
}


def stat(name: str = "m1", period: object = 60, **more: object) -> dict[str, Any]:
    """Make a metric of Metrics; `more` goes beside its Id."""
    metric = {"Namespace": "Shop", "MetricName": "Errors"}
    watched = {"Metric": metric, "Period": period, "Stat": "Sum"}
    return {"Id": name, "MetricStat": watched, "ReturnData": False, **more}


def resource(kind: str, /, **properties: object) -> dict[str, Any]:
    """Make an entry of Resources."""
    return {"Type": kind, "Properties": properties}


def alarm(**properties: object) -> dict[str, Any]:
    """Make an alarm on a single metric, with some properties changed, or left out by None."""
    merged = {**SINGLE, **properties}
    kept = {name: value for name, value in merged.items() if value is not None}
    return resource("AWS::CloudWatch::Alarm", **kept)


def composite(rule: object, **properties: object) -> dict[str, Any]:
    """Make a composite alarm."""
    return resource("AWS::CloudWatch::CompositeAlarm", AlarmRule=rule, **properties)


def read(
    resources: Mapping[str, Any],
    *,
    parameters: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
    **sections: object,
) -> Deployment:
    """Read one template, called Shop."""
    return read_all(
        {"Shop": {"Resources": resources, **sections}}, parameters=parameters, known=known
    )


def read_all(
    documents: Mapping[str, Mapping[str, Any]],
    *,
    parameters: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
    places: Mapping[str, Place] | None = None,
) -> Deployment:
    """Read several templates."""
    return read_templates(
        documents,
        account=ACCOUNT,
        region=REGION,
        parameters=parameters,
        known=known,
        places=places,
    )


def read_alarm(written: Mapping[str, Any]) -> MetricAlarm:
    """Read the one alarm of a template; a refusal fails."""
    deployment = read({"Alarm": written})
    assert deployment.refused == ()
    return deployment.metric_alarms[0]


def refusals(deployment: Deployment) -> dict[str, str]:
    """Give the reasons of all refusals by their subjects."""
    return {refusal.subject: refusal.reason for refusal in deployment.refused}


def resolve_resources(
    resources: Mapping[str, Any],
    *,
    parameters: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
    **sections: object,
) -> dict[str, Resource]:
    """Resolve the resources of one template, without reading what they define."""
    place = Place(account=ACCOUNT, region=REGION)
    template = {"Resources": resources, **sections}
    stacks = link_stacks({"Shop": template}, place, {}, parameters or {}, known or {})
    entries, _ = read_resources(stacks)
    return {entry.resource.logical_id: entry.resource for entry in entries}


def resolve(value: object, **more: Any) -> Value:
    """Resolve a value where any JSON may stand."""
    resources = {"Probe": resource("Custom::Probe", Found=value), **more.pop("resources", {})}
    return resolve_resources(resources, **more)["Probe"].properties.get("Found")
