"""The metrics that the emulator itself publishes, read as alarms read them: by name and dimensions.

It keeps `AWS/Lambda` Invocations, Errors, Throttles and Duration of every call through Lambda's
API, and, by what is added to it here, `AWS/SNS` deliveries. It publishes nothing of queues: SQS's
own `ApproximateNumberOfMessagesVisible` is read from the queue once a minute, which is how SQS
makes it. Of `AWS/Events` and `AWS/Scheduler` it has nothing, for it never fails to start a target.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Sample, StatisticSet
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.paging.arrival import Arrival

STATISTICS = ("Sum", "SampleCount", "Minimum", "Maximum")
# GetMetricData takes 500 queries in a call.
METRICS_A_CALL = 500 // len(STATISTICS)
VISIBLE_MESSAGES = "ApproximateNumberOfMessagesVisible"
UNITS = {"Duration": "Milliseconds"}


class EmulatorMetrics:
    """Read metrics of AWS's own from the emulator, each second of them once."""

    def __init__(self, emulator: AwsEmulator, metrics: Iterable[MetricIdentity]) -> None:
        every = tuple(dict.fromkeys(metrics))
        self._cloudwatch = emulator.client("cloudwatch")
        self._sqs = emulator.client("sqs")
        self._queues = tuple(each for each in every if each.name == VISIBLE_MESSAGES)
        self._metrics = tuple(each for each in every if each.name != VISIBLE_MESSAGES)
        self._read_until = int(time.time())

    def read(self, arrival: Arrival) -> Iterator[Sample]:
        """Yield the samples of all whole seconds since the last call, and what queues hold now."""
        begin, self._read_until = self._read_until, int(time.time())
        if begin < self._read_until:
            for start in range(0, len(self._metrics), METRICS_A_CALL):
                chosen = self._metrics[start : start + METRICS_A_CALL]
                yield from self._samples(chosen, begin, self._read_until, arrival)
        for queue in self._queues:
            yield self._depth(queue, arrival)

    def _samples(
        self, metrics: Sequence[MetricIdentity], begin: int, end: int, arrival: Arrival
    ) -> Iterator[Sample]:
        queries = [
            _query(place, metric, statistic)
            for place, metric in enumerate(metrics)
            for statistic in STATISTICS
        ]
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=queries,
            StartTime=datetime.fromtimestamp(begin, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
        )
        found: dict[tuple[int, datetime], dict[str, float]] = {}
        for result in answer["MetricDataResults"]:
            place, _, statistic = result["Id"].removeprefix("m").partition("_")
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                found.setdefault((int(place), moment), {})[statistic] = value
        for (number, moment), values in sorted(found.items()):
            yield _sample(metrics[number], moment.timestamp(), values, arrival)

    def _depth(self, queue: MetricIdentity, arrival: Arrival) -> Sample:
        name = dict(queue.dimensions)["QueueName"]
        url = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        answer = self._sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        now = time.time()
        return Sample(
            metric=queue,
            at=arrival.moment(now),
            arrives=arrival.seen(now),
            values=(float(answer["Attributes"]["ApproximateNumberOfMessages"]),),
            unit="Count",
        )


def _query(place: int, metric: MetricIdentity, statistic: str) -> dict[str, Any]:
    return {
        "Id": f"m{place}_{statistic}",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            },
            "Period": 1,
            "Stat": statistic,
        },
    }


def _sample(
    metric: MetricIdentity, wall: float, values: dict[str, float], arrival: Arrival
) -> Sample:
    """Make a sample of one second; of one or two values all is known."""
    count = values["SampleCount"]
    shared: dict[str, Any] = {
        "metric": metric,
        "at": arrival.moment(wall),
        "arrives": arrival.seen(wall),
        "unit": UNITS.get(metric.name, "Count"),
    }
    if count <= 2:
        ends = (values["Minimum"], values["Maximum"])
        return Sample(values=ends[: int(count)], **shared)
    return Sample(
        statistics=StatisticSet(count, values["Sum"], values["Minimum"], values["Maximum"]),
        **shared,
    )
