"""The reference is right: published tables, worked examples, recordings and dated reports."""

from typing import Any

import pytest

from rehearsal.engine.alarm import Comparison, MetricAlarm, State, Treatment
from tests.engine.reference.alarm_samples import alarm_of, at, clock, points
from tests.engine.reference.missing_data_tables import Cell, list_cells
from tests.engine.reference.slow_evaluation import (
    Datapoint,
    aggregate,
    build_buckets,
    decide,
    evaluate_alarm,
    list_transitions,
)

OK, ALARM, UNKNOWN = State.OK, State.ALARM, State.INSUFFICIENT_DATA
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def changes(
    alarm: MetricAlarm,
    datapoints: list[Datapoint],
    created: int,
    until: int,
    state: State = UNKNOWN,
) -> list[tuple[str, State]]:
    """Return (time, new state) of every change."""
    verdicts = evaluate_alarm(alarm, datapoints, created=created, until=until, state=state)
    return [(clock(tick), new) for tick, _, new in list_transitions(verdicts, state)]


# The published tables.


@pytest.mark.parametrize("cell", list_cells(), ids=str)
def test_a_cell_of_the_published_tables(cell: Cell) -> None:
    alarm = alarm_of(cell.evaluation_periods, cell.datapoints_to_alarm, treatment=cell.treatment)
    for state in State:
        assert decide(alarm, cell.slots, state) is (cell.expected or state)


def test_the_tables_have_forty_cells() -> None:
    assert len(list_cells()) == len(set(map(str, list_cells()))) == 40


@pytest.mark.parametrize(
    ("slots", "m", "expected"),
    [
        pytest.param("----X", 3, UNKNOWN, id="a breach in the newest slot"),
        pytest.param("---X-", 3, UNKNOWN, id="a breach of age two where three are asked"),
        pytest.param("--X--", 3, ALARM, id="a breach as old as M"),
        pytest.param("-X---", 3, ALARM, id="a breach older than M"),
        pytest.param("--X-X", 3, ALARM, id="newer ones breach or are missing"),
        pytest.param("----X", 2, UNKNOWN, id="M of N, newest"),
        pytest.param("---X-", 2, ALARM, id="M of N, as old as M"),
        pytest.param("0-X--", 2, OK, id="a good point switches the rule off"),
        pytest.param("----X", 1, ALARM, id="one breach is enough where one is asked"),
    ],
)
def test_a_premature_alarm_waits_until_the_breach_is_old(
    slots: str, m: int, expected: State
) -> None:
    values = [{"0": 0.0, "X": 1.0, "-": None}[sign] for sign in slots]
    assert decide(alarm_of(3, m), values, UNKNOWN) is expected


# Statistics, and what is visible.


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Sum", 9.0), ("SampleCount", 4.0), ("Average", 2.25), ("Minimum", 1.0), ("Maximum", 4.0)],
)
def test_a_statistic_counts_each_value_as_often_as_it_came(statistic: str, expected: float) -> None:
    assert aggregate(statistic, [(1.0, 1.0), (2.0, 2.0), (4.0, 1.0)]) == expected


def test_a_percentile_is_taken_of_equal_values_only() -> None:
    assert aggregate("p99.9", [(2.5, 3.0), (2.5, 1.0)]) == 2.5
    with pytest.raises(ValueError, match="too many values"):
        aggregate("p50", [(1.0, 1.0), (2.0, 1.0)])


def test_there_is_no_percentile_of_negative_values_or_of_less_than_one_sample() -> None:
    assert aggregate("p50", [(-1.0, 1.0), (2.0, 1.0)]) is None
    assert aggregate("p50", [(2.0, 0.5)]) is None
    assert aggregate("p50", [(2.0, 0.5), (2.0, 0.5)]) == 2.0


