"""A table for every function: over a series, over an array, with gaps and without any point."""

import math

import pytest

from rehearsal.engine.expression.functions import FUNCTIONS
from tests.engine.expression.alarm_math import (
    MONDAY,
    Points,
    Readings,
    are_near,
    as_points,
    compute,
    plan_of,
    slots_of,
)

GAP = None
FIRST: Points = [GAP, 4.0, GAP, 1.0, 7.0]
SECOND: Points = [2.0, -3.0, GAP, GAP, 2.5]
EMPTY: Points = [GAP, GAP, GAP, GAP, GAP]

TO_SERIES = [
    ("ABS(m2)", [2, 3, GAP, GAP, 2.5]),
    ("CEIL(m2 / 2)", [1, -1, GAP, GAP, 2]),
    ("FLOOR(m2 / 2)", [1, -2, GAP, GAP, 1]),
    ("LOG(m2)", [math.log(2), GAP, GAP, GAP, math.log(2.5)]),
    ("LOG(m1 - 1)", [GAP, math.log(3), GAP, GAP, math.log(6)]),
    ("LOG10(m2 * 50)", [2, GAP, GAP, GAP, math.log10(125)]),
    ("DIFF(m1)", [GAP, GAP, GAP, -3, 6]),
    ("DIFF_TIME(m1)", [GAP, GAP, GAP, 120, 60]),
    ("RATE(m1) * 60", [GAP, GAP, GAP, -1.5, 6]),
    ("RUNNING_SUM(m1)", [GAP, 4, GAP, 5, 12]),
    ("RUNNING_SUM(m3)", EMPTY),
    ("DIFF(m3)", EMPTY),
    ("SUM([m1, m2])", [2, 1, GAP, 1, 9.5]),
    ("AVG([m1, m2])", [1, 0.5, GAP, 0.5, 4.75]),
    ("AVG([m1, m2, m3, m3])", [0.5, 0.25, GAP, 0.25, 2.375]),
    ("MIN([m1, m2])", [2, -3, GAP, 1, 2.5]),
    ("MAX([m1, m2])", [2, 4, GAP, 1, 7]),
    ("STDDEV([m1, m2])", [1, 3.5, GAP, 0.5, 2.25]),
    ("DATAPOINT_COUNT([m1, m2])", [1, 2, GAP, 1, 2]),
    ("SUM([m3])", EMPTY),
    ("MINUTE(m3)", [0, 1, 2, 3, 4]),
    ("TIME_SERIES(3)", [3, 3, 3, 3, 3]),
    ("TIME_SERIES(MAX(m3))", EMPTY),
    ("FIRST([m1, m2])", FIRST),
    ("LAST([m1, m2])", SECOND),
    ("FIRST(METRICS())", FIRST),
    ("LAST(METRICS())", EMPTY),
    ('FIRST(METRICS("2"))', SECOND),
    ("FIRST(METRICS('none'))", EMPTY),
    ("LAST(METRICS('none'))", EMPTY),
    ("SUM(METRICS('none'))", EMPTY),
    ("AVG(METRICS('none'))", EMPTY),
    ("MAX(METRICS('none'))", EMPTY),
    ("MAX(SORT(METRICS('none'), MAX, ASC))", EMPTY),
    ("MAX(SLICE(METRICS('none'), 0))", EMPTY),
    ("MAX(REMOVE_EMPTY(METRICS('none')))", EMPTY),
]
TO_SCALAR = [
    ("SUM(m1)", 12),
    ("SUM(m3)", GAP),
    ("AVG(m1)", 2.4),
    ("AVG(m3)", GAP),
    ("MIN(m2)", -3),
    ("MIN(m3)", GAP),
    ("MAX(m2)", 2.5),
    ("MAX(m3)", GAP),
    ("STDDEV(m1)", math.sqrt((16 + 1 + 49) / 5 - 2.4**2)),
    ("STDDEV(m3)", GAP),
    ("DATAPOINT_COUNT(m1)", 3),
    ("DATAPOINT_COUNT(m3)", 0),
    ("METRIC_COUNT(METRICS())", 3),
    ('METRIC_COUNT(METRICS("m"))', 3),
    ('METRIC_COUNT(METRICS("3"))', 1),
    ("METRIC_COUNT(METRICS('none'))", 0),
    ("METRIC_COUNT([METRICS(), m1, [m2, m2]])", 6),
    ("METRIC_COUNT(REMOVE_EMPTY(METRICS()))", 2),
    ("METRIC_COUNT(SLICE(REMOVE_EMPTY(METRICS()), 1))", 1),
    ("METRIC_COUNT([REMOVE_EMPTY(METRICS()), m3])", 3),
    ("PERIOD(m1)", 60),
    ("SUM(IF(m1 > 0, 1e308, 0))", GAP),
    ("STDDEV(m1 * 1e300)", GAP),
]
FILLED = [
    ("FILL(m1, 9)", [9, 4, 9, 1, 7]),
    ("FILL(m1, -0.5)", [-0.5, 4, -0.5, 1, 7]),
    ("FILL(m1, MIN(m2))", [-3, 4, -3, 1, 7]),
    ("FILL(m1, MIN(m3))", FIRST),
    ("FILL(m3, 5)", [5, 5, 5, 5, 5]),
    ("FILL(m3, REPEAT)", EMPTY),
    ("FILL(m3, LINEAR)", EMPTY),
    ("FILL(m1, REPEAT)", [GAP, 4, 4, 1, 7]),
    ("FILL(m2, REPEAT)", [2, -3, -3, -3, 2.5]),
    ("FILL(m1, LINEAR)", [GAP, 4, 2.5, 1, 7]),
    ("FILL(DIFF(m1) - 9, LINEAR)", [GAP, GAP, GAP, -12, -3]),
    ("FILL(IF(m2 > 0, m2), LINEAR)", [2, 2.125, 2.25, 2.375, 2.5]),
    ("MAX(FILL([m1], m2))", [2, 4, GAP, 1, 7]),
    ("LAST(FILL(METRICS(), m2))", SECOND),
    ("LAST(FILL(METRICS(), 8))", [8, 8, 8, 8, 8]),
    ("FIRST(FILL(METRICS(), REPEAT))", [GAP, 4, 4, 1, 7]),
    ("FIRST(FILL(METRICS(), LINEAR))", [GAP, 4, 2.5, 1, 7]),
    ("LAST(FILL(REMOVE_EMPTY(METRICS()), 0))", [2, -3, 0, 0, 2.5]),
    ("METRIC_COUNT(REMOVE_EMPTY(FILL(REMOVE_EMPTY(METRICS()), 0))) + 0*m1", [GAP, 2, GAP, 2, 2]),
]
CHOSEN = [
    ("IF(m1 > 3, m2, m1)", [GAP, -3, GAP, 1, 2.5]),
    ("IF(m1 > 3, m2)", [GAP, -3, GAP, GAP, 2.5]),
    ("IF(m1 > 0, m2, 5)", [GAP, -3, GAP, 0, 2.5]),
    ("IF(m1 > 3, 9, m2)", [GAP, 9, GAP, GAP, 9]),
    ("IF(m1 > 3, 9, 8)", [GAP, 9, GAP, 8, 9]),
    ("IF(m1 > 3, 9)", [GAP, 9, GAP, GAP, 9]),
    ("IF(m2, 1, 0)", [1, 1, GAP, GAP, 1]),
    ("IF(1, m1, m2)", [0, 4, 0, 1, 7]),
    ("IF(0, m1, m2)", [2, -3, 0, 0, 2.5]),
    ("IF(0, m1)", EMPTY),
    ("IF(-0.5, m1)", [0, 4, 0, 1, 7]),
    ("IF(MAX(m1) > 6, m1, m2)", [0, 4, 0, 1, 7]),
    ("IF(MAX(m3), m1, m2)", EMPTY),
    ("IF(m3, m1, m2)", EMPTY),
    ("IF(m1 > 3, MAX(m3), 1)", [GAP, GAP, GAP, 1, GAP]),
    ("IF(m1 < m2, 1, 0)", [1, 0, GAP, 0, 0]),
]
PICKED = [
    ("FIRST(SORT(METRICS(), SUM, DESC))", FIRST),
    ("FIRST(SORT(METRICS(), SUM, ASC))", SECOND),
    ("FIRST(SORT(METRICS(), MIN, ASC))", SECOND),
    ("FIRST(SORT(METRICS(), MAX, ASC))", SECOND),
    ("FIRST(SORT(METRICS(), AVG, DESC))", FIRST),
    ("LAST(SORT(METRICS(), AVG, DESC))", EMPTY),
    ("LAST(SORT(METRICS(), AVG, ASC))", EMPTY),
    ("LAST(SORT(METRICS(), AVG, ASC, 2))", FIRST),
    ("SORT(METRICS(), AVG, ASC, 1)", SECOND),
    ("LAST(SORT(METRICS(), AVG, ASC, DATAPOINT_COUNT(m1) - 2))", SECOND),
    ("FIRST(SORT(METRICS(), AVG, ASC, MAX(m3)))", EMPTY),
    ("LAST(SORT(REMOVE_EMPTY(METRICS()), AVG, DESC))", SECOND),
    ("FIRST(SORT([m2 * 0 + 1, m2], SUM, DESC))", [1, 1, GAP, GAP, 1]),
    ("FIRST(SORT([m1, m1 + 0 * m2], SUM, DESC))", FIRST),
    ("LAST(REMOVE_EMPTY([m1, m3, m2, m3]))", SECOND),
    ("LAST([REMOVE_EMPTY(METRICS()), m1])", FIRST),
    ("LAST([m1, REMOVE_EMPTY(METRICS())])", SECOND),
    ("MAX(SLICE(METRICS(), 1))", SECOND),
    ("SLICE(METRICS(), 0, 1)", FIRST),
    ("SLICE(METRICS(), 1, 2) * 1", SECOND),
    ("IF(SLICE(METRICS(), 1, 2) > 0, 1, 0)", [1, 0, GAP, GAP, 1]),
    ("SLICE(METRICS(), 7, 8)", EMPTY),
    ("FIRST(SLICE(METRICS(), 5, 9))", EMPTY),
    ("FIRST(SLICE(METRICS(), 2, 1))", EMPTY),
    ("FIRST(SLICE(METRICS(), DATAPOINT_COUNT(m1) - 2))", SECOND),
    ("LAST(SLICE(METRICS(), 0, DATAPOINT_COUNT(m1) - 1))", SECOND),
    ("FIRST(SLICE(METRICS(), MAX(m3)))", EMPTY),
    ("FIRST(SLICE(REMOVE_EMPTY([m3, m2, m1]), 1))", FIRST),
    ("[m1]", FIRST),
    ("FIRST(ABS([m2, m1]))", [2, 3, GAP, GAP, 2.5]),
    ("FIRST(DIFF(METRICS()))", [GAP, GAP, GAP, -3, 6]),
    ("SUM(REMOVE_EMPTY(METRICS()) + m1)", [2, 9, GAP, 3, 23.5]),
    ("AVG(REMOVE_EMPTY([m3, m1, m2, m3]))", [1, 0.5, GAP, 0.5, 4.75]),
    ("STDDEV(REMOVE_EMPTY([m3, m1, m2, m3]))", [1, 3.5, GAP, 0.5, 2.25]),
    ("DATAPOINT_COUNT(REMOVE_EMPTY([m3, m1, m2, m3]))", [1, 2, GAP, 1, 2]),
]


