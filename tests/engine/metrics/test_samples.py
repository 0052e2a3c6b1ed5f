"""What PutMetricData refuses cannot be built, and what it takes can."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from rehearsal.engine.errors import SampleError
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import MAX_MAGNITUDE, Points, Sample, StatisticSet
from tests.engine.metrics.store_play import METRIC, START, sample, statistic_set

DAY = 86_400


def of(namespace: str = "Shop", name: str = "Latency", **dimensions: str) -> Sample:
    return sample(1, metric=MetricIdentity.of(namespace, name, dimensions))


@pytest.mark.parametrize(
    "build",
    [
        lambda: sample(1, arrives=START + 14 * DAY),
        lambda: sample(1, arrives=START - 2 * 3600),
        lambda: sample(*range(150)),
        lambda: sample(*([1, 2] * 100)),
        lambda: sample(1, 2, counts=[0, 0]),
        lambda: sample(1, 2, counts=[0.5, 2.25]),
        lambda: sample(MAX_MAGNITUDE, -MAX_MAGNITUDE, 5e-324),
        lambda: sample(1, unit="Count/Second"),
        lambda: statistic_set(3, 22, 7, 7),
        lambda: statistic_set(0, 0, 0, 0),
        lambda: of("AWS/Lambda"),
        lambda: of("N" * 255, "M" * 255),
        lambda: of(**{f"D{index}": "x" * 1024 for index in range(30)}),
    ],
)
def test_what_the_service_takes_can_be_built(build: Callable[[], Sample]) -> None:
    assert build().weights is not None


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (
            lambda: sample(1, arrives=START + 14 * DAY + 1),
            r"lies 1209601 s before it was published",
        ),
        (lambda: sample(1, arrives=START - 7201), r"lies 7201 s after it was published"),
        (lambda: sample(*range(151)), r"at most 150 different values, not 151"),
        (sample, r"values or a statistic set, not neither"),
        (lambda: sample(counts=[1]), r"values or a statistic set, not only counts"),
        (lambda: sample(1, 2, counts=[1]), r"2 values need as many counts, not 1"),
        (lambda: sample(1, counts=[-1]), r"a count is zero or more, not -1"),
        (lambda: sample(1, counts=[math.nan]), r"a count is zero or more, not nan"),
        (lambda: sample(1, counts=[math.inf]), r"a count is zero or more, not inf"),
        (lambda: sample(1, math.nan), r"within -2\^360 and 2\^360, which nan does not"),
        (lambda: sample(math.inf), r"which inf does not"),
        (lambda: sample(-2.4e108), r"which -2.4e\+108 does not"),
        (lambda: sample(1, unit="Counts"), r"'Counts' is no unit of CloudWatch"),
        (lambda: statistic_set(-1, 0, 0, 0), r"a count is zero or more, not -1"),
        (lambda: statistic_set(1, math.nan, 0, 0), r"which nan does not"),
        (lambda: statistic_set(2, 3, 2, 1), r"minimum 2 of a statistic set must not exceed"),
        (lambda: of(""), r"a namespace has 1 to 255 characters, not 0"),
        (lambda: of(":Shop"), r"does not start with a colon"),
        (lambda: of("N" * 256), r"a namespace has 1 to 255 characters, not 256"),
        (lambda: of("Shop", ""), r"a metric name has 1 to 255 characters, not 0"),
        (lambda: of(**{f"D{index}": "x" for index in range(31)}), r"at most 30 dimensions, not 31"),
        (lambda: of(Service=""), r"dimension 'Service' has 1 to 1024 characters, not 0"),
        (lambda: of(Service="x" * 1025), r"has 1 to 1024 characters, not 1025"),
        (lambda: of(**{":Service": "x"}), r"no colon in front, unlike ':Service'"),
        (
            lambda: sample(1, metric=MetricIdentity("N", "M", (("A", "x"), ("A", "y")))),
            r"a dimension is given twice",
        ),
    ],
)
def test_what_the_service_rejects_is_refused_in_a_sentence_that_names_the_metric(
    build: Callable[[], Sample], reason: str
) -> None:
    with pytest.raises(SampleError, match=reason) as refusal:
        build()
    assert "\n" not in str(refusal.value)


def test_values_and_a_statistic_set_exclude_each_other() -> None:
    known = StatisticSet(1, 1, 1, 1)
    with pytest.raises(SampleError, match=r"Shop Latency.*values or a statistic set, not both"):
        Sample(metric=METRIC, at=START, arrives=START, values=(1.0,), statistics=known)


def points(values: list[float], *, delay: int = 60, unit: str | None = None) -> Points:
    at = START + 60 * np.arange(len(values), dtype=np.int64)
    return Points(metric=METRIC, at=at, arrives=at + delay, values=np.array(values), unit=unit)


def test_points_are_as_many_samples() -> None:
    assert len(points([1, 2, 3], delay=14 * DAY, unit="Count")) == 3
    assert len(points([])) == 0


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: points([1, math.nan]), "which nan does not"),
        (lambda: points([1, 2e120]), r"which 2e\+120 does not"),
        (lambda: points([1], delay=-7201), "lies 7201 s after"),
        (lambda: points([1], delay=14 * DAY + 1), "lies 1209601 s before"),
        (lambda: points([1], unit="Apples"), "no unit"),
        (
            lambda: Points(
                metric=METRIC,
                at=np.array([START]),
                arrives=np.array([START, START]),
                values=np.array([1.0]),
            ),
            "of one length, not 1, 2 and 1",
        ),
    ],
)
def test_points_are_refused_for_the_first_that_is_wrong(
    build: Callable[[], Points], reason: str
) -> None:
    with pytest.raises(SampleError, match=reason):
        build()
