"""The store by examples: which slot a sample belongs to, and from when on it is seen."""

import math

import numpy as np
import pytest

from rehearsal.engine.errors import AlarmError, SampleError
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Points
from rehearsal.engine.metrics.store import MetricStore, MetricView
from tests.engine.metrics.store_play import (
    LONG_AFTER,
    METRIC,
    START,
    as_lists,
    sample,
    spans,
    stat,
    statistic_set,
    view_of,
    windows,
)

DAY = 86_400


def minutes(count: int, *, delay: int = 0, value: float = 1.0) -> Points:
    at = START + 60 * np.arange(count, dtype=np.int64)
    return Points(metric=METRIC, at=at, arrives=at + delay, values=np.full(count, value))


def test_a_sample_lives_in_the_minute_of_its_event() -> None:
    view = view_of(sample(1, at=START + 59), sample(2, at=START + 60), sample(4, at=START + 119))
    read = view.read(stat(), spans((0, 60), (60, 120), (120, 180), (0, 120)))
    assert as_lists(read) == [[1, 6, None, 7]]


def test_slots_off_the_minute_hold_the_minutes_that_begin_in_them() -> None:
    view = view_of(sample(1), sample(2, at=START + 60))
    read = view.read(stat(), spans((-30, 30), (30, 90), (1, 60), (1, 61), (0, 120)))
    assert as_lists(read) == [[1, 2, None, 2, 3]]


def test_short_periods_on_minute_data_are_missing_but_once_a_minute() -> None:
    view = view_of(sample(1, at=START + 45))
    read = view.read(stat(period_seconds=10), spans((-10, 0), (0, 10), (10, 20), (40, 50)))
    assert as_lists(read) == [[None, 1, None, None]]


def test_high_resolution_samples_live_in_their_second() -> None:
    view = view_of(
        sample(1, at=START + 9, high_resolution=True),
        sample(2, at=START + 10, high_resolution=True),
        sample(4, at=START + 45),
    )
    read = view.read(stat(period_seconds=10), spans((0, 10), (10, 20), (40, 50), (5, 65)))
    assert as_lists(read) == [[5, 2, None, 3]]
    assert as_lists(view.read(stat(), spans((0, 60), (60, 120)))) == [[7, None]]
    percentiles = view.read(stat("p100", 10), spans((0, 10), (10, 20), (20, 30)))
    assert as_lists(percentiles) == [[4, 2, None]]


def test_slots_of_different_length_are_read_side_by_side() -> None:
    view = view_of(minutes(200))
    read = view.read(stat(), spans((0, 3600), (0, 60), (600, 7200), (60, 60), (-600, 120)))
    assert as_lists(read) == [[60, 1, 110, None, 2]]


def test_no_slots_and_no_ticks_are_empty_answers() -> None:
    view = view_of(sample(1))
    assert view.read(stat(), windows([], 3, 60)).shape == (0, 3)
    assert view.read(stat(), windows([START], 0, 60)).shape == (1, 0)


def test_nothing_is_visible_before_it_arrives() -> None:
    view = MetricStore([sample(1, arrives=START + 90), sample(2, arrives=START + 60)]).view()
    slot = spans((0, 60))
    assert as_lists(view.read(stat(), slot)) == [[None]]
    assert view.metrics == frozenset()
    for moment, expected in [(59, None), (60, 2), (89, 2), (90, 3), (1000, 3)]:
        view.advance_to(START + moment)
        assert as_lists(view.read(stat(), slot)) == [[expected]], moment
    assert view.metrics == {METRIC}


def test_a_view_goes_forward_only() -> None:
    view = view_of(sample(1), moment=START)
    view.advance_to(START)
    with pytest.raises(ValueError, match=f"cannot go back to {START - 1}"):
        view.advance_to(START - 1)


def test_views_of_one_store_stand_at_moments_of_their_own() -> None:
    store = MetricStore([minutes(100, delay=60)])
    early, late = store.view(), store.view()
    early.advance_to(START + 600)
    late.advance_to(START + 6000)
    slot = spans((0, 6000))
    assert as_lists(late.read(stat(), slot)) == [[100]]
    assert as_lists(early.read(stat(), slot)) == [[10]]
    early.advance_to(START + 1200)
    assert as_lists(early.read(stat(), slot)) == [[20]]


