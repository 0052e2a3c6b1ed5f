"""The compact notation counts as promtool does, and says where it cannot be read."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.metrics.notation import MAX_POINTS, NotationError, parse_notation

_: None = None


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("7", [7]),
        ("7x0", [7]),
        ("7x3", [7, 7, 7, 7]),
        ("0+5x4", [0, 5, 10, 15, 20]),
        ("9-2x3", [9, 7, 5, 3]),
        ("-2+1x2", [-2, -1, 0]),
        ("-2-1x2", [-2, -3, -4]),
        ("+1", [1]),
        ("1.5+.25x2", [1.5, 1.75, 2]),
        ("1e3+1e-1x1", [1000, 1000.1]),
        ("2.x1", [2, 2]),
        ("_", [_]),
        ("_x0", []),
        ("_x3", [_, _, _]),
        ("0x2 25x1 _x2", [0, 0, 0, 25, 25, _, _]),
        ("  1\t2\n_ \r\n 4 ", [1, 2, _, 4]),
    ],
)
def test_a_series_is_read(text: str, points: list[float | None]) -> None:
    assert parse_notation("1 " + text) == (1.0, *points)


def test_ten_zeros_more_four_25s_and_two_gaps() -> None:
    assert parse_notation("0x10 25x3 _x2") == (*[0.0] * 11, *[25.0] * 4, None, None)


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("", 1, "at least one point"),
        ("_x0", 1, "at least one point"),
        ("1 2 x3", 5, "'x3' is no part of a series"),
        ("1  2+", 4, "'2\\+' is no part"),
        ("2+3", 1, "'2\\+3' is no part"),
        ("1 0X3", 3, "no part"),
        ("nan", 1, "no part"),
        ("1 inf", 3, "no part"),
        ("1,2", 1, "no part"),
        ("_3", 1, "no part"),
        ("_x", 1, "no part"),
        ("1x-2", 1, "no part"),
        ("1 \u0661", 3, "no part"),
        ("1e999", 1, "beyond any number"),
        ("0+1e308x9", 1, "beyond any number"),
        (f"1 1x{MAX_POINTS}", 3, f"at most {MAX_POINTS} points"),
        ("0x99999999999999999999999999", 1, "too many"),
        ("_x99999999999999999999999999", 1, "too many"),
    ],
)
def test_what_cannot_be_read_is_reported_with_its_place(
    text: str, column: int, reason: str
) -> None:
    with pytest.raises(NotationError, match=f"^column {column}: .*{reason}") as report:
        parse_notation(text)
    assert report.value.column == column


def test_the_longest_series_is_two_years_of_minutes() -> None:
    assert len(parse_notation(f"1x{MAX_POINTS - 1}")) == MAX_POINTS


@given(st.text("01259.+-_xe \n\t", max_size=30))
def test_any_text_is_read_or_reported(text: str) -> None:
    points: tuple[float | None, ...] = (0.0,)
    with suppress(NotationError):
        points = parse_notation(text)
    assert points
    assert all(point is None or math.isfinite(point) for point in points)