@pytest.mark.parametrize(("text", "expected"), [*TO_SERIES, *FILLED, *CHOSEN, *PICKED])
def test_function_that_gives_a_series(text: str, expected: Points) -> None:
    found = compute(text, m1=FIRST, m2=SECOND, m3=EMPTY)
    assert are_near(found, expected), found


@pytest.mark.parametrize(("text", "expected"), TO_SCALAR)
def test_function_that_gives_a_scalar(text: str, expected: float | None) -> None:
    found = compute(f"TIME_SERIES({text})", m1=FIRST, m2=SECOND, m3=EMPTY)
    assert are_near(found, [expected] * 5), found


CALENDAR = {
    # 5 January 2026 is a Monday; the slots start at 23:58 of the day before.
    "MINUTE": [58, 59, 0, 1],
    "HOUR": [23, 23, 0, 0],
    "DAY": [7, 7, 1, 1],
    "DATE": [4, 4, 5, 5],
    "MONTH": [1, 1, 1, 1],
    "YEAR": [2026, 2026, 2026, 2026],
    "EPOCH": [MONDAY - 120, MONDAY - 60, MONDAY, MONDAY + 60],
}


@pytest.mark.parametrize("name", CALENDAR)
def test_calendar_functions_read_the_start_of_each_slot(name: str) -> None:
    slots = slots_of(1, 4, start=MONDAY - 120)
    plan = plan_of(f"{name}(m1)", ("m1",))
    result = plan.evaluate(slots, Readings(tables={"m1": [[GAP] * 4]}))
    assert as_points(result.values[0]) == CALENDAR[name]


