"""Read the data of a PutMetricData request, as boto3 and the AWS CLI write them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from rehearsal.engine.errors import SampleError
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Sample, StatisticSet
from rehearsal.engine.metrics.times import read_time

MAX_DATA: Final = 1_000
_SET_NAMES: Final = ("SampleCount", "Sum", "Minimum", "Maximum")


def read_metric_data(
    namespace: str, data: Sequence[Mapping[str, Any]], *, arrives: int
) -> list[Sample]:
    """Return the samples of MetricData that are published at this moment, or raise SampleError.

    A datum without Timestamp happens when it is published.
    """
    if len(data) > MAX_DATA:
        raise SampleError(f"a request holds at most {MAX_DATA} metric data, not {len(data)}")
    return [_read_datum(namespace, datum, arrives) for datum in data]


def _read_datum(namespace: str, datum: Mapping[str, Any], arrives: int) -> Sample:
    pairs = [(item["Name"], item["Value"]) for item in datum.get("Dimensions", ())]
    metric = MetricIdentity(namespace, datum.get("MetricName", ""), tuple(sorted(pairs)))
    given = [name for name in ("Value", "Values", "StatisticValues") if name in datum]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        raise SampleError(
            f"{metric}: one of Value, Values and StatisticValues is given, not {found}"
        )
    if "Counts" in datum and "Values" not in datum:
        raise SampleError(f"{metric}: Counts are given with Values only")
    resolution = datum.get("StorageResolution", 60)
    if resolution not in (1, 60):
        raise SampleError(f"{metric}: StorageResolution is 1 or 60, not {resolution!r}")
    values = datum.get("Values", [datum["Value"]] if "Value" in datum else [])
    return Sample(
        metric=metric,
        at=_read_moment(metric, datum.get("Timestamp"), arrives),
        arrives=arrives,
        values=tuple(float(value) for value in values),
        counts=tuple(float(count) for count in datum.get("Counts", ())),
        statistics=_read_set(metric, datum.get("StatisticValues")),
        unit=datum.get("Unit"),
        high_resolution=resolution == 1,
    )


def _read_moment(metric: MetricIdentity, moment: object, arrives: int) -> int:
    if moment is None:
        return arrives
    if isinstance(moment, datetime):
        return int(moment.timestamp())
    if isinstance(moment, (int, float)):
        return int(moment)
    try:
        return read_time(str(moment))
    except ValueError as error:
        raise SampleError(f"{metric}: Timestamp: {error}") from error


def _read_set(metric: MetricIdentity, known: Mapping[str, float] | None) -> StatisticSet | None:
    if known is None:
        return None
    if missing := [name for name in _SET_NAMES if name not in known]:
        raise SampleError(f"{metric}: StatisticValues lacks {', '.join(missing)}")
    return StatisticSet(*(float(known[name]) for name in _SET_NAMES))