def test_a_datapoint_counts_from_when_it_arrived() -> None:
    late = points([(at("12:00:30"), 1)], delay=150)
    alarm = alarm_of(1, treatment=Treatment.NOT_BREACHING)
    assert changes(alarm, late, at("11:59:00"), at("12:10:00")) == [
        ("12:00:00", OK),
        ("12:03:00", ALARM),
        ("12:04:00", OK),
    ]


def test_standard_resolution_is_stored_by_the_minute() -> None:
    second = at("12:00:30")
    standard, high = points([(second, 1)]), points([(second, 1)], high_resolution=True)
    newest = [
        build_buckets(alarm_of(1, period=10), data, at("12:00:40"))[-1].value
        for data in (standard, high)
    ]
    assert newest == [None, 1.0]


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        (Comparison.ABOVE, [6.0]),
        (Comparison.AT_LEAST, [5.0, 6.0]),
        (Comparison.BELOW, [4.0]),
        (Comparison.AT_MOST, [4.0, 5.0]),
    ],
)
def test_the_value_is_compared_on_the_left(comparison: Comparison, breaching: list[float]) -> None:
    alarm = alarm_of(1, comparison=comparison, threshold=5.0)
    values = [value for value in (4.0, 5.0, 6.0) if decide(alarm, [value], OK) is ALARM]
    assert values == breaching


# Worked examples, recordings and reports.


def test_the_multi_day_job_is_seen_at_the_next_full_hour() -> None:
    """A job every three days at 10:00 that reports 1 or 0: its failure at 10:02 is seen at 11."""
    alarm = alarm_of(1, period=3 * DAY, comparison=Comparison.BELOW, threshold=1.0)
    monday = at("00:00:00")
    runs = [(monday - 3 * DAY + 10 * HOUR + 120, 1.0), (at("10:02:00"), 0.0), (at("11:43:00"), 1.0)]
    assert changes(alarm, points(runs), at("09:30:00"), at("14:30:00"), OK) == [
        ("11:00:00", ALARM),
        ("12:00:00", OK),
    ]


def test_a_silent_alarm_fires_once_its_last_good_point_left_the_range() -> None:
    """The follow-up to the second row of the first table."""
    alarm = alarm_of(3, treatment=Treatment.BREACHING)
    assert changes(alarm, points([(at("12:00:00"), 0)]), at("12:00:00"), at("12:20:00"), OK) == [
        ("12:06:00", ALARM)
    ]


def test_a_report_about_a_quarter_hour_and_one_period() -> None:
    """Its last point at 19:50:31, the alarm went back to OK at 20:36:51."""
    alarm = alarm_of(1, period=900, treatment=Treatment.NOT_BREACHING)
    datapoints = points([(at("19:50:31"), 1)])
    assert changes(alarm, datapoints, at("19:30:00"), at("21:30:00"), OK) == [
        ("19:51:00", ALARM),
        ("20:36:00", OK),
    ]


def test_a_report_about_a_quarter_hour_and_eight_periods() -> None:
    """Its last point at 05:43:53, the alarm fired at 08:14:49."""
    alarm = alarm_of(8, period=900, treatment=Treatment.BREACHING)
    good = points([(at("03:00:53") + 60 * minute, 0) for minute in range(164)])
    assert clock(good[-1].at) == "05:43:53"
    assert changes(alarm, good, at("05:40:00"), at("09:00:00"), OK) == [("08:14:00", ALARM)]


def test_a_daily_heartbeat_is_missed_after_three_silent_days() -> None:
    """A report of April 2022 found three or four."""
    alarm = alarm_of(1, period=DAY, treatment=Treatment.BREACHING)
    start = at("10:00:00")
    verdicts = evaluate_alarm(
        alarm, points([(start, 0)]), created=start, until=start + 4 * DAY, state=OK
    )
    assert list(list_transitions(verdicts, OK)) == [(start + 3 * DAY + MINUTE, OK, ALARM)]