def test_what_is_added_with_an_arrival_in_the_past_is_seen_at_once() -> None:
    store = MetricStore([sample(1)])
    view = store.view()
    view.advance_to(START + 600)
    assert as_lists(view.read(stat(), spans((0, 60)))) == [[1]]
    store.add([sample(2, arrives=START + 60), sample(4, arrives=START + 601)])
    assert as_lists(view.read(stat(), spans((0, 60)))) == [[3]]
    view.advance_to(START + 601)
    assert as_lists(view.read(stat(), spans((0, 60)))) == [[7]]


def test_many_rows_may_arrive_while_others_still_wait() -> None:
    store = MetricStore([sample(1000, arrives=START + 3600)])
    view = store.view()
    view.advance_to(START + 60)
    assert as_lists(view.read(stat(), spans((0, 3600)))) == [[None]]
    store.add([minutes(50)])
    assert as_lists(view.read(stat(), spans((0, 3600)))) == [[2]]
    view.advance_to(START + 3600)
    assert as_lists(view.read(stat(), spans((0, 3600)))) == [[1050]]


def test_sums_leave_no_residue() -> None:
    # A running total would still hold some of the 1e15 after it left the window.
    view = view_of(sample(1e15, at=START), sample(0.1, at=START + 60), sample(0, at=START + 120))
    ticks = [START + 60 * minute for minute in (1, 2, 3, 4)]
    assert as_lists(view.read(stat(), windows(ticks, 1, 60))) == [[1e15], [0.1], [0], [None]]
    assert as_lists(view.read(stat(), windows(ticks, 1, 120)))[-1] == [0]


def test_one_reading_of_a_day_and_many_of_a_minute_agree_to_the_last_bit() -> None:
    values = np.random.default_rng(7).random(1440)
    at = START + 60 * np.arange(1440, dtype=np.int64)
    store = MetricStore([Points(metric=METRIC, at=at, arrives=at, values=values)])
    ticks = [START + 60 * minute for minute in range(1, 1441)]
    for statistic in ("Sum", "Average", "Minimum", "p90"):
        for period in (60, 420, 3600):
            whole, step = store.view(), store.view()
            whole.advance_to(LONG_AFTER)
            one = whole.read(stat(statistic), windows(ticks, 3, period))
            for row in range(0, 1440, 53):
                step.advance_to(ticks[row])
                each = step.read(stat(statistic), windows([ticks[row]], 3, period))
                assert each.tobytes() == one[row : row + 1].tobytes()


def test_long_windows_few_and_far_apart_are_read_without_what_lies_between() -> None:
    view = view_of(minutes(20_000), moment=START + 15 * DAY)
    ticks = [START + 4000 * 60, START + 20_000 * 60]
    for statistic, expected in (("Sum", 1440), ("Maximum", 1), ("SampleCount", 1440), ("p50", 1)):
        read = view.read(stat(statistic), windows(ticks, 2, DAY))
        assert as_lists(read) == [[expected] * 2] * 2


def test_times_years_apart_cost_no_more_than_their_pages() -> None:
    view = view_of(sample(1, at=60, arrives=60), sample(2))
    assert as_lists(view.read(stat(), spans((60 - START, 120 - START)))) == [[1]]
    assert as_lists(view.read(stat(), spans((0, 60)))) == [[2]]


@pytest.mark.parametrize("statistic", ["Sum", "p50"])
def test_a_metric_nobody_published_has_no_datapoints(statistic: str) -> None:
    other = MetricIdentity.of("Shop", "Latency", {"Service": "web"})
    read = view_of(sample(1)).read(stat(statistic, metric=other), spans((0, 60), (60, 120)))
    assert as_lists(read) == [[None, None]]


def test_only_the_exact_set_of_dimensions_is_the_metric() -> None:
    view = view_of(sample(1))
    alone = MetricIdentity.of("Shop", "Latency")
    assert as_lists(view.read(stat(metric=alone), spans((0, 60)))) == [[None]]


def test_a_unit_that_was_never_published_gives_nothing() -> None:
    view = view_of(sample(1, unit="Seconds"))
    assert as_lists(view.read(stat(unit="Milliseconds"), spans((0, 60)))) == [[None]]
    assert as_lists(view.read(stat(unit="Seconds"), spans((0, 60)))) == [[1]]
    assert as_lists(view.read(stat(), spans((0, 60)))) == [[1]]


