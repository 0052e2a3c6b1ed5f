"""The scheduled functions that watch Storytailor."""

from watchkeeper.definitions.schedule import JobDefinition, ScheduleDefinition

# A start that is four minutes late is dropped: the next one does its work.
EVERY_FIVE_MINUTES = ScheduleDefinition(expression="rate(5 minutes)", max_event_age_seconds=240)

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
SSM_BACKUP = JobDefinition(
    name="ssm_backup",
    description="Exports every parameter of the environment, sealed, verified by reading it back.",
    schedule=ScheduleDefinition(
        expression="cron(0 5 1 * ? *)", max_event_age_seconds=43_200, retry_attempts=3
    ),
    timeout_seconds=900,
    memory_megabytes=512,
)

JOBS = (HEALTH_CHECK, PIPELINE_METRICS, UNSUBSCRIBE_SPIKE, SSM_BACKUP)