def test_the_recorded_sequence_of_breach_good_breach_and_silence() -> None:
    """Period 10, 2 of 3: the alarm follows the points as they leave the range, one by one."""
    alarm = alarm_of(3, 2, period=10)
    sequence = [(at("12:00:00"), 1), (at("12:00:10"), 0), (at("12:00:20"), 1)]
    datapoints = points(sequence, high_resolution=True)
    assert changes(alarm, datapoints, at("12:00:00"), at("12:03:00")) == [
        ("12:00:20", OK),
        ("12:00:30", ALARM),
        ("12:01:40", OK),
        ("12:01:50", ALARM),
        ("12:02:00", UNKNOWN),
    ]


def test_the_recorded_good_point_before_silence_under_breaching() -> None:
    alarm = alarm_of(3, period=10, treatment=Treatment.BREACHING)
    datapoints = points([(at("12:00:00"), 0)], high_resolution=True)
    assert changes(alarm, datapoints, at("12:00:00"), at("12:03:00")) == [
        ("12:00:10", OK),
        ("12:01:40", ALARM),
    ]


# Percentiles of few samples.


def many(count: int, value: float = 5.0) -> Datapoint:
    return Datapoint(at=at("12:00:00"), arrives=at("12:00:00"), values=(value,), counts=(count,))


@pytest.mark.parametrize(
    ("statistic", "count", "expected"),
    [
        ("p90", 99, UNKNOWN),
        ("p90", 100, ALARM),
        ("p99", 999, UNKNOWN),
        ("p99", 1_000, ALARM),
        ("p99.9", 9_999, UNKNOWN),
        ("p99.9", 10_000, ALARM),
        ("p50", 19, UNKNOWN),
        ("p50", 20, ALARM),
        ("p10", 99, UNKNOWN),
        ("p10", 100, ALARM),
        ("Average", 1, ALARM),
    ],
)
def test_a_percentile_of_few_samples_keeps_the_state(
    statistic: str, count: int, expected: State
) -> None:
    alarm = alarm_of(1, statistic=statistic, ignores_low_samples=True)
    (verdict,) = evaluate_alarm(alarm, [many(count)], created=at("12:00:30"), until=at("12:01:00"))
    assert verdict.state is expected


def test_a_percentile_of_few_samples_is_evaluated_unless_told_otherwise() -> None:
    alarm = alarm_of(1, statistic="p99")
    assert changes(alarm, [many(1)], at("12:00:30"), at("12:01:00")) == [("12:01:00", ALARM)]


# Wall-clock windows.


def test_a_wall_clock_alarm_does_not_see_the_period_that_goes_on() -> None:
    alarm = alarm_of(1, period=HOUR, timezone="UTC")
    assert changes(alarm, points([(at("12:05:00"), 1)]), at("12:00:00"), at("13:30:00")) == [
        ("13:00:00", ALARM)
    ]


# Warm-up.

EVERY_MINUTE = [(at("10:04:00") + MINUTE * minute, 1.0) for minute in range(120)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({}, "10:05:00", id="no warm-up"),
        pytest.param({"warm_up_minutes": 60}, "10:19:00", id="the data fills the window"),
        pytest.param({"warm_up_minutes": 10}, "10:10:00", id="the time is up first"),
        pytest.param(
            {"warm_up_minutes": 60, "warms_up_whole_period": True}, "11:00:00", id="the whole time"
        ),
    ],
)
def test_a_new_alarm_warms_up(facts: dict[str, Any], expected: str) -> None:
    """Three periods of five minutes, created at 10:00, with data from 10:04."""
    alarm = alarm_of(3, 1, period=300, **facts)
    assert changes(alarm, points(EVERY_MINUTE), at("10:00:00"), at("11:30:00")) == [
        (expected, ALARM)
    ]


def test_gaps_prolong_the_warm_up() -> None:
    alarm = alarm_of(3, 1, period=300, warm_up_minutes=60)
    gap = range(at("10:06:00"), at("10:20:00"))
    with_gap = points([moment for moment in EVERY_MINUTE if moment[0] not in gap])
    assert changes(alarm, with_gap, at("10:00:00"), at("11:30:00")) == [("10:31:00", ALARM)]