def test_calendar_functions_know_leap_days_and_month_ends() -> None:
    leap_day_start = 1_709_164_800  # 29 February 2024
    slots = slots_of(1, 3, start=leap_day_start - 86_400, period_seconds=86_400)
    for name, expected in (("DATE", [28, 29, 1]), ("MONTH", [2, 2, 3]), ("DAY", [3, 4, 5])):
        result = plan_of(f"{name}(m1)", ("m1",)).evaluate(
            slots, Readings(tables={"m1": [[GAP] * 3]})
        )
        assert as_points(result.values[0]) == expected


def test_arrays_are_sorted_and_emptied_for_each_evaluation_apart() -> None:
    readings = Readings(
        tables={"m1": [[1, 1], [GAP, GAP], [5, 5]], "m2": [[3, 3], [2, 2], [GAP, GAP]]}
    )
    slots = slots_of(3, 2)
    for text, expected in (
        ("FIRST(SORT(METRICS(), AVG, DESC))", [3, 2, 5]),
        ("LAST(SORT(METRICS(), AVG, DESC))", [1, GAP, GAP]),
        ("LAST(REMOVE_EMPTY(METRICS()))", [3, 2, 5]),
        ("TIME_SERIES(METRIC_COUNT(REMOVE_EMPTY(METRICS())))", [2, 1, 1]),
        ("AVG(REMOVE_EMPTY(METRICS()))", [2, 2, 5]),
        ("m1 - MAX(m2)", [-2, GAP, GAP]),
        ("MAX(SLICE(METRICS(), 0, DATAPOINT_COUNT(m1) / 2))", [1, GAP, 5]),
    ):
        result = plan_of(text, ("m1", "m2")).evaluate(slots, readings)
        assert as_points(result.values[:, 0]) == expected, text
        assert as_points(result.values[:, 1]) == expected, text


