"""Exact tails of small counts: how improbable it is to see so many, or more.

Everything is in natural logarithms, so that a probability of 1e-400 is still a number. A normal
approximation says 1e-12 where the truth is 1e-4; that is why a page cannot rest on one.
"""

import math
from collections.abc import Callable

# A term this much smaller than the sum no longer changes it.
NEGLIGIBLE = 1e-17
# From here on Stirling's series, with three terms, is exact to the last digit.
STIRLING_FROM = 100.0


def log_binomial_tail(count: int, trials: int, probability: float) -> float:
    """Return ln P(X >= count) of a binomial with this many trials."""
    if not 0 <= probability <= 1:
        raise ValueError(f"probability is {probability}, expected 0 to 1")
    if decided := _decided(count, trials):
        return decided[0]
    if probability in {0.0, 1.0}:
        return 0.0 if probability else -math.inf
    odds = probability / (1 - probability)
    if count <= trials * probability:
        return _complement(
            _log_sum(
                _log_binomial(count - 1, trials, probability),
                count - 1,
                lambda k: k / ((trials - k + 1) * odds),
                step=-1,
                last=0,
            )
        )
    return _log_sum(
        _log_binomial(count, trials, probability),
        count,
        lambda k: (trials - k) / (k + 1) * odds,
        step=1,
        last=trials,
    )


def log_beta_binomial_tail(count: int, trials: int, alpha: float, beta: float) -> float:
    """Return ln P(X >= count) of a binomial whose probability varies as Beta(alpha, beta)."""
    if not (alpha > 0 and beta > 0):
        raise ValueError(f"alpha and beta are {alpha} and {beta}, expected both above 0")
    if decided := _decided(count, trials):
        return decided[0]
    if count <= trials * alpha / (alpha + beta):
        return _complement(
            _log_sum(
                _log_beta_binomial(count - 1, trials, alpha, beta),
                count - 1,
                lambda k: k * (trials - k + beta) / ((trials - k + 1) * (k - 1 + alpha)),
                step=-1,
                last=0,
            )
        )
    return _log_sum(
        _log_beta_binomial(count, trials, alpha, beta),
        count,
        lambda k: (trials - k) * (k + alpha) / ((k + 1) * (trials - k - 1 + beta)),
        step=1,
        last=trials,
    )


def log_rising(start: float, steps: int) -> float:
    """Return ln of start · (start + 1) ⋯ (start + steps - 1), without losing digits when large."""
    if start < STIRLING_FROM:
        return math.lgamma(start + steps) - math.lgamma(start)
    end = start + steps
    return (
        (start - 0.5) * math.log1p(steps / start)
        + steps * (math.log(end) - 1)
        + _stirling(end)
        - _stirling(start)
    )


def _decided(count: int, trials: int) -> tuple[float] | None:
    if trials < 0:
        raise ValueError(f"trials are {trials}, expected 0 or more")
    if count <= 0:
        return (0.0,)
    return (-math.inf,) if count > trials else None


def _log_sum(
    log_first: float, at: int, ratio: Callable[[int], float], *, step: int, last: int
) -> float:
    """Add up terms from `at` to `last`; `ratio` tells the next term from the one at k."""
    total = term = 1.0
    k = at
    while k != last:
        factor = ratio(k)
        term *= factor
        total += term
        if factor < 1 and term < NEGLIGIBLE * total * (1 - factor):
            break
        k += step
    return min(0.0, log_first + math.log(total))


def _complement(log_probability: float) -> float:
    return math.log1p(-math.exp(log_probability)) if log_probability < 0 else -math.inf


def _log_binomial(count: int, trials: int, probability: float) -> float:
    return (
        _log_choices(count, trials)
        + count * math.log(probability)
        + (trials - count) * math.log1p(-probability)
    )


def _log_beta_binomial(count: int, trials: int, alpha: float, beta: float) -> float:
    return (
        _log_choices(count, trials)
        + log_rising(alpha, count)
        + log_rising(beta, trials - count)
        - log_rising(alpha + beta, trials)
    )


def _log_choices(count: int, trials: int) -> float:
    return log_rising(trials - count + 1, count) - math.lgamma(count + 1)


def _stirling(x: float) -> float:
    square = x * x
    return (1 / 12 - (1 / 360 - 1 / (1260 * square)) / square) / x
