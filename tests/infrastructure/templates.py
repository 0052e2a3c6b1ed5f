"""Read synthesised templates by what they mean."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from infra.assembly import Assembly

Properties = Mapping[str, Any]
METRIC_ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
WORKLOADS = ("storytailor", "watchkeeper")


def suffix(assembly: Assembly) -> str:
    """Give what names outside production end in."""
    return "" if assembly.environment == "production" else f"-{assembly.environment}"


def account(assembly: Assembly) -> str:
    """Give the number of the environment's account."""
    return {"local": "0", "production": "1", "staging": "2"}[assembly.environment] * 12


def resources(assembly: Assembly, kind: str) -> list[Mapping[str, Any]]:
    """List the resources of a type over all stacks, whole."""
    return [
        resource
        for path in assembly.templates.values()
        for resource in _resources(path)
        if resource["Type"] == kind
    ]


@lru_cache
def _resources(template: Path) -> list[Mapping[str, Any]]:
    return list(json.loads(template.read_text(encoding="utf-8"))["Resources"].values())


def properties(assembly: Assembly, kind: str) -> list[Properties]:
    """List the properties of all resources of a type."""
    return [resource["Properties"] for resource in resources(assembly, kind)]


def alarms(assembly: Assembly) -> Mapping[str, Properties]:
    """Give every alarm by its name, composites among them."""
    return {
        found["AlarmName"]: found
        for kind in (METRIC_ALARM, COMPOSITE)
        for found in properties(assembly, kind)
    }


def dashboards(assembly: Assembly) -> Mapping[str, Mapping[str, Any]]:
    """Give the body of every dashboard by its name."""
    return {
        found["DashboardName"]: json.loads(found["DashboardBody"])
        for found in properties(assembly, "AWS::CloudWatch::Dashboard")
    }


def statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the statements of a policy."""
    yield from document["Statement"]


def listed(value: Any) -> list[Any]:
    """Give a value that may be one or a list as a list."""
    return value if isinstance(value, list) else [value]


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a document, keys of objects among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def series_of_alarm(alarm: Properties) -> Iterator[tuple[str, str, frozenset[tuple[str, str]]]]:
    """Yield the identity of every series an alarm watches."""
    watched = [
        query["MetricStat"]["Metric"] for query in alarm.get("Metrics", ()) if "MetricStat" in query
    ]
    if "MetricName" in alarm:
        watched.append(alarm)
    for metric in watched:
        pairs = ((each["Name"], each["Value"]) for each in metric.get("Dimensions", ()))
        yield metric["Namespace"], metric["MetricName"], frozenset(pairs)


def series_of_dashboard(
    body: Mapping[str, Any],
) -> Iterator[tuple[str, str, frozenset[tuple[str, str]]]]:
    """Yield the identity of every series a dashboard plots; its rows are spelled out."""
    for widget in body["widgets"]:
        for row in widget["properties"].get("metrics", ()):
            names = [part for part in row if isinstance(part, str)]
            assert "." not in names
            if names:
                namespace, metric, *pairs = names
                yield namespace, metric, frozenset(zip(pairs[::2], pairs[1::2], strict=True))


def topics(assembly: Assembly) -> Mapping[str, str]:
    """Give the logical name of each topic by its physical one, without the suffix."""
    template = assembly.read(f"Watchkeeper-Notification{suffix(assembly)}")
    return {
        found["Properties"]["TopicName"].removesuffix(suffix(assembly)): name
        for name, found in template["Resources"].items()
        if found["Type"] == "AWS::SNS::Topic"
    }


def subscribed(assembly: Assembly, topic: str) -> list[tuple[str, str]]:
    """List protocol and endpoint of the subscriptions of a topic."""
    reference = {"Ref": topics(assembly)[topic]}
    return [
        (found["Protocol"], found["Endpoint"])
        for found in properties(assembly, "AWS::SNS::Subscription")
        if found["TopicArn"] == reference
    ]
