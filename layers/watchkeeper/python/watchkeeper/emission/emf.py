"""Write datapoints to standard output in CloudWatch's embedded metric format.

Powertools serialises each document; this module decides which datapoints share one: those of one
namespace, one set of dimension values and one time.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TextIO

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import MetricDefinition

# A metric may hold 100 values in one document (embedded metric format specification).
MAX_VALUES_PER_DOCUMENT = 100

DocumentKey = tuple[str, tuple[tuple[str, str], ...], datetime]
Samples = dict[MetricDefinition, list[float]]


def emit(datapoints: Iterable[Datapoint], stream: TextIO | None = None) -> int:
    """Write the datapoints as EMF lines; return how many values were written.

    `stream` defaults to standard output, which Lambda sends to the function's log group.
    """
    groups: dict[DocumentKey, Samples] = {}
    for point in datapoints:
        key = (point.series.metric.namespace, point.series.dimensions, point.timestamp)
        samples = groups.setdefault(key, {})
        samples.setdefault(point.series.metric, []).extend(point.values)
    out = stream or sys.stdout
    for key, samples in groups.items():
        out.writelines(f"{line}\n" for line in _documents(key, samples))
    out.flush()
    return sum(len(values) for samples in groups.values() for values in samples.values())


def _documents(key: DocumentKey, samples: Samples) -> Iterator[str]:
    longest = max(map(len, samples.values()))
    for start in range(0, longest, MAX_VALUES_PER_DOCUMENT):
        yield _document(key, samples, slice(start, start + MAX_VALUES_PER_DOCUMENT))


def _document(key: DocumentKey, samples: Samples, part: slice) -> str:
    namespace, dimensions, timestamp = key
    provider = AmazonCloudWatchEMFProvider(namespace=namespace)
    # Set directly: `set_timestamp` would warn of times that are old by the wall clock, and time
    # is an argument here. `Datapoint` and the catch-up limit keep within CloudWatch's window.
    provider.timestamp = int(timestamp.timestamp() * 1000)
    for name, label in dimensions:
        provider.add_dimension(name=name, value=label)
    # Handed over whole: one by one, the samples of a busy minute would take seconds.
    metrics = {
        metric.name: {"Unit": metric.unit.value, "Value": [float(value) for value in values[part]]}
        for metric, values in samples.items()
        if values[part]
    }
    return json.dumps(provider.serialize_metric_set(metrics=metrics), separators=(",", ":"))
