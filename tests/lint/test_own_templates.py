"""Our own templates keep every design rule, and would be caught if they did not."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.assembly import Assembly
from rehearsal.lint.report import to_text
from rehearsal.lint.run import run_lint
from rehearsal.lint.templates import load_templates, read_leniently
from rehearsal.own_facts import own_facts
from rehearsal.own_lint import is_spotless, lint_environment

Templates = dict[str, Any]
ENVIRONMENTS = ("local", "production", "staging")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_rule_holds_of_every_environment(
    assemblies: Mapping[str, Assembly], environment: str
) -> None:
    report = lint_environment(environment, folder(assemblies, environment))
    assert is_spotless(report), to_text(report)


def folder(assemblies: Mapping[str, Assembly], environment: str) -> Path:
    return next(iter(assemblies[environment].templates.values())).parent


@cache
def read(path: Path) -> str:
    return json.dumps(load_templates((path,)))


def properties(templates: Templates, kind: str, **matching: Any) -> Iterator[dict[str, Any]]:
    for template in templates.values():
        for resource in template["Resources"].values():
            own = resource.get("Properties", {})
            if resource["Type"] == f"AWS::{kind}" and matching.items() <= own.items():
                yield own


def drop(kind: str) -> Callable[[Templates], None]:
    def mutate(templates: Templates) -> None:
        for template in templates.values():
            left = template["Resources"].items()
            template["Resources"] = {
                key: each for key, each in left if each["Type"] != f"AWS::{kind}"
            }

    return mutate


def change(kind: str, matching: Mapping[str, Any], **changed: Any) -> Callable[[Templates], None]:
    def mutate(templates: Templates) -> None:
        found = list(properties(templates, kind, **matching))
        assert found
        for own in found:
            own.update(copy.deepcopy(changed))

    return mutate


def alarm(name: str, **changed: Any) -> Callable[[Templates], None]:
    return change("CloudWatch::Alarm", {"AlarmName": name}, **changed)


SPIKE = "storytailor-unsubscribe-spike"
# On one metric, without any math.
PLAIN = "storytailor-pipeline-duration-daily-digest"
JOB = "watchkeeper-pipeline-metrics"
BROKEN: Mapping[str, Callable[[Templates], None]] = {
    "alarm-has-action": drop("CloudWatch::CompositeAlarm"),
    "encrypted-topic-key": change("KMS::Key", {}, KeyPolicy={"Statement": []}),
    "topic-lets-publisher-in": change("SNS::TopicPolicy", {}, PolicyDocument={"Statement": []}),
    "topic-reaches-somebody": drop("SNS::Subscription"),
    "breaching-outlasts-cadence": alarm(PLAIN, TreatMissingData="breaching", Period=60),
    "emitter-has-heartbeat": alarm(f"{JOB}-silent", TreatMissingData="notBreaching"),
    "quiet-alarm-has-twin": alarm(f"{JOB}-silent", AlarmName="renamed"),
    "metric-is-registered": alarm(PLAIN, Dimensions=[]),
    "unit-matches-emitter": alarm(PLAIN, Unit="Bytes"),
    "window-within-limits": alarm(SPIKE, EvaluationPeriods=169),
    "at-most-five-actions": alarm(SPIKE, AlarmActions=["arn:aws:sns:us-east-1:1:x"] * 6),
    "runbook-exists": alarm(SPIKE, AlarmDescription="P2: People are leaving."),
    "severity-is-routed": alarm(SPIKE, Tags=[{"Key": "severity", "Value": "P1"}]),
    "schedule-fits": change("Lambda::Function", {"FunctionName": JOB}, Timeout=300),
    "async-failures-kept": drop("Lambda::EventInvokeConfig"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_template_of_ours_that_breaks_a_rule_is_caught(
    assemblies: Mapping[str, Assembly], rule: str
) -> None:
    templates = json.loads(read(folder(assemblies, "production")))
    BROKEN[rule](templates)
    deployment = read_leniently(templates, account="111111111111", region="us-east-1")
    report = run_lint(deployment, own_facts("production"))
    assert rule in {finding.rule for finding in report.findings}, to_text(report)