def test_no_unit_is_the_unit_none() -> None:
    view = view_of(sample(1), sample(2, unit="None"))
    assert as_lists(view.read(stat(unit="None"), spans((0, 60)))) == [[3]]


def test_several_units_without_one_in_the_query_are_refused_from_the_moment_both_are_there() -> (
    None
):
    view = MetricStore([sample(1, unit="Count"), sample(2, arrives=START + 60)]).view()
    view.advance_to(START)
    assert as_lists(view.read(stat(), spans((0, 60)))) == [[1]]
    view.advance_to(START + 60)
    with pytest.raises(SampleError, match=r"several units \(Count, None\).*name the unit"):
        view.read(stat(), spans((0, 60)))
    assert as_lists(view.read(stat(unit="Count"), spans((0, 60)))) == [[1]]


def test_a_statistic_that_is_none_is_refused() -> None:
    with pytest.raises(AlarmError, match="no statistic"):
        view_of(sample(1)).read(stat("Median"), spans((0, 60)))


def test_counts_of_samples_are_zero_where_there_is_none() -> None:
    view = view_of(sample(1, 2, counts=[2, 0.5]), statistic_set(7, 7, 1, 1))
    counts = view.read_counts(METRIC, None, spans((0, 60), (60, 120), (60, 60)))
    assert counts.tolist() == [[9.5, 0, 0]]
    assert view.read_counts(METRIC, "Count", spans((0, 60))).tolist() == [[0]]


def test_arrivals_are_distinct_moments_between_two() -> None:
    store = MetricStore([minutes(3, delay=60), sample(1, at=START, arrives=START + 61)])
    other = MetricIdentity.of("Shop", "Orders")
    store.add([sample(1, metric=other, arrives=START + 90), sample(1, unit="Count")])
    view = store.view()

    def arrivals(*metrics: MetricIdentity, after: int = -1, until: int = 600) -> list[int]:
        found = view.arrivals(metrics, START + after, START + until)
        return [int(moment) - START for moment in found]

    assert arrivals(METRIC) == [0, 60, 61, 120, 180]
    assert arrivals(METRIC, after=0, until=120) == [60, 61, 120]
    assert arrivals(METRIC, other, METRIC) == [0, 60, 61, 90, 120, 180]
    assert arrivals(MetricIdentity.of("Shop", "Nothing")) == []
    assert arrivals() == []
    store.add([sample(1, arrives=START + 7)])
    assert arrivals(METRIC) == [0, 7, 60, 61, 120, 180]


def test_late_arrivals_are_those_after_the_end_of_their_own_minute() -> None:
    store = MetricStore(
        [
            sample(1, at=START + 59, arrives=START + 60),
            sample(1, at=START + 59, arrives=START + 61),
            sample(1, at=START + 1, arrives=START + 2, high_resolution=True),
            sample(1, at=START + 1, arrives=START + 3, high_resolution=True),
            minutes(2, delay=60),
            minutes(2, delay=300),
        ]
    )
    late = store.arrivals([METRIC], 0, LONG_AFTER, late_only=True)
    assert [int(moment) - START for moment in late] == [3, 61, 300, 360]


def test_the_store_lists_its_metrics_in_the_order_of_their_first_sample() -> None:
    other = MetricIdentity.of("Shop", "Orders")
    store = MetricStore([sample(1, metric=other), sample(1), sample(2, metric=other)])
    assert store.metrics == (other, METRIC)


def test_an_empty_series_of_points_changes_nothing() -> None:
    view = MetricStore([minutes(0)]).view()
    view.advance_to(LONG_AFTER)
    assert view.metrics == frozenset()
    assert as_lists(view.read(stat(), spans((0, 60)))) == [[None]]


def test_many_bins_of_values_are_kept_apart() -> None:
    values = [1.2**power for power in range(100)]
    view = view_of(*(sample(value, at=START + 60 * row) for row, value in enumerate(values)))
    read = view.read(stat("p100"), windows([START + 60 * row for row in range(1, 101)], 1, 60))
    assert read[:, 0].tolist() == values
    whole = view.read(stat("p99"), windows([START + 6000], 1, 6000))
    assert 1.2**97 < whole[0, 0] < 1.2**98 * 1.1
    assert not math.isnan(whole[0, 0])


def test_a_view_reads_what_its_store_holds() -> None:
    store = MetricStore()
    assert isinstance(store.view(), MetricView)
    assert store.view().store is store
