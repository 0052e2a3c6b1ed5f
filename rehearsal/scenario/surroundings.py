"""Every name a scenario may use: what the templates deploy and watch, and the tables there are."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.template.deployment import Deployment

TABLE = re.compile(r"CREATE TABLE (\w+) \(\n(.*?)\n\);", re.DOTALL)
COLUMN = re.compile(r"^\s+(\w+)\s+(.+?),?$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Hold a table's columns, and the one that says when a row came, if there is one."""

    columns: frozenset[str]
    moment: str = ""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Hold the names of one environment.

    `functions`, `parameters` and `rules` are those that the suite looks at;
    `suite` maps what people call the suite's own functions to their names, and `settings` those to
    what they are told. Where no world is simulated, nothing can happen to one: metrics are all
    there is to say.
    """

    alarms: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    metrics: frozenset[MetricIdentity] = frozenset()
    suite: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    tables: Mapping[str, Table] = field(default_factory=dict)
    placeholders: Mapping[str, str] = field(default_factory=dict)
    is_simulated: bool = True


def read_surroundings(
    deployment: Deployment,
    *,
    schema: str = "",
    placeholders: Mapping[str, str] | None = None,
    is_simulated: bool = True,
) -> Surroundings:
    """Gather the names from templates and from the `CREATE TABLE`s of a schema."""
    targets = [(check["kind"], check["target"]) for check in read_checks(deployment)]
    rules = (target["rules"] for kind, target in targets if kind == "eventbridge_rules")
    queues = deployment.of_type("AWS::SQS::Queue")
    return Surroundings(
        alarms=frozenset(each.name for each in deployment.alarms),
        topics=frozenset(each.name for each in deployment.topics),
        queues=frozenset(each.name for each in queues if each.name),
        metrics=frozenset(_metrics(deployment)),
        suite=_suite(each.name for each in deployment.functions),
        settings={
            each.name: frozenset(name for told in _settings(each.environment) for name in told)
            for each in deployment.functions
        },
        functions=frozenset(each["function"] for kind, each in targets if kind == "lambda_invoke"),
        parameters=frozenset(each["name"] for kind, each in targets if kind == "ssm_parameter")
        | read_kill_switches(deployment),
        rules=frozenset(name.strip() for names in rules for name in names.split(","))
        | {told["canary_rule"] for told in read_told(deployment) if "canary_rule" in told},
        tables=read_tables(schema),
        placeholders=placeholders or {},
        is_simulated=is_simulated,
    )


def read_checks(deployment: Deployment) -> list[dict[str, Any]]:
    """Read the health checks out of the functions' settings, which are JSON in a variable."""
    return [check for function in deployment.functions for check in _checks(function.environment)]


def read_told(deployment: Deployment) -> list[dict[str, Any]]:
    """Read what each function is told, where that is JSON in a variable."""
    return [told for each in deployment.functions for told in _settings(each.environment)]


def read_kill_switches(deployment: Deployment) -> frozenset[str]:
    """Read the names of the kill switches that a function is told to look at."""
    told = (document for each in deployment.functions for document in _settings(each.environment))
    return frozenset(
        name for document in told for name in document.get("kill_switches", {}).values()
    )


@dataclass(frozen=True, kw_only=True)
class ComparedRules:
    """Hold what a function is told of rules: their expressions, and the function all start."""

    schedules: Mapping[str, str]
    target: str


def read_compared_rules(deployment: Deployment) -> ComparedRules:
    """Read the rules that a function is told to compare; none where there is no such function."""
    told = (document for each in deployment.functions for document in _settings(each.environment))
    for document in told:
        if "rule_schedules" in document:
            return ComparedRules(
                schedules=document["rule_schedules"], target=document["rule_target"]
            )
    return ComparedRules(schedules={}, target="")


def read_tables(schema: str) -> dict[str, Table]:
    """Read the tables of a schema; a column that defaults to now() says when a row came."""
    tables = {}
    for name, body in TABLE.findall(schema):
        columns = dict(COLUMN.findall(body))
        moments = [column for column, kind in columns.items() if "DEFAULT now()" in kind]
        tables[name] = Table(columns=frozenset(columns), moment=moments[0] if moments else "")
    return tables


def _checks(variables: Mapping[str, str]) -> list[dict[str, Any]]:
    return [check for document in _settings(variables) for check in document.get("checks", ())]


def _settings(variables: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for value in variables.values():
        try:
            document = json.loads(value)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document


def _suite(names: Iterable[str]) -> dict[str, str]:
    """Let a function be named as it is deployed, and without the suite's prefix, in snake case."""
    found = {name: name for name in names}
    return {name.removeprefix("watchkeeper-").replace("-", "_"): name for name in found} | found


def _metrics(deployment: Deployment) -> Iterator[MetricIdentity]:
    for alarm in deployment.metric_alarms:
        for query in alarm.queries:
            if query.stat:
                yield query.stat.metric
