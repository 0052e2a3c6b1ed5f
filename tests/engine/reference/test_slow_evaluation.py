"""The reference is right: published tables, worked examples, recordings and dated reports."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from rehearsal.engine.alarm import Comparison, MetricAlarm, State, Treatment
from tests.engine.reference.alarm_samples import alarm_of, points
from tests.engine.reference.missing_data_tables import Cell, list_cells
from tests.engine.reference.slow_evaluation import (
    Datapoint,
    aggregate,
    build_buckets,
    decide,
    evaluate_alarm,
    list_ticks,
    list_transitions,
    list_windows,
)

OK, ALARM, UNKNOWN = State.OK, State.ALARM, State.INSUFFICIENT_DATA
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def at(text: str) -> int:
    """Read a time of one Monday, or a date and time, in UTC."""
    moment = text if "T" in text else f"2026-03-02T{text}"
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())


def clock(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S")


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


# When, and on which window.


@pytest.mark.parametrize(
    ("period", "n", "ticks"),
    [
        pytest.param(60, 1, ["12:01:00", "12:02:00"], id="a minute"),
        pytest.param(HOUR, 1, ["12:01:00", "12:02:00"], id="an hour does not slow it down"),
        pytest.param(DAY, 1, ["12:01:00", "12:02:00"], id="nor does one day"),
        pytest.param(HOUR, 24, ["12:01:00", "12:02:00"], id="nor 24 hours"),
        pytest.param(HOUR, 25, [], id="more than a day: only on the hour"),
    ],
)
def test_an_alarm_is_evaluated_every_minute_or_every_hour(
    period: int, n: int, ticks: list[str]
) -> None:
    found = list_ticks(alarm_of(n, period=period), at("12:00:00"), at("12:02:59"))
    assert [clock(tick) for tick in found] == ticks


def test_a_multi_day_alarm_is_evaluated_on_the_hour() -> None:
    found = list_ticks(alarm_of(2, period=DAY), at("11:59:00"), at("13:00:00"))
    assert [clock(tick) for tick in found] == ["12:00:00", "13:00:00"]


@pytest.mark.parametrize("period", [10, 20, 30])
def test_a_high_resolution_alarm_is_evaluated_every_ten_seconds(period: int) -> None:
    found = list_ticks(alarm_of(1, period=period), at("12:00:00"), at("12:00:30"))
    assert [clock(tick) for tick in found] == ["12:00:10", "12:00:20", "12:00:30"]


@pytest.mark.parametrize(
    ("tick", "expected"),
    [
        ("12:15:00", ["12:00:00", "12:05:00", "12:10:00"]),
        ("12:16:00", ["12:01:00", "12:06:00", "12:11:00"]),
    ],
)
def test_the_window_slides_by_the_minute(tick: str, expected: list[str]) -> None:
    """Three periods of five minutes, as the guide's page of limits has them."""
    windows = list_windows(alarm_of(3, period=300), at(tick))
    assert [clock(start) for start, _ in windows[-3:]] == expected


@pytest.mark.parametrize(
    ("period", "n", "slots"),
    [(300, 3, 5), (60, 1, 3), (DAY, 1, 3), (10, 3, 9), (20, 3, 6), (30, 1, 3)],
)
def test_more_slots_are_looked_at_than_evaluated(period: int, n: int, slots: int) -> None:
    windows = list_windows(alarm_of(n, period=period), at("12:00:00"))
    assert len(windows) == slots
    assert windows[-1] == (at("12:00:00") - period, at("12:00:00"))
    assert all(end - start == period for start, end in windows)


@pytest.mark.parametrize(
    ("tick", "newest"),
    [("12:00:20", "11:59:30"), ("12:00:30", "12:00:00"), ("12:00:50", "12:00:00")],
)
def test_a_high_resolution_window_moves_by_its_period(tick: str, newest: str) -> None:
    start, end = list_windows(alarm_of(1, period=30), at(tick))[-1]
    assert (clock(start), end - start) == (newest, 30)


def test_two_errors_four_minutes_apart_are_one_breach_or_two() -> None:
    datapoints = points([(at("12:04:00"), 1), (at("12:08:00"), 1)])
    alarm = alarm_of(2, period=300)
    sums = {
        tick: [bucket.value for bucket in build_buckets(alarm, datapoints, at(tick))[-2:]]
        for tick in ("12:09:00", "12:10:00")
    }
    assert sums == {"12:09:00": [None, 2.0], "12:10:00": [1.0, 1.0]}


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


def starts(alarm: MetricAlarm, tick: str) -> list[str]:
    windows = list_windows(alarm, at(tick))
    assert all(first[1] == second[0] for first, second in itertools.pairwise(windows))
    assert windows[-1][1] <= at(tick)
    return [datetime.fromtimestamp(start, UTC).strftime("%a %d %H:%M") for start, _ in windows]


@pytest.mark.parametrize(
    ("period", "timezone", "tick", "expected"),
    [
        (300, "UTC", "12:16:00", ["Mon 02 12:00", "Mon 02 12:05", "Mon 02 12:10"]),
        (300, "UTC", "12:15:00", ["Mon 02 12:00", "Mon 02 12:05", "Mon 02 12:10"]),
        (HOUR, "+05:30", "12:16:00", ["Mon 02 08:30", "Mon 02 09:30", "Mon 02 10:30"]),
        (HOUR, "Asia/Kathmandu", "12:16:00", ["Mon 02 09:15", "Mon 02 10:15", "Mon 02 11:15"]),
        (DAY, "UTC", "12:16:00", ["Fri 27 00:00", "Sat 28 00:00", "Sun 01 00:00"]),
        (DAY, "UTC-08:00", "07:59:00", ["Thu 26 08:00", "Fri 27 08:00", "Sat 28 08:00"]),
        (DAY, "UTC-08:00", "08:00:00", ["Fri 27 08:00", "Sat 28 08:00", "Sun 01 08:00"]),
        (7 * DAY, "UTC", "00:00:00", ["Mon 09 00:00", "Mon 16 00:00", "Mon 23 00:00"]),
        (7 * DAY, "+01:00", "00:00:00", ["Sun 08 23:00", "Sun 15 23:00", "Sun 22 23:00"]),
    ],
)
def test_a_wall_clock_window_is_made_of_completed_periods_of_the_calendar(
    period: int, timezone: str, tick: str, expected: list[str]
) -> None:
    assert starts(alarm_of(1, period=period, timezone=timezone), tick) == expected


@pytest.mark.parametrize(
    ("zone", "tick", "hours"),
    [
        pytest.param("Europe/Berlin", "2026-03-31T00:00", [24, 23, 24], id="clocks go forward"),
        pytest.param("Europe/Berlin", "2026-10-27T00:00", [24, 25, 24], id="clocks go back"),
        pytest.param("America/Havana", "2026-11-03T12:00", [24, 25, 24], id="midnight comes twice"),
        pytest.param("Africa/Cairo", "2026-04-25T22:00", [24, 23, 24], id="midnight is skipped"),
        pytest.param("UTC", "2026-03-31T00:00", [24, 24, 24], id="no daylight saving"),
    ],
)
def test_days_of_a_zone_follow_daylight_saving(zone: str, tick: str, hours: list[int]) -> None:
    windows = list_windows(alarm_of(1, period=DAY, timezone=zone), at(tick))
    assert [(end - start) // HOUR for start, end in windows] == hours


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
