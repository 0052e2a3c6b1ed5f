"""PutMetricData's data, with the refusals that were recorded of the service."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rehearsal.engine.errors import SampleError
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.metric_data import read_metric_data
from rehearsal.engine.metrics.samples import Sample, StatisticSet
from tests.engine.metrics.store_play import START

SET = {"SampleCount": 3, "Sum": 15, "Minimum": 1, "Maximum": 9}


def read(**datum: Any) -> Sample:
    (found,) = read_metric_data("Shop", [{"MetricName": "Latency", **datum}], arrives=START)
    return found


def test_a_value_is_a_sample_at_the_moment_of_its_publication() -> None:
    assert read(Value=3) == Sample(
        metric=MetricIdentity("Shop", "Latency"), at=START, arrives=START, values=(3.0,)
    )


def test_everything_a_datum_may_say_is_kept() -> None:
    found = read(
        Dimensions=[{"Name": "B", "Value": "2"}, {"Name": "A", "Value": "1"}],
        Values=[1, 2.5],
        Counts=[3, 0],
        Unit="Seconds",
        StorageResolution=1,
        Timestamp=START - 60,
    )
    assert found == Sample(
        metric=MetricIdentity.of("Shop", "Latency", {"A": "1", "B": "2"}),
        at=START - 60,
        arrives=START,
        values=(1.0, 2.5),
        counts=(3.0, 0.0),
        unit="Seconds",
        high_resolution=True,
    )
    assert read(StatisticValues=SET).statistics == StatisticSet(3, 15, 1, 9)


@pytest.mark.parametrize(
    "moment",
    [START, START + 0.7, str(START), "2026-01-31T20:00:00Z", "2026-01-31T21:00:00.5+01:00",
     datetime(2026, 1, 31, 20, tzinfo=UTC)],
)  # fmt: skip
def test_a_time_is_read_as_clients_write_it(moment: object) -> None:
    assert read(Value=1, Timestamp=moment).at == START


@pytest.mark.parametrize(
    ("datum", "reason"),
    [
        ({}, "one of Value, Values and StatisticValues is given, not none"),
        ({"Value": 1, "Values": [1]}, "not Value and Values"),
        ({"Value": 1, "StatisticValues": SET}, "not Value and StatisticValues"),
        ({"Value": 1, "Counts": [1]}, "Counts are given with Values only"),
        ({"StatisticValues": SET, "Counts": [1]}, "Counts are given with Values only"),
        ({"StatisticValues": {"Sum": 3}}, "lacks SampleCount, Minimum, Maximum"),
        ({"Values": []}, "values or a statistic set, not neither"),
        ({"Values": [1, 2], "Counts": [1]}, "2 values need as many counts"),
        ({"Value": 1, "StorageResolution": 10}, "StorageResolution is 1 or 60, not 10"),
        ({"Value": 1, "Timestamp": "yesterday"}, "Timestamp: a time is written as"),
        ({"Value": 1, "Timestamp": "2026-01-31T20:00:00"}, "Timestamp: a time names its zone"),
        ({"Value": 1, "Timestamp": "2026-01-01T20:00:00Z"}, "before it was published"),
        ({"Value": 1, "MetricName": ""}, "a metric name has 1 to 255 characters"),
    ],
)
def test_what_the_service_rejects_is_refused(datum: dict[str, Any], reason: str) -> None:
    with pytest.raises(SampleError, match=reason):
        read(**datum)


def test_a_request_holds_a_thousand_data() -> None:
    data = [{"MetricName": "Latency", "Value": 1}] * 1001
    assert len(read_metric_data("Shop", data[:1000], arrives=START)) == 1000
    with pytest.raises(SampleError, match="at most 1000 metric data, not 1001"):
        read_metric_data("Shop", data, arrives=START)
