"""The saved CloudWatch Logs Insights queries of Storytailor."""

from collections.abc import Iterable

from watchkeeper.definitions.query import LogQueryDefinition

# Name, what it answers, and its text over the log groups of the curator and the agent.
TEXTS = (
    (
        "vetoed-pipelines",
        "Which runs decided not to act, and why?",
        """\
fields @timestamp, pipeline_type, veto_reason, confidence_score, signal_count
| filter vetoed = 1
| sort @timestamp desc
| limit 100""",
    ),
    (
        "email-failures",
        "Which e-mails failed, and with what error?",
        """\
fields @timestamp, user_id, email_type, error
| filter status = "failed"
| sort @timestamp desc
| limit 50""",
    ),
    (
        "sla-violations",
        "Which pipelines miss their SLA, and by how much?",
        """\
filter veto_reason = "SLA_MISSED"
| stats count(*) as violations, max(elapsed_minutes) as worst_minutes by pipeline_type
| sort violations desc""",
    ),
    (
        "high-value-events",
        "Which events were acted on with high confidence?",
        """\
fields @timestamp, pipeline_type, confidence_score
| filter confidence_score > 0.9 and execute = 1
| sort @timestamp desc""",
    ),
    (
        "cold-starts",
        "How often, and how long, does the function start cold?",
        """\
filter @type = "REPORT" and ispresent(@initDuration)
| stats count(*) as cold_starts, avg(@initDuration) as average_ms, max(@initDuration) as worst_ms
  by bin(1h)""",
    ),
    (
        "errors",
        "Which errors occur, newest first?",
        """\
fields @timestamp, @message, @logStream
| filter @message like /ERROR|Error|Task timed out/
| sort @timestamp desc
| limit 100""",
    ),
)


RULE_EVENTS = """\
fields @timestamp, @log, @message
| sort @timestamp desc
| limit 100"""


def log_queries(environment: str, rules: Iterable[str]) -> tuple[LogQueryDefinition, ...]:
    """Return the saved queries over the log groups of the application and of its rules."""
    groups = tuple(
        f"/aws/lambda/storytailor-{function}-{environment}"
        for function in ("intelligence-curator", "universal-agent")
    )
    of_functions = (
        LogQueryDefinition(
            name=f"storytailor/{name}", log_groups=groups, text=text, description=description
        )
        for name, description, text in TEXTS
    )
    of_rules = LogQueryDefinition(
        name="storytailor/rule-events",
        log_groups=tuple(f"/aws/events/storytailor-{rule}-{environment}" for rule in rules),
        text=RULE_EVENTS,
        description="What did the rules of the pipelines send, newest first?",
    )
    return (*of_functions, of_rules)
