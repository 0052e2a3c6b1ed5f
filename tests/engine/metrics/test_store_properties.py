"""The store against a slow, independent reading, whatever arrives and in whatever order."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.engine.evaluation.slots import Slots
from rehearsal.engine.metrics import windows as windows_module
from rehearsal.engine.metrics.samples import Points, Sample, StatisticSet
from rehearsal.engine.metrics.store import MetricStore
from tests.engine.metrics.slow_reading import choose, read_slowly
from tests.engine.metrics.store_play import METRIC, START, stat, windows

STATISTICS = ["Sum", "Average", "Minimum", "Maximum", "SampleCount", "p50", "p99"]
HOUR = 3600

values = st.integers(-2, 50) | st.floats(0, 1e6)
counts = st.sampled_from([0.0, 0.5, 1.0, 2.0, 30.0])


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    at = START + draw(st.integers(-HOUR, HOUR))
    numbers: list[float] = []
    weights: tuple[float, ...] = ()
    known = None
    if draw(st.integers(0, 5)) == 0:
        low, more = draw(st.tuples(st.integers(0, 9), st.sampled_from([0, 0, 5])))
        size = draw(st.integers(1, 9))
        known = StatisticSet(size, size * low + more, low, low + more)
    else:
        numbers = draw(st.lists(values, min_size=1, max_size=4))
        weights = draw(st.just(()) | st.tuples(*[counts] * len(numbers)))
    return Sample(
        metric=METRIC,
        at=at,
        arrives=at + draw(st.integers(-60, 60) | st.integers(0, HOUR)),
        values=tuple(map(float, numbers)),
        counts=weights,
        statistics=known,
        high_resolution=draw(st.booleans()),
    )


slots = st.builds(
    lambda ticks, width, period, shift: windows(
        [START + 60 * tick + shift for tick in ticks], width, period
    ),
    st.lists(st.integers(-60, 120), min_size=1, max_size=4),
    st.integers(1, 4),
    st.sampled_from([10, 20, 30, 60, 300, 3600]),
    st.sampled_from([0, 0, 0, 10, 7]),
)


def check(store: MetricStore, known: list[Sample], statistic: str, now: int, asked: Slots) -> None:
    view = store.view()
    view.advance_to(now)
    found = view.read(stat(statistic), asked)
    for place in np.ndindex(*asked.shape):
        visible = choose(known, now, int(asked.starts[place]), int(asked.ends[place]))
        expected = read_slowly(statistic, visible)
        wanted = np.nan if expected is None else expected
        assert found[place] == pytest.approx(wanted, nan_ok=True, rel=1e-9, abs=1e-9)


@settings(max_examples=3 * settings().max_examples)
@given(
    st.lists(samples(), max_size=40),
    st.sampled_from(STATISTICS),
    st.integers(-HOUR, 2 * HOUR),
    slots,
)
def test_a_view_reads_what_a_slow_reading_does(
    known: list[Sample], statistic: str, now: int, asked: Slots
) -> None:
    check(MetricStore(known), known, statistic, START + now, asked)


@given(
    st.lists(st.lists(samples(), max_size=30), max_size=4),
    st.lists(st.integers(0, HOUR), min_size=4, max_size=4),
    st.sampled_from(STATISTICS),
    slots,
)
def test_samples_that_come_bit_by_bit_are_read_as_if_they_had_always_been_there(
    parts: list[list[Sample]], steps: list[int], statistic: str, asked: Slots
) -> None:
    store, known, now = MetricStore(), list[Sample](), START
    follower = store.view()
    for part, step in zip(parts, steps, strict=False):
        store.add(part)
        known.extend(part)
        now += step
        follower.advance_to(now)
        check(store, known, statistic, now, asked)
        newcomer = store.view()
        newcomer.advance_to(now)
        found, fresh = (view.read(stat(statistic), asked) for view in (follower, newcomer))
        assert found == pytest.approx(fresh, nan_ok=True, rel=1e-12)


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=60),
    st.integers(0, 600),
    st.sampled_from(STATISTICS),
    slots,
)
def test_points_are_read_as_that_many_samples(
    numbers: list[int], delay: int, statistic: str, asked: Slots
) -> None:
    at = START + 60 * np.arange(len(numbers), dtype=np.int64)
    points = Points(metric=METRIC, at=at, arrives=at + delay, values=np.array(numbers, dtype=float))
    known = [
        Sample(metric=METRIC, at=int(moment), arrives=int(moment) + delay, values=(float(value),))
        for moment, value in zip(at, numbers, strict=True)
    ]
    check(MetricStore([points]), known, statistic, START + HOUR, asked)


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=200),
    st.integers(1, 40),
    st.sampled_from([(np.add, sum), (np.minimum, min), (np.maximum, max)]),
)
def test_both_ways_to_combine_windows_give_the_same_bits(
    numbers: list[float], width: int, operations: tuple[np.ufunc, Callable[[list[float]], float]]
) -> None:
    width = min(width, len(numbers))
    first = np.array([[0], [len(numbers) - width]])
    rows = np.array([numbers])
    results = []
    for is_dense in (True, False):
        window = windows_module.Windows(first, width)
        window.is_dense = is_dense
        results.append(window.spread(window.combine(rows, operations[0])[0]))
    assert results[0].tobytes() == results[1].tobytes()
    plain = operations[1](numbers[:width])
    assert results[0][0, 0] == pytest.approx(plain, abs=1e-3)
