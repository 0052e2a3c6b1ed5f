"""What CloudWatch's stand-in reads: functions' real logs, and what the emulator itself counts."""

import contextlib
import json
import time
from typing import Any

import pytest

from rehearsal.engine.metric_filter.pattern import parse_pattern
from rehearsal.engine.metric_filter.transformation import MetricFilter
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Sample
from rehearsal.local.certificate import RunCertificate
from rehearsal.local.clock import PlayedClock, WallClock
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.function_log import LogFollower
from rehearsal.local.paging.arrival import Arrival
from rehearsal.local.paging.emulator_metrics import EmulatorMetrics
from rehearsal.local.paging.function_metrics import FunctionMetrics
from rehearsal.local.paging.inbox import PageInbox
from rehearsal.local.paging.subscriptions import prove_confirmed
from rehearsal.local.storytailor import Storytailor

WALL = Arrival(clock=WallClock(), evaluated=0)
PATIENCE_SECONDS = 15.0


def emf(value: object) -> str:
    directive = {
        "Namespace": "Storytailor/Health",
        "Dimensions": [["Check"]],
        "Metrics": [{"Name": "CheckPassed", "Unit": "Count"}],
    }
    about = {"Timestamp": int(time.time()) * 1000, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": about, "Check": "database", "CheckPassed": value})


def log_run(logs: Any, function: str, name: str, lines: list[str], *, milliseconds: int) -> None:
    """Write one run as the emulator does: a stream of its own, all at once."""
    group = f"/aws/lambda/{function}"
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=name)
    now = int(time.time() * 1000)
    texts = [f"START RequestId: {name} Version: 1", *lines]
    texts += [f"END RequestId: {name}", f"REPORT RequestId: {name}\tDuration: {milliseconds} ms\t"]
    logs.put_log_events(
        logGroupName=group,
        logStreamName=name,
        logEvents=[{"timestamp": now, "message": text} for text in texts],
    )