def test_every_function_has_its_table() -> None:
    tables = [*TO_SERIES, *TO_SCALAR, *FILLED, *CHOSEN, *PICKED]
    texts = " ".join(text for text, _expected in tables)
    tested = {name for name in FUNCTIONS if f"{name}(" in texts} | CALENDAR.keys()
    assert tested == FUNCTIONS.keys()


def test_expressions_refer_to_each_other_in_any_order() -> None:
    points = {"m1": FIRST, "m2": SECOND}
    plan = plan_of("e2 + e1 + e1", ("m1", "m2"), e2="2 * e1", e1="m1 - m2", unused="m2 * 2")
    readings = Readings(tables={name: [row] for name, row in points.items()})
    result = plan.evaluate(slots_of(1, 5), readings)
    assert as_points(result.values[0]) == [-8, 28, GAP, 4, 18]
    assert readings.reads == 2
    assert [stat.metric.name for stat in plan.reads] == ["m1", "m2"]


def test_reads_are_what_the_result_depends_on() -> None:
    assert [stat.metric.name for stat in plan_of("m2 * e", e="m3 + 1").reads] == ["m2", "m3"]
    assert len(plan_of("m2 * SUM(e)", e="METRICS()").reads) == 3
    assert plan_of("TIME_SERIES(1)").reads == ()
