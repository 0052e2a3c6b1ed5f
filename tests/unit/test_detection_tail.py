"""Tails of small counts are exact, however far out."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchkeeper.detection.tail import log_beta_binomial_tail, log_binomial_tail, log_rising


def exact_binomial(count: int, trials: int, probability: Fraction) -> Fraction:
    return sum(
        (
            math.comb(trials, k) * probability**k * (1 - probability) ** (trials - k)
            for k in range(max(count, 0), trials + 1)
        ),
        Fraction(0),
    )


def exact_beta_binomial(count: int, trials: int, alpha: int, beta: int) -> Fraction:
    def rising(start: int, steps: int) -> int:
        return math.prod(range(start, start + steps))

    return sum(
        (
            Fraction(
                math.comb(trials, k) * rising(alpha, k) * rising(beta, trials - k),
                rising(alpha + beta, trials),
            )
            for k in range(max(count, 0), trials + 1)
        ),
        Fraction(0),
    )


@settings(max_examples=25)
@given(st.integers(-1, 41), st.integers(1, 40), st.integers(1, 99))
def test_a_binomial_tail_is_what_fractions_say(count: int, trials: int, percent: int) -> None:
    exact = exact_binomial(count, trials, Fraction(percent, 100))
    assert math.exp(log_binomial_tail(count, trials, percent / 100)) == pytest.approx(
        float(exact), rel=1e-9
    )


@settings(max_examples=25)
@given(st.integers(-1, 41), st.integers(1, 40), st.integers(1, 300), st.integers(1, 300))
def test_a_beta_binomial_tail_is_what_fractions_say(
    count: int, trials: int, alpha: int, beta: int
) -> None:
    exact = exact_beta_binomial(count, trials, alpha, beta)
    assert math.exp(log_beta_binomial_tail(count, trials, alpha, beta)) == pytest.approx(
        float(exact), rel=1e-9
    )


def test_far_out_there_is_still_a_number() -> None:
    # 400 of 1,000 where one in 10,000 is usual: below the smallest float.
    expected = math.log(math.comb(1000, 400)) + 400 * math.log(1e-4) + 600 * math.log1p(-1e-4)
    assert log_binomial_tail(400, 1000, 1e-4) == pytest.approx(expected, abs=1e-3)
    assert log_binomial_tail(400, 1000, 1e-4) < -2000


def test_a_narrow_beta_is_a_binomial() -> None:
    narrow = log_beta_binomial_tail(30, 20_000, 1e9, 1e9 * (1 / 0.0005 - 1))
    assert narrow == pytest.approx(log_binomial_tail(30, 20_000, 0.0005), abs=1e-4)


@pytest.mark.parametrize(
    ("count", "trials", "expected"), [(0, 10, 0.0), (-3, 10, 0.0), (11, 10, -math.inf)]
)
def test_the_ends_are_certain(count: int, trials: int, expected: float) -> None:
    assert log_binomial_tail(count, trials, 0.1) == expected
    assert log_beta_binomial_tail(count, trials, 2, 18) == expected


def test_certain_and_impossible_events_are_just_that() -> None:
    assert log_binomial_tail(3, 10, 0.0) == -math.inf
    assert log_binomial_tail(3, 10, 1.0) == 0.0


@pytest.mark.parametrize("start", [99.5, 100.0, 1e6])
def test_a_long_product_keeps_its_digits(start: float) -> None:
    exact = math.fsum(math.log(start + step) for step in range(50))
    assert log_rising(start, 50) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: log_binomial_tail(1, 2, 1.5), "probability is 1.5, expected 0 to 1"),
        (lambda: log_binomial_tail(1, -2, 0.5), "trials are -2, expected 0 or more"),
        (lambda: log_beta_binomial_tail(1, 2, 0, 1), "expected both above 0"),
    ],
)
def test_nonsense_is_refused(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=message):
        call()
