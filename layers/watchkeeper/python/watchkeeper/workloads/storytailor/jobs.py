"""The scheduled functions that watch Storytailor."""

from watchkeeper.definitions.schedule import JobDefinition, ScheduleDefinition

# A start that is four minutes late is dropped: the next one does its work.
EVERY_FIVE_MINUTES = ScheduleDefinition(expression="rate(5 minutes)", max_event_age_seconds=240)
EVERY_HOUR = ScheduleDefinition(expression="rate(1 hour)", max_event_age_seconds=1800)
EVERY_QUARTER_HOUR = ScheduleDefinition(expression="rate(15 minutes)", max_event_age_seconds=600)

HEALTH_CHECK = JobDefinition(
    name="health_check",
    description="Checks curator, agent, database, parameters, rules and backup side by side.",
    schedule=EVERY_FIVE_MINUTES,
    timeout_seconds=60,
)
PIPELINE_METRICS = JobDefinition(
    name="pipeline_metrics",
    description="Counts pipeline_executions into metrics, exactly once a row.",
    schedule=EVERY_FIVE_MINUTES,
    timeout_seconds=120,
    memory_megabytes=512,
)
UNSUBSCRIBE_SPIKE = JobDefinition(
    name="unsubscribe_spike",
    description="Sees e-mails sent and people unsubscribe as it happens.",
    schedule=EVERY_FIVE_MINUTES,
    timeout_seconds=120,
    memory_megabytes=512,
)
EMAIL_METRICS = JobDefinition(
    name="email_metrics",
    description="Counts what becomes of e-mails: each step once, and how long it took.",
    schedule=EVERY_FIVE_MINUTES,
    timeout_seconds=120,
    memory_megabytes=512,
)
REFERRAL_METRICS = JobDefinition(
    name="referral_metrics",
    description="Counts what becomes of referrals and credits, and says who is owed a reward.",
    schedule=EVERY_HOUR,
    timeout_seconds=120,
    memory_megabytes=512,
)
OVERRIDE_METRICS = JobDefinition(
    name="override_metrics",
    description="Counts what people override of the pipelines' decisions, and how often that is.",
    schedule=EVERY_HOUR,
    timeout_seconds=120,
)
KILL_SWITCH_METRICS = JobDefinition(
    name="kill_switch_metrics",
    description="Tells which kill switches hold pipelines back, and which rules are disabled.",
    schedule=EVERY_QUARTER_HOUR,
    timeout_seconds=120,
)
SSM_BACKUP = JobDefinition(
    name="ssm_backup",
    description="Exports every parameter of the environment, sealed, verified by reading it back.",
    schedule=ScheduleDefinition(
        expression="cron(0 5 1 * ? *)", max_event_age_seconds=43_200, retry_attempts=3
    ),
    timeout_seconds=900,
    memory_megabytes=512,
)

ALARM_DRILL = JobDefinition(
    name="alarm_drill",
    description="Sends a test page down every topic of the alarms, each quarter's first Monday.",
    schedule=ScheduleDefinition(
        expression="cron(0 15 ? 1,4,7,10 2#1 *)", max_event_age_seconds=3600, retry_attempts=3
    ),
    timeout_seconds=300,
)
DATABASE_METRICS = JobDefinition(
    name="database_metrics",
    description="Measures connections, sizes, slow statements and functions, indexes.",
    schedule=ScheduleDefinition(expression="rate(15 minutes)", max_event_age_seconds=600),
    timeout_seconds=120,
)
COST_METRICS = JobDefinition(
    name="cost_metrics",
    description="Tells what the day before yesterday cost, by service, and what an e-mail costs.",
    # In the morning Cost Explorer has added up the day before yesterday.
    schedule=ScheduleDefinition(
        expression="cron(40 6 * * ? *)", max_event_age_seconds=43_200, retry_attempts=3
    ),
    timeout_seconds=180,
)
ARCHIVE = JobDefinition(
    name="archive",
    description="Moves rows older than 90 days to the archive, verified before they are deleted.",
    schedule=ScheduleDefinition(
        expression="cron(0 2 ? * SUN *)", max_event_age_seconds=43_200, retry_attempts=3
    ),
    timeout_seconds=900,
    memory_megabytes=1024,
)
DAILY_SUMMARY = JobDefinition(
    name="daily_summary",
    description="Mails what happened yesterday: runs, e-mails, credits, errors, alarms.",
    schedule=ScheduleDefinition(
        expression="cron(0 8 * * ? *)", max_event_age_seconds=43_200, retry_attempts=3
    ),
    timeout_seconds=300,
    memory_megabytes=512,
)
WEEKLY_REVIEW = JobDefinition(
    name="weekly_review",
    description="Mails the review of the week: vetoes, time limits, e-mails by day, trends.",
    schedule=ScheduleDefinition(
        expression="cron(30 8 ? * MON *)", max_event_age_seconds=43_200, retry_attempts=3
    ),
    timeout_seconds=300,
    memory_megabytes=512,
)
MONTHLY_REPORT = JobDefinition(
    name="monthly_report",
    description="Mails the health of thirty days: objectives, rates, people, alarms.",
    # After the application's own health reports of nine.
    schedule=ScheduleDefinition(
        expression="cron(30 9 ? * 2#1 *)", max_event_age_seconds=43_200, retry_attempts=3
    ),
    timeout_seconds=600,
    memory_megabytes=512,
)
CODE_SNAPSHOT = JobDefinition(
    name="code_snapshot",
    description="Keeps the deployed code and configuration of the watched functions.",
    schedule=ScheduleDefinition(
        expression="cron(20 5 ? * SUN *)", max_event_age_seconds=43_200, retry_attempts=3
    ),
    timeout_seconds=600,
    memory_megabytes=512,
)
CONFIG_DRIFT = JobDefinition(
    name="config_drift",
    description="Compares parameters and rules with what was approved; values stay unseen.",
    schedule=ScheduleDefinition(
        expression="cron(20 6 * * ? *)", max_event_age_seconds=43_200, retry_attempts=3
    ),
    timeout_seconds=900,
    memory_megabytes=512,
)
EVENTBRIDGE_CANARY = JobDefinition(
    name="eventbridge_canary",
    description="Sends one test event through EventBridge and finds it in the curator's log.",
    schedule=ScheduleDefinition(expression="cron(30 6 * * ? *)", max_event_age_seconds=21_600),
    timeout_seconds=120,
)

JOBS = (
    ARCHIVE,
    HEALTH_CHECK,
    PIPELINE_METRICS,
    UNSUBSCRIBE_SPIKE,
    EMAIL_METRICS,
    REFERRAL_METRICS,
    OVERRIDE_METRICS,
    KILL_SWITCH_METRICS,
    SSM_BACKUP,
    ALARM_DRILL,
    DATABASE_METRICS,
    COST_METRICS,
    DAILY_SUMMARY,
    WEEKLY_REVIEW,
    MONTHLY_REPORT,
    CODE_SNAPSHOT,
    CONFIG_DRIFT,
    EVENTBRIDGE_CANARY,
)
