"""Operators: types, gaps, division by zero and precedence."""

import re

import pytest

from rehearsal.engine.errors import ExpressionError
from tests.engine.expression.alarm_math import compute, plan_of

GAP = None
FIRST = [6.0, 0.0, GAP, GAP, 4.0]
SECOND = [3.0, GAP, 2.0, GAP, 0.0]

BETWEEN_SERIES = [
    ("m1 + m2", [9, 0, 2, GAP, 4]),
    ("m1 - m2", [3, 0, -2, GAP, 4]),
    ("m1 * m2", [18, 0, 0, GAP, 0]),
    ("m1 / m2", [2, GAP, 0, GAP, GAP]),
    ("m1 ^ m2", [216, 1, 0, GAP, 1]),
    ("m1 == m2", [0, 1, 0, GAP, 0]),
    ("m1 != m2", [1, 0, 1, GAP, 1]),
    ("m1 < m2", [0, 0, 1, GAP, 0]),
    ("m1 <= m2", [0, 1, 1, GAP, 0]),
    ("m1 > m2", [1, 0, 0, GAP, 1]),
    ("m1 >= m2", [1, 1, 0, GAP, 1]),
    ("m1 AND m2", [1, 0, 0, GAP, 0]),
    ("m1 && m2", [1, 0, 0, GAP, 0]),
    ("m1 OR m2", [1, 0, 1, GAP, 1]),
    ("m1 || m2", [1, 0, 1, GAP, 1]),
]
WITH_SCALARS = [
    ("m1 + 2", [8, 2, GAP, GAP, 6]),
    ("2 - m1", [-4, 2, GAP, GAP, -2]),
    ("2 * m1", [12, 0, GAP, GAP, 8]),
    ("12 / m1", [2, GAP, GAP, GAP, 3]),
    ("m1 / 0", [GAP, GAP, GAP, GAP, GAP]),
    ("m1 ^ 2", [36, 0, GAP, GAP, 16]),
    ("m1 ^ 0", [1, 1, GAP, GAP, 1]),
    ("1 ^ m1", [1, 1, GAP, GAP, 1]),
    ("m1 ^ -1 * 12", [2, GAP, GAP, GAP, 3]),
    ("(0 - m1) ^ 0.5", [GAP, 0, GAP, GAP, GAP]),
    ("m1 == 6", [1, 0, GAP, GAP, 0]),
    ("m1 != 6", [0, 1, GAP, GAP, 1]),
    ("4 < m1", [1, 0, GAP, GAP, 0]),
    ("m1 AND 1", [1, 0, GAP, GAP, 1]),
    ("0 OR m1", [1, 0, GAP, GAP, 1]),
    ("-m1", [-6, 0, GAP, GAP, -4]),
    ("--m1", [6, 0, GAP, GAP, 4]),
    ("1e308 * 10 * m1", [GAP, GAP, GAP, GAP, GAP]),
    ("m1 * 1e308 * 10 / 1e308", [GAP, 0, GAP, GAP, GAP]),
    ("5 / (m1 * 1e308 * 1e10)", [GAP, GAP, GAP, GAP, GAP]),
]
BETWEEN_SCALARS = [
    ("1 + 2", 3),
    ("7 - 2 - 1", 4),
    ("12 / 2 / 3", 2),
    ("2 + 3 * 4", 14),
    ("(2 + 3) * 4", 20),
    ("2 * 3 ^ 2", 18),
    ("2 ^ 3 ^ 2", 512),
    ("-2 ^ 2", -4),
    ("(-2) ^ 2", 4),
    ("2 ^ -1", 0.5),
    ("-2 * -3", 6),
    ("4 - -3", 7),
    ("1 < 2", 1),
    ("2 >= 3", 0),
    ("1 + 1 == 2", 1),
    ("1 < 2 AND 3 < 2", 0),
    ("1 OR 0 AND 0", 1),
    ("(1 OR 0) AND 0", 0),
    ("1 || 0 && 0", 1),
    ("0.5 AND -1", 1),
    ("1 / 0", GAP),
    ("1 / 0 == 0", GAP),
    ("(1 / 0) ^ 0", GAP),
    (".5 + 5.", 5.5),
    ("1e3 + 2E-1", 1000.2),
]
OVER_ARRAYS = [
    ("[m1, m2] + 1", [[7, 1, GAP, GAP, 5], [4, GAP, 3, GAP, 1]]),
    ("12 / [m1, m2]", [[2, GAP, GAP, GAP, 3], [4, GAP, 6, GAP, GAP]]),
    ("[m1, m2] - m1", [[0, 0, GAP, GAP, 0], [-3, 0, 2, GAP, -4]]),
    ("m1 - [m1, m2]", [[0, 0, GAP, GAP, 0], [3, 0, -2, GAP, 4]]),
    ("-[m1, m2]", [[-6, 0, GAP, GAP, -4], [-3, GAP, -2, GAP, 0]]),
]


@pytest.mark.parametrize(("text", "expected"), BETWEEN_SERIES)
def test_between_series_a_lone_gap_is_0_and_two_are_no_point(
    text: str, expected: list[float | None]
) -> None:
    assert compute(text, m1=FIRST, m2=SECOND) == expected


@pytest.mark.parametrize(("text", "expected"), WITH_SCALARS)
def test_with_a_scalar_only_the_points_of_the_series_count(
    text: str, expected: list[float | None]
) -> None:
    assert compute(text, m1=FIRST) == expected


@pytest.mark.parametrize(("text", "expected"), BETWEEN_SCALARS)
def test_scalars_follow_the_usual_precedence(text: str, expected: float | None) -> None:
    assert compute(f"TIME_SERIES({text})", m1=[GAP]) == [expected]


@pytest.mark.parametrize(("text", "expected"), BETWEEN_SCALARS)
def test_scalars_that_data_decides_compute_like_constants(
    text: str, expected: float | None
) -> None:
    varying = re.sub(r"[0-9.]+([eE][+-]?[0-9]+)?", r"(\g<0> + 0 * MAX(m1))", text)
    assert compute(f"TIME_SERIES({varying})", m1=[7]) == [expected]


def test_scalar_without_a_value_leaves_no_point() -> None:
    for operator in ("+", "*", "^", "==", "<", "AND", "OR"):
        assert compute(f"m1 {operator} MAX(m2)", m1=[1, 0], m2=[GAP, GAP]) == [GAP, GAP]


@pytest.mark.parametrize(("text", "expected"), OVER_ARRAYS)
def test_operators_apply_to_every_series_of_an_array(
    text: str, expected: list[list[float | None]]
) -> None:
    for place, series in enumerate(expected):
        taken = f"SLICE({text}, {place}, {place + 1})"
        assert compute(taken, m1=FIRST, m2=SECOND) == series


REFUSED = [
    ("[m1, m2] + [m1, m2]", r"the left side of \+ is an array of time series, expected .* too"),
    ("[m1, m2] < 3", "the left side of < is an array of time series, expected a time series or"),
    ("3 == METRICS()", "the right side of == is an array"),
    ("m1 AND METRICS()", "the right side of AND is an array"),
    ("METRICS() || m1", "the left side of OR is an array"),
    ("m1 + 'x'", r"\+ at character 4: the right side of \+ is a string, expected a scalar,"),
    ("'x' < m1", "the left side of < is a string, expected a time series or a scalar"),
    ("['a', 'b'] * 2", r"the left side of \* is an array of strings"),
    ("-'x'", "- at character 1: the operand of - is a string"),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED)
def test_operand_of_a_wrong_type_is_named(text: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem):
        plan_of(text)
