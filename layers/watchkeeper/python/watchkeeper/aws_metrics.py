"""Metrics that AWS emits by itself, with the dimension sets AWS documents for them."""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit


def _aws(
    namespace: str, name: str, unit: Unit, kind: Kind, *dimensions: str, description: str
) -> MetricDefinition:
    return MetricDefinition(
        namespace=namespace,
        name=name,
        unit=unit,
        kind=kind,
        dimension_sets=(dimensions,),
        description=description,
        source=namespace,
    )


# AWS Lambda Developer Guide, "Types of metrics for Lambda functions".
LAMBDA_INVOCATIONS = _aws(
    "AWS/Lambda", "Invocations", Unit.COUNT, Kind.COUNTER, "FunctionName",
    description="Times the function's code was invoked.",
)  # fmt: skip
LAMBDA_ERRORS = _aws(
    "AWS/Lambda", "Errors", Unit.COUNT, Kind.COUNTER, "FunctionName",
    description="Invocations that ended in an error, timeouts included.",
)  # fmt: skip
LAMBDA_THROTTLES = _aws(
    "AWS/Lambda", "Throttles", Unit.COUNT, Kind.COUNTER, "FunctionName",
    description="Invocations refused for want of concurrency.",
)  # fmt: skip
LAMBDA_DURATION = _aws(
    "AWS/Lambda", "Duration", Unit.MILLISECONDS, Kind.DISTRIBUTION, "FunctionName",
    description="Time the function's code took.",
)  # fmt: skip
LAMBDA_CONCURRENT_EXECUTIONS = _aws(
    "AWS/Lambda", "ConcurrentExecutions", Unit.COUNT, Kind.GAUGE, "FunctionName",
    description="Instances of the function at work at once.",
)  # fmt: skip

# EventBridge User Guide, "Monitoring Amazon EventBridge".
RULE_INVOCATIONS = _aws(
    "AWS/Events", "Invocations", Unit.COUNT, Kind.COUNTER, "RuleName",
    description="Times a rule's target was invoked, or given up.",
)  # fmt: skip
RULE_FAILED_INVOCATIONS = _aws(
    "AWS/Events", "FailedInvocations", Unit.COUNT, Kind.COUNTER, "RuleName",
    description="Times a rule's target could not be invoked for good.",
)  # fmt: skip

# EventBridge Scheduler User Guide, "Monitoring with CloudWatch".
SCHEDULE_TARGET_ERRORS = _aws(
    "AWS/Scheduler", "TargetErrorCount", Unit.COUNT, Kind.COUNTER, "ScheduleGroup",
    description="Starts that the target answered with an error.",
)  # fmt: skip
SCHEDULE_DROPPED = _aws(
    "AWS/Scheduler", "InvocationDroppedCount", Unit.COUNT, Kind.COUNTER, "ScheduleGroup",
    description="Starts given up after all retries.",
)  # fmt: skip

# Amazon SQS Developer Guide, "Available CloudWatch metrics".
QUEUE_VISIBLE_MESSAGES = _aws(
    "AWS/SQS", "ApproximateNumberOfMessagesVisible", Unit.COUNT, Kind.GAUGE, "QueueName",
    description="Messages waiting in the queue.",
)  # fmt: skip

# CloudWatch Logs User Guide, "Monitoring with CloudWatch metrics".
EMF_VALIDATION_ERRORS = _aws(
    "AWS/Logs", "EMFValidationErrors", Unit.COUNT, Kind.COUNTER, "LogGroupName",
    description="Embedded metrics refused because they break the specification.",
)  # fmt: skip
EMF_PARSING_ERRORS = _aws(
    "AWS/Logs", "EMFParsingErrors", Unit.COUNT, Kind.COUNTER, "LogGroupName",
    description="Embedded metrics that could not be parsed.",
)  # fmt: skip

# Amazon SNS Developer Guide, "Monitoring Amazon SNS topics using CloudWatch".
TOPIC_FAILED_NOTIFICATIONS = _aws(
    "AWS/SNS", "NumberOfNotificationsFailed", Unit.COUNT, Kind.COUNTER, "TopicName",
    description="Messages that a subscriber did not take.",
)  # fmt: skip
