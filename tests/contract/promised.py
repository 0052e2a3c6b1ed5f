"""What people's runbooks and dashboards already name: every metric, alarm, board, query and job.

The names are promises. Whoever renames or drops one breaks a runbook somewhere else, so they stand
here a second time on purpose, in the words of Storytailor's operations and monitoring guides.
"""

from typing import Final

METRICS: Final = {
    "Storytailor/Pipelines": (
        "PipelineExecutions",
        "PipelineVetoes",
        "SLAViolations",
        "PipelineFailures",
        "PipelineDuration",
        "EventToProcessingDelay",
        "MinutesSinceLastExecution",
        "EmailDeliveryFailure",
        "KillSwitchActive",
        "HumanOverrides",
    ),
    "Storytailor/Email": (
        "EmailsSent",
        "EmailOpens",
        "EmailClicks",
        "EmailBounces",
        "SpamComplaints",
        "Unsubscribes",
        "QueuedToSent",
        "SentToDelivered",
    ),
    "Storytailor/Referrals": (
        "CreditsIssued",
        "CreditsApplied",
        "CreditsExpired",
        "ReferralSignups",
        "ReferralConversions",
        "RewardsIssued",
        "ReferralRewardFailures",
        "MilestoneBonuses",
    ),
    "Storytailor/Database": (
        "DatabaseAvailable",
        "ConnectionsUsed",
        "TableSize",
        "SlowQueryMeanTime",
        "FunctionMeanTime",
        "UnusedIndexes",
        "LongestTransaction",
    ),
    "Storytailor/Health": ("CheckPassed", "CheckLatency", "CanaryRoundTrip"),
}

# By severity. <email type> and <scheduled pipeline> stand for each that the environment lists.
ALARMS: Final = {
    "P1": (
        "email-failure-rate",
        "email-failure-percent",
        "crisis-sla-violations",
        "crisis-pipeline-down",
        "curator-errors",
        "curator-errors-hourly",
        "eventbridge-failures",
        "database-down",
        "health-check",
        "health-check-silent",
        "unsubscribe-rate-critical",
    ),
    "P2": (
        "email-failure-percent-elevated",
        "sla-violations",
        "sla-violation-rate",
        "curator-error-rate",
        "curator-throttles",
        "job-missing-<scheduled pipeline>",
        "canary",
        "unsubscribe-spike",
        "spam-complaints",
        "referral-reward-failures",
        "backup-failed",
        "backup-stale",
        "no-email",
    ),
    "P3": (
        "crisis-sla-warning",
        "curator-duration",
        "curator-timeout-near",
        "curator-concurrency",
        "pipeline-duration-daily-digest",
        "pipeline-duration-weekly-insights",
        "pipeline-duration-story-scoring",
        "pipeline-duration-referral-rewards",
        "high-veto-rate",
        "unsubscribe-rate",
        "open-rate-<email type>",
        "bounce-rate",
        "db-connections",
        "slow-queries",
        "table-growth",
        "config-drift",
        "email-latency",
        "false-positives",
    ),
    "P4": ("email-cost",),
}

# Words that the title of one of the board's widgets holds.
DASHBOARDS: Final = {
    "Storytailor-Pipelines": (
        "executions",
        "veto rate",
        "veto reasons",
        "sla",
        "duration",
        "errors",
        "health",
        "kill switch",
        "alarm",
    ),
    "Storytailor-Email": (
        "volume",
        "open rate",
        "click",
        "unsubscribe rate",
        "bounce",
        "spam",
        "fail",
    ),
    "Storytailor-Referrals": ("credits issued", "conversion", "funnel"),
    "Storytailor-Database": ("connections", "size", "slow", "index"),
}

LOG_QUERIES: Final = (
    "vetoed",
    "email failures",
    "sla",
    "high value",
    "cold starts",
    "errors",
)

# The first two fields of a cron expression say the time of day, the fifth the weekday.
JOBS: Final = {
    "health_check": "rate(5 minutes)",
    "pipeline_metrics": "rate(5 minutes)",
    "email_metrics": "rate(5 minutes)",
    "unsubscribe_spike": "rate(5 minutes)",
    "referral_metrics": "rate(1 hour)",
    "database_metrics": "rate(15 minutes)",
    "kill_switch_metrics": "rate(15 minutes)",
    "eventbridge_canary": "daily",
    "daily_summary": "daily",
    "weekly_review": "weekly",
    "monthly_report": "monthly",
    "ssm_backup": "monthly",
    "config_drift": "daily",
    "archive": "cron(0 2 ? * SUN *)",
    "code_snapshot": "weekly",
    "alarm_drill": "quarterly",
}

RUNBOOK_SCENARIOS: Final = (
    "daily-digest-not-sending",
    "referral-reward-not-applied",
    "referral-reward-not-issued",
    "high-sla-violation-rate",
    "e-mail-spam-complaints",
    "eventbridge-job-failure",
    "crisis-alert-not-sent",
    "kill-switches",
    "who-decides-what",
    "who-answers-and-when",
    "maintenance-window",
)
