"""The health checks of Storytailor; each name is a value of the dimension `Check`."""

import json
from collections.abc import Sequence

from watchkeeper.definitions.check import CheckDefinition

# Half of these would do for a warm function; the rest is for the cold start of a large one, and
# only 40 % of a deadline is one try's (docs/health-checks.md).
FUNCTION_DEADLINE_SECONDS = 20.0
# The export runs monthly: a month and four days of grace.
MAX_BACKUP_AGE_DAYS = 35
HEALTHY = json.dumps({"status": "healthy"})


def storytailor_checks(
    *, environment: str, database_secret: str, rules: Sequence[str], backup_bucket: str
) -> tuple[CheckDefinition, ...]:
    """Declare the checks for one environment; `rules` names the pipelines that rules start."""
    switches = f"/storytailor-{environment}/pipelines"
    return (
        _function_check(
            "curator",
            function=f"storytailor-intelligence-curator-{environment}",
            description="The curator, which runs every pipeline, answers its health payload.",
        ),
        _function_check(
            "universal-agent",
            function=f"storytailor-universal-agent-{environment}",
            description="The universal agent answers its health payload.",
        ),
        _function_check(
            "crisis-pipeline",
            function=f"storytailor-intelligence-curator-{environment}",
            description="The curator's crisis-alert pipeline answers its health payload.",
            pipeline="crisis_alert",
        ),
        CheckDefinition(
            name="database",
            kind="postgres",
            description="The database takes a connection and answers a query on its main table.",
            target={
                "secret": database_secret,
                "package": "watchkeeper.workloads.storytailor.queries",
                "file": "database_answers.sql",
            },
            phases=("connect", "query"),
        ),
        CheckDefinition(
            name="kill-switch-parameters",
            kind="ssm_parameter",
            description="Kill switches can be read: that of the daily digest holds true or false.",
            target={"name": f"{switches}/daily-digest/enabled", "pattern": "true|false"},
        ),
        CheckDefinition(
            name="crisis-kill-switch",
            kind="ssm_parameter",
            description="The kill switch of the crisis-alert pipeline lets it run.",
            target={"name": f"{switches}/crisis-alert/enabled", "expected": "true"},
        ),
        CheckDefinition(
            name="eventbridge-rules",
            kind="eventbridge_rules",
            description="Every rule that starts a pipeline exists and is enabled.",
            target={"rules": ",".join(f"storytailor-{rule}-{environment}" for rule in rules)},
        ),
        CheckDefinition(
            name="backup-fresh",
            kind="object_age",
            description="A verified export of the parameters is at most 35 days old.",
            target={
                "bucket": backup_bucket,
                "key": f"{environment}/latest.json",
                "max_age_days": str(MAX_BACKUP_AGE_DAYS),
            },
        ),
    )


def _function_check(
    name: str, *, function: str, description: str, pipeline: str = ""
) -> CheckDefinition:
    detail = {"jobType": "health", **({"pipeline": pipeline} if pipeline else {})}
    return CheckDefinition(
        name=name,
        kind="lambda_invoke",
        description=description,
        target={
            "function": function,
            "payload": json.dumps({"detail": detail}),
            "expected": HEALTHY,
        },
        deadline_seconds=FUNCTION_DEADLINE_SECONDS,
    )
