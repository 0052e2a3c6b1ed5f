"""Rule 21: what a function could not do is kept, and somebody hears of it."""

from collections.abc import Iterator
from typing import Any

from rehearsal.engine.template.deployment import Resource
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Judgement, Problem, Severity, Unchecked
from rehearsal.lint.functions import find_function, list_failure_places, list_starts
from rehearsal.lint.landscape import Landscape, place_of
from rehearsal.lint.rule import Rule

QUEUE = "AWS::SQS::Queue"
TOPIC = "AWS::SNS::Topic"


def failures_are_kept(landscape: Landscape, _facts: Facts) -> Iterator[Judgement]:
    """Find functions whose lost events nobody keeps, or nobody hears of."""
    asynchronous = {
        (start.function.stack, start.function.logical_id): start.function
        for start in list_starts(landscape)
    }
    for function in asynchronous.values():
        places = list_failure_places(landscape, function)
        if not places:
            yield Problem(
                place=place_of(function),
                found="started asynchronously, without a place for events it could not do",
                expected="a dead-letter queue or an on-failure destination",
                fix="add DeadLetterConfig, or an AWS::Lambda::EventInvokeConfig with OnFailure",
            )
        for place in places:
            yield from _judge_place(landscape, function, place)


def _judge_place(landscape: Landscape, function: Resource, place: Any) -> Iterator[Judgement]:
    kept = landscape.find(place, QUEUE, TOPIC) or find_function(landscape, place)
    if kept is None:
        yield Unchecked(
            place=place_of(function), needs=f"the template of its failure destination {place}"
        )
    elif kept.type != TOPIC and not _is_watched(landscape, kept):
        yield Problem(
            place=place_of(kept),
            found=f"keeps what {function.logical_id} could not do, but no alarm looks at it",
            expected="an alarm on messages in the queue, or on errors of the function",
            fix="alarm on ApproximateNumberOfMessagesVisible above 0",
        )


def _is_watched(landscape: Landscape, kept: Resource) -> bool:
    dimension = "QueueName" if kept.type == QUEUE else "FunctionName"
    return any(
        dict(read.metric.dimensions).get(dimension) == kept.name
        for alarm in landscape.metric_alarms
        for read in alarm.reads
    )


ASYNC_FAILURES_KEPT = Rule(
    number=21,
    slug="async-failures-kept",
    severity=Severity.ERROR,
    says="Every function that is started asynchronously keeps what it could not do in a place that "
    "an alarm watches.",
    source="AWS Lambda Developer Guide, Capturing records of Lambda asynchronous invocations",
    check=failures_are_kept,
)