def by_name(samples: list[Sample]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for each in samples:
        found.setdefault(each.metric.name, []).extend(each.values)
    return found


def test_a_scheduled_functions_log_gives_its_own_metrics_and_lambdas(emulator: AwsEmulator) -> None:
    logs = emulator.client("logs")
    log_run(logs, "counted", "before", [emf(0)], milliseconds=1)
    time.sleep(0.002)
    metrics = FunctionMetrics(logs, ["counted"], ["counted"])
    log_run(logs, "counted", "a", [emf([1, 0]), "a line"], milliseconds=12)
    log_run(logs, "counted", "b", ["[ERROR] RuntimeError: no"], milliseconds=50_000)
    found = by_name(list(metrics.read(WALL)))
    assert found["CheckPassed"] == [1.0, 0.0]
    assert (found["Invocations"], found["Errors"]) == ([1.0, 1.0], [0.0, 1.0])
    assert found["Duration"] == [12.0, 50_000.0]
    # The second had been at work for 50 seconds when it ended, and so beside the first.
    assert found["ConcurrentExecutions"] == [1.0, 2.0]
    assert list(metrics.read(WALL)) == []


def test_a_metric_cloudwatch_would_not_take_is_counted_by_its_log_group(
    emulator: AwsEmulator,
) -> None:
    logs = emulator.client("logs")
    metrics = FunctionMetrics(logs, ["invalid"], [])
    log_run(logs, "invalid", "a", [emf("many"), emf(1)], milliseconds=1)
    refused, taken, beside = metrics.read(WALL)
    assert refused.metric == MetricIdentity.of(
        "AWS/Logs", "EMFValidationErrors", {"LogGroupName": "/aws/lambda/invalid"}
    )
    assert (taken.metric.name, beside.metric.name) == ("CheckPassed", "ConcurrentExecutions")


def test_a_metric_filter_counts_a_functions_lines_once_their_minute_is_over(
    emulator: AwsEmulator,
) -> None:
    logs = emulator.client("logs")
    filters = [
        MetricFilter(
            name="latency",
            log_group="/aws/lambda/filtered",
            pattern=parse_pattern("{ $.provider_latency_ms >= 0 }"),
            namespace="Storytailor/Email",
            metric_name="ProviderLatency",
            value="$.provider_latency_ms",
            unit="Milliseconds",
        )
    ]
    metrics = FunctionMetrics(logs, ["unfiltered"], [], filters)
    clock = PlayedClock(600)
    for function in ("filtered", "unfiltered"):
        lines = [json.dumps({"provider_latency_ms": each}) for each in (220, 1100)]
        log_run(logs, function, "a", [*lines, '{"message": "health"}'], milliseconds=1)
    during = list(metrics.read(Arrival(clock=clock, evaluated=540)))
    assert {each.metric.name for each in during} == {"ConcurrentExecutions"}
    clock.set(660)
    [sample] = metrics.read(Arrival(clock=clock, evaluated=600))
    assert sample.metric == MetricIdentity.of("Storytailor/Email", "ProviderLatency", {})
    assert (sample.at, sample.arrives, sample.unit) == (600, 660, "Milliseconds")
    assert sample.values == (220.0, 1100.0)
    assert list(metrics.read(Arrival(clock=clock, evaluated=660))) == []


@pytest.mark.parametrize(
    ("metric", "derived"),
    [
        (("AWS/Lambda", "Errors", {"FunctionName": "scheduled"}), True),
        (("AWS/Lambda", "Errors", {"FunctionName": "called"}), False),
        (("AWS/Lambda", "Throttles", {"FunctionName": "scheduled"}), False),
        (("AWS/Lambda", "ConcurrentExecutions", {"FunctionName": "called"}), True),
        (("AWS/Logs", "EMFParsingErrors", {"LogGroupName": "x"}), True),
        (("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "x"}), False),
    ],
    ids=lambda value: " ".join(map(str, value[:2])) if isinstance(value, tuple) else str(value),
)
def test_no_metric_is_read_from_the_log_and_from_the_emulator(
    emulator: AwsEmulator, metric: tuple[str, str, dict[str, str]], *, derived: bool
) -> None:
    functions = FunctionMetrics(emulator.client("logs"), [], ["scheduled"])
    assert functions.is_derived(MetricIdentity.of(*metric)) is derived


def read_until(metrics: EmulatorMetrics, name: str) -> dict[str, list[float]]:
    """Read until a metric has come: the second it belongs to has to be over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    samples: list[Sample] = []
    while time.monotonic() < deadline and name not in by_name(samples):
        samples += metrics.read(WALL)
        time.sleep(0.1)
    return by_name(samples)


def test_calls_of_a_function_and_what_a_queue_holds_come_from_the_emulator(
    emulator: AwsEmulator, storytailor: Storytailor
) -> None:
    queue = emulator.client("sqs").create_queue(QueueName="letters")["QueueUrl"]
    emulator.client("sqs").send_message(QueueUrl=queue, MessageBody="lost")
    depth = MetricIdentity.of(
        "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "letters"}
    )
    calls = MetricIdentity.of("AWS/Lambda", "Invocations", {"FunctionName": storytailor.agent_name})
    metrics = EmulatorMetrics(emulator, [depth, calls, calls])
    emulator.client("lambda").invoke(
        FunctionName=storytailor.agent_name, Payload=b'{"detail": {"jobType": "health"}}'
    )
    found = read_until(metrics, "Invocations")
    assert found["Invocations"] == [1.0]
    assert set(found[depth.name]) == {1.0}


def test_a_page_that_is_not_taken_is_counted_as_failed(
    emulator: AwsEmulator, certificate: RunCertificate
) -> None:
    sns = emulator.client("sns")
    topic = sns.create_topic(Name="lost-pages")["TopicArn"]
    with PageInbox(certificate, time.time) as inbox:
        sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=inbox.endpoint)
        prove_confirmed(emulator, inbox.endpoint)
    failed = MetricIdentity.of(
        "AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": "lost-pages"}
    )
    metrics = EmulatorMetrics(emulator, [failed])
    sns.publish(TopicArn=topic, Message="nobody is there any more")
    assert read_until(metrics, failed.name)[failed.name] == [1.0]


def test_a_log_is_read_once_from_a_moment_on(emulator: AwsEmulator) -> None:
    logs = emulator.client("logs")
    log_run(logs, "followed", "a", ["early"], milliseconds=1)
    follower = LogFollower(logs, "followed")
    assert [run.lines for run in follower.runs()] == [["early", "END RequestId: a"]]
    log_run(logs, "followed", "b", ["late"], milliseconds=1)
    assert [run.lines for run in follower.runs()] == [["late", "END RequestId: b"]]
    assert follower.runs() == []
    assert LogFollower(logs, "followed", since=int(time.time() * 1000) + 1).runs() == []


def test_what_happens_arrives_within_the_played_minute_however_long_it_takes() -> None:
    clock = PlayedClock(600)
    since = time.time()
    assert (clock.at(since - 5), clock.at(since + 3600)) == (600, 659)
    assert 600 <= clock.now() < 660
    clock.set(1200)
    assert clock.at(since) == 1200
    arrival = Arrival(clock=clock, evaluated=1259)
    assert (arrival.moment(since), arrival.seen(since)) == (1200, 1260)


@pytest.mark.parametrize("minute", [540, 601], ids=["back", "not a whole minute"])
def test_a_play_goes_on_from_minute_to_minute(minute: int) -> None:
    with pytest.raises(ValueError, match="stands at 600"):
        PlayedClock(600).set(minute)
