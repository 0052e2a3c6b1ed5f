"""Rows for the rule on what functions could not do."""

from typing import Any

from tests.lint.cases.windows import FUNCTION, function, schedule
from tests.lint.samples import Case, alarm, resource

QUEUE_ARN = {"Fn::GetAtt": ["Queue", "Arn"]}
QUEUE = resource("SQS::Queue", QueueName="lost")
SCHEDULE = schedule("rate(5 minutes)")
ON_FAILURE = resource(
    "Lambda::EventInvokeConfig",
    FunctionName={"Ref": "Function"},
    Qualifier="$LATEST",
    DestinationConfig={"OnFailure": {"Destination": QUEUE_ARN}},
)


def watched(name: str) -> dict[str, Any]:
    return alarm(
        "lost",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": name}],
    )


CASES = (
    Case(
        rule="async-failures-kept",
        name="a scheduled function whose failures are forgotten",
        resources={"Function": function(), "Schedule": SCHEDULE},
        finds=("without a place for events it could not do",),
    ),
    Case(
        rule="async-failures-kept",
        name="the same started by a topic through an alias",
        resources={
            "Function": function(),
            "Alias": resource(
                "Lambda::Alias", Name="live", FunctionName={"Ref": "Function"}, FunctionVersion="1"
            ),
            "Subscription": resource(
                "SNS::Subscription",
                TopicArn="arn:aws:sns:eu-central-1:123456789012:pager",
                Protocol="lambda",
                Endpoint={"Ref": "Alias"},
            ),
        },
        finds=("started asynchronously",),
    ),
    Case(
        rule="async-failures-kept",
        name="a queue that nobody looks into",
        resources={
            "Function": function(),
            "Schedule": SCHEDULE,
            "Config": ON_FAILURE,
            "Queue": QUEUE,
            "Other": watched("other"),
        },
        finds=("no alarm looks at it",),
    ),
    Case(
        rule="async-failures-kept",
        name="a queue of another template",
        resources={
            "Function": function(
                DeadLetterConfig={"TargetArn": "arn:aws:sqs:eu-central-1:123456789012:far"}
            ),
            "Schedule": SCHEDULE,
        },
        needs=("123456789012:far",),
    ),
    Case(
        rule="async-failures-kept",
        name="a watched queue as destination, one as dead-letter queue, and a topic",
        resources={
            "Function": function(),
            "Config": ON_FAILURE,
            "Second": function(DeadLetterConfig={"TargetArn": QUEUE_ARN})
            | {
                "Properties": {
                    "FunctionName": "second",
                    "DeadLetterConfig": {"TargetArn": QUEUE_ARN},
                }
            },
            "Third": resource(
                "Lambda::Function",
                FunctionName="third",
                DeadLetterConfig={"TargetArn": {"Ref": "Topic"}},
            ),
            "Topic": resource("SNS::Topic", TopicName="failures"),
            "Rule": resource(
                "Events::Rule",
                EventPattern={"source": ["shop"]},
                Targets=[
                    {"Arn": FUNCTION},
                    {"Arn": {"Fn::GetAtt": ["Second", "Arn"]}},
                    {"Arn": {"Fn::GetAtt": ["Third", "Arn"]}},
                ],
            ),
            "Queue": QUEUE,
            "Watched": watched("lost"),
        },
    ),
    Case(
        rule="async-failures-kept",
        name="a function that is asked and answers",
        resources={"Function": function(), "Queue": QUEUE},
    ),
)
