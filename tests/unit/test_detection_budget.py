"""A limit follows from how often a year a page may be wrong, and from what the gates hold back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detection_samples import TONIGHT, history
from watchkeeper.detection.budget import limit_within
from watchkeeper.detection.detector import Detector, Limits
from watchkeeper.detection.history import SLOTS_AN_HOUR


@pytest.mark.parametrize(
    ("why", "chances", "limit"),
    [
        ("nothing can pass the gates", [], 1.0),
        ("the gates suffice", [0.001, 0.002], 1.0),
        ("one hour could, and gets all", [0.5], 0.01),
        ("two share it", [0.5, 0.5], 0.005),
        ("what a quiet hour does not need others have", [0.002, 0.5], 0.008),
    ],
)
def test_a_limit_spends_the_budget(why: str, chances: list[float], limit: float) -> None:
    assert limit_within(0.01, chances) == pytest.approx(limit), why


@given(st.lists(st.floats(0, 1), max_size=50), st.floats(1e-9, 1))
def test_no_more_than_the_budget_is_ever_spent(chances: list[float], allowed: float) -> None:
    limit = limit_within(allowed, chances)
    spent = math.fsum(min(chance, limit) for chance in chances)
    assert spent <= allowed * (1 + 1e-9)
    assert limit == 1.0 or spent == pytest.approx(allowed)


@pytest.mark.parametrize(
    ("expected", "least"), [(0.0, 10), (3.0, 10), (3.5, 11), (4.6, 12), (4.8, 12), (20.0, 50)]
)
def test_gates_ask_for_the_most_of_ten_and_seven_more_and_two_and_a_half_times(
    expected: float, least: int
) -> None:
    assert Limits().least(expected) == least


def test_a_budget_of_almost_nothing_silences_what_a_larger_one_says() -> None:
    tonight = history({TONIGHT + 5: 16}, usual=lambda _day: 5)
    slot = TONIGHT + SLOTS_AN_HOUR
    assert Detector(tonight, Limits(false_pages_a_year=1.0)).judge(slot) is not None
    assert Detector(tonight, Limits(false_pages_a_year=1e-6)).judge(slot) is None
