"""What CloudWatch's guide says of metric math, vector by vector."""

from collections.abc import Mapping

import pytest

from rehearsal.engine.errors import ExpressionError
from tests.engine.expression.alarm_math import Points, are_near, compute, plan_of

GAP = None
METRIC_1 = [30, 20, 0, 0]
METRIC_2 = [20, GAP, 20, GAP]
CONDITION = [1, 1, 0, 0, GAP]
WHEN_TRUE = [30, GAP, 0, 0, 30]
WHEN_FALSE = [0, 0, 20, GAP, 20]


def test_less_than_between_two_series_counts_the_missing_one_as_0() -> None:
    assert compute("(m1 < m2)", m1=METRIC_1, m2=METRIC_2) == [0, 0, 1, 0]


def test_comparison_with_a_scalar_has_the_points_of_the_series() -> None:
    assert compute("(m1 >= 30)", m1=METRIC_1, m2=METRIC_2) == [1, 0, 0, 0]


def test_logic_of_two_comparisons_counts_the_missing_one_as_0() -> None:
    assert compute("(m1 > 15 AND m2 > 15)", m1=METRIC_1, m2=METRIC_2) == [1, 0, 0, 0]


def test_if_with_two_series_takes_0_for_a_missing_branch() -> None:
    points: Mapping[str, Points] = {"m1": CONDITION, "m2": WHEN_TRUE, "m3": WHEN_FALSE}
    assert compute("IF(m1, m2, m3)", **points) == [30, 0, 20, 0, GAP]


def test_if_with_a_scalar_for_true_drops_the_missing_false_branch() -> None:
    assert compute("IF(m1, 5, m3)", m1=CONDITION, m3=WHEN_FALSE) == [5, 5, 20, GAP, GAP]


def test_if_with_a_scalar_for_false_drops_only_a_missing_condition() -> None:
    assert compute("IF(m1, m2, 5)", m1=CONDITION, m2=WHEN_TRUE) == [30, 0, 5, 5, GAP]


def test_missing_errors_give_a_rate_of_0_and_missing_requests_no_point() -> None:
    points: Mapping[str, Points] = {"errors": [GAP, 3, 3], "requests": [50, GAP, 60]}
    assert compute("100*errors/requests", **points) == [0, GAP, 5]


def test_a_gap_in_a_difference_is_a_phantom_dip() -> None:
    points: Mapping[str, Points] = {"requests": [50, GAP], "errors": [2, 2]}
    assert compute("requests - errors", **points) == [48, -2]


def test_a_scalar_cannot_be_the_result_but_part_of_it() -> None:
    with pytest.raises(ExpressionError, match="'result': the result is a scalar"):
        plan_of("AVG(m1)")
    assert compute("m1-AVG(m1)", m1=[1, 2, 3]) == [-1, 0, 1]


def test_constant_series_is_there_without_any_data() -> None:
    assert compute("TIME_SERIES(0)", m1=[GAP, GAP, GAP]) == [0, 0, 0]


def test_a_metric_without_data_plus_a_number_is_missing() -> None:
    assert compute("m1+1", m1=[GAP, GAP, GAP]) == [GAP, GAP, GAP]


def test_first_of_what_is_not_empty_is_missing_when_all_is_empty() -> None:
    assert compute("FIRST(REMOVE_EMPTY(METRICS()))", m1=[GAP, GAP]) == [GAP, GAP]


EXAMPLES = [
    # Every example expression of the guide that an alarm may hold.
    ("m1/(PERIOD(m1)/60)", [1, 2, GAP]),
    ("5 * m1", [5, 10, GAP]),
    ("m1 - m2", [-1, 2, -4]),
    ("SUM(100/[m1, m2])", [150, 50, 25]),
    ("AVG([m1,m2]/m3)", [0.3, 0.1, 0.2]),
    ("SUM(METRICS()*100)", [800, 1200, 1400]),
    ("-5*m1", [-5, -10, GAP]),
    ("-m1", [-1, -2, GAP]),
    ("SUM(-[m1, m2])", [-3, -2, -4]),
    ("ABS(m1-m2)", [1, 2, 4]),
    ("MIN(ABS([m1, m2]))", [1, 2, 4]),
    ("SUM([m1,m2])/AVG(m2)", [1.5, 1, 2]),
    ("SUM(CEIL(METRICS()))", [8, 12, 14]),
    ("SUM(m1) / DATAPOINT_COUNT(m1) + m2", [3.5, GAP, 5.5]),
    ("DATAPOINT_COUNT(METRICS())", [3, 2, 2]),
    ("FILL(m1,10)", [1, 2, 10]),
    ("SUM(FILL(METRICS(), m3))", [8, 22, 24]),
    ("FILL(m1, MIN(m1))", [1, 2, 1]),
    ("FILL(m1, REPEAT)", [1, 2, 2]),
    ("MAX(FILL(METRICS(), LINEAR))", [5, 10, 10]),
    ("IF(FIRST(SORT(METRICS(), AVG, DESC))>100, 1, 0)", [0, 0, 0]),
    ("MAX(m1)/m1", [2, 1, GAP]),
    ("m1/METRIC_COUNT(METRICS())", [1 / 3, 2 / 3, GAP]),
    ("SUM([METRICS('1'), METRICS(\"2\")])", [3, 2, 4]),
    ("m1-MIN(m1)", [0, 1, GAP]),
    # DAY has no gaps, and the rule of a missing true branch makes the gap of m1 a 0.
    ("IF(DAY(m1)<6,m1)", [1, 2, 0]),
    ("IF(MONTH(m1) == 4,m1)", [GAP, GAP, GAP]),
    ("IF((DAY(m1)<6 AND (HOUR(m1)>=9 AND HOUR(m1)<17)),m1)", [GAP, GAP, GAP]),
    ("m1/PERIOD(m1)", [1 / 60, 2 / 60, GAP]),
    ("SUM(METRICS())/SUM(m1)", [8 / 3, 4, 14 / 3]),
    ('SUM(METRICS("m1"))/SUM(METRICS("m2"))*100', [50, GAP, 0]),
    ("TIME_SERIES(MAX(m1))", [2, 2, 2]),
    ("TIME_SERIES(5*AVG(m1))", [5, 5, 5]),
    ("SUM(SLICE(SORT(METRICS(), SUM, DESC), 0, 10))", [8, 12, 14]),
    ("SUM(SLICE(SORT(METRICS(), AVG, ASC), 2))", [5, 10, 10]),
    ("SUM(SORT(METRICS(), MAX, ASC))", [8, 12, 14]),
    ("SUM(SORT(METRICS(), AVG, DESC, 10))", [8, 12, 14]),
    ("IF(m1<400, m1)", [1, 2, GAP]),
    ("IF(m1<400, 10, 2)", [10, 10, GAP]),
    ("IF(m1>m2, 1, 0)", [0, 1, 0]),
    ("MAX(RUNNING_SUM([m1,m2]))", [2, 3, 6]),
    ("SUM(RATE(METRICS()))*60", [GAP, 6, 1]),
    ("MIN(DIFF_TIME(METRICS()))", [GAP, 60, 60]),
    ("DIFF(m2)", [GAP, GAP, 2]),
    ("SUM(LOG10(10^METRICS()))", [8, 12, 14]),
    ("STDDEV(METRICS()) * 0", [0, 0, 0]),
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_example_of_the_guide(text: str, expected: list[float | None]) -> None:
    points: Mapping[str, Points] = {"m1": [1, 2, GAP], "m2": [2, GAP, 4], "m3": [5, 10, 10]}
    found = compute(text, **points)
    assert are_near(found, expected), found
