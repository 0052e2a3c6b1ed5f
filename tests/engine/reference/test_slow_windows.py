"""The reference looks when CloudWatch does, and on the same windows, those of a calendar too."""

import itertools
from datetime import UTC, datetime

import pytest

from rehearsal.engine.alarm import MetricAlarm
from tests.engine.reference.alarm_samples import alarm_of, at, clock, points
from tests.engine.reference.slow_evaluation import build_buckets, list_ticks, list_windows

HOUR, DAY = 3_600, 86_400

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
