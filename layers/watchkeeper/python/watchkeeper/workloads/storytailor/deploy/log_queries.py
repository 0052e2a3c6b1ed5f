"""The saved CloudWatch Logs Insights queries of Storytailor."""

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


def log_queries(environment: str) -> tuple[LogQueryDefinition, ...]:
    """Return the saved queries over the application's log groups in an environment."""
    groups = tuple(
        f"/aws/lambda/storytailor-{function}-{environment}"
        for function in ("intelligence-curator", "universal-agent")
    )
    return tuple(
        LogQueryDefinition(
            name=f"storytailor/{name}", log_groups=groups, text=text, description=description
        )
        for name, description, text in TEXTS
    )
