"""Small templates, written as their resources, and what a rule is to say of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.engine.template.deployment import Deployment
from rehearsal.lint.facts import Facts
from rehearsal.lint.templates import read_leniently

Resources = Mapping[str, Mapping[str, Any]]
ACCOUNT = "123456789012"
REGION = "eu-central-1"
SHOP = {"Namespace": "Shop", "MetricName": "Orders"}
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:pager"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Be a template and, in fragments, each problem a rule is to find and each fact it asks for."""

    rule: str
    name: str
    resources: Resources
    facts: Facts = field(default_factory=Facts)
    finds: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Tell whether the rule is to hold."""
        return not self.finds and not self.needs


def deploy(resources: Resources, stack: str = "Shop") -> Deployment:
    """Read resources as the template of one stack."""
    return read_leniently({stack: {"Resources": resources}}, account=ACCOUNT, region=REGION)


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    """Write a resource."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def alarm(name: str = "orders-low", **properties: Any) -> dict[str, Any]:
    """Write an alarm on a metric; None removes a property."""
    usual: dict[str, Any] = {
        "AlarmName": name,
        **SHOP,
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC_ARN],
    }
    merged = {key: value for key, value in (usual | properties).items() if value is not None}
    return resource("CloudWatch::Alarm", **merged)


def math_alarm(name: str, *queries: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    """Write an alarm on metric math."""
    removed = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    return alarm(name, Metrics=list(queries), **(removed | properties))


def read(name: str, metric: str, stat: str = "Sum", **more: Any) -> dict[str, Any]:
    """Write a query that reads a metric."""
    identity = {"Namespace": "Shop", "MetricName": metric}
    stated = {"Metric": identity, "Period": 300, "Stat": stat} | more
    return {"Id": name, "MetricStat": stated, "ReturnData": False}


def compute(text: str, name: str = "result", *, returns: bool = True) -> dict[str, Any]:
    """Write a query that computes."""
    return {"Id": name, "Expression": text, "ReturnData": returns}


def composite(name: str, rule: str, **properties: Any) -> dict[str, Any]:
    """Write an alarm on alarms."""
    return resource("CloudWatch::CompositeAlarm", AlarmName=name, AlarmRule=rule, **properties)


def tagged(**tags: str) -> list[dict[str, str]]:
    """Write tags."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def facts(**parts: Any) -> Facts:
    """Build facts from plain values, as a facts file gives them."""
    return Facts.model_validate(parts)


def orders(**more: Any) -> dict[str, Any]:
    """Write the fact of the metric that `alarm` watches."""
    return {"namespace": "Shop", "name": "Orders", **more}
