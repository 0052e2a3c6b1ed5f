"""The functions that are deployed, as their templates have them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.assembly import Assembly
from tests.infrastructure.templates import listed, properties, resources, statements, suffix

FREQUENT_JOBS = (
    "database-metrics",
    "email-metrics",
    "health-check",
    "kill-switch-metrics",
    "override-metrics",
    "pipeline-metrics",
    "referral-metrics",
    "unsubscribe-spike",
)
# What they may do differs between environments: test_report_functions.py.
REPORTS = ("daily-summary", "monthly-report", "weekly-review")
# Not at a rate: these are tried again when they fail. Where rows may be archived there is one more.
RARE_JOBS = (
    *REPORTS,
    "alarm-drill",
    "archive",
    "code-snapshot",
    "config-drift",
    "cost-metrics",
    "eventbridge-canary",
    "ssm-backup",
)
JOBS = (*FREQUENT_JOBS, *(job for job in RARE_JOBS if job != "archive"))
JOBS_OF = {"local": (*JOBS, "archive"), "production": JOBS, "staging": JOBS}


def stack(assembly: Assembly) -> Mapping[str, Any]:
    """Give the resources of the functions' stack by their logical names."""
    template = assembly.read(f"Watchkeeper-Functions{suffix(assembly)}")
    found: Mapping[str, Any] = template["Resources"]
    return found


def functions(assembly: Assembly) -> Mapping[str, Mapping[str, Any]]:
    """Give each function's properties by its job."""
    return {
        job: found
        for found in properties(assembly, "AWS::Lambda::Function")
        for job in JOBS_OF[assembly.environment]
        if found["FunctionName"] == f"watchkeeper-{job}{suffix(assembly)}"
    }


def settings(function: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read what a function is told."""
    document: Mapping[str, Any] = json.loads(
        function["Environment"]["Variables"]["WATCHKEEPER_SETTINGS"]
    )
    return document


def policy(assembly: Assembly, function: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the statements of a function's role."""
    role = function["Role"]["Fn::GetAtt"][0]
    for resource in resources(assembly, "AWS::IAM::Policy"):
        if resource["Properties"]["Roles"] == [{"Ref": role}]:
            yield from statements(resource["Properties"]["PolicyDocument"])


def allowed(assembly: Assembly, job: str, action: str) -> list[Any]:
    """List the resources on which a function may do something."""
    return [
        resource
        for statement in policy(assembly, functions(assembly)[job])
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]
