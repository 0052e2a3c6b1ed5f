"""How figures are held against their targets, and written without contradicting the verdict."""

import pytest

from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.reports.model import Bar, Column, Figure, Table, Verdict
from watchkeeper.reports.target import Share, Target, at_least, at_most, below, none_wanted
from watchkeeper.reports.writing import bars, change, duration, usd


@pytest.mark.parametrize(
    ("target", "part", "whole", "value", "verdict"),
    [
        (at_least(40), 40, 100, "40.0 %", Verdict.MET),
        (at_least(40), 39_999, 100_000, "39.999 %", Verdict.MISSED),
        (at_least(40), 0, 0, "no data", Verdict.NO_DATA),
        (at_least(40, min_whole=100), 99, 99, "100 %", Verdict.TOO_FEW),
        (at_least(40, min_whole=100), 39, 100, "39.0 %", Verdict.MISSED),
        (at_most(5), 5, 100, "5.0 %", Verdict.MET),
        (at_most(5), 5_001, 100_000, "5.001 %", Verdict.MISSED),
        (below(0.2), 2, 1000, "0.20 %", Verdict.MISSED),
        (below(0.2), 1_999, 1_000_000, "0.1999 %", Verdict.MET),
        (below(0.2), 0, 1000, "0 %", Verdict.MET),
        (at_least(99.99), 99_989, 100_000, "99.989 %", Verdict.MISSED),
        (at_least(99.99), 999_899, 1_000_000, "99.9899 %", Verdict.MISSED),
        (at_least(99.9), 1_000, 1_000, "100 %", Verdict.MET),
        (at_least(99.9), 99_999_999, 100_000_000, "100.000 %", Verdict.MET),
    ],
)
def test_a_share_is_judged_and_written_on_the_same_side_of_its_limit(
    target: Target, part: int, whole: int, value: str, verdict: Verdict
) -> None:
    figure = target.figure("It", Share(part=part, whole=whole))
    assert (figure.value, figure.verdict) == (value, verdict)


@pytest.mark.parametrize(("found", "verdict"), [(0, Verdict.MET), (1, Verdict.MISSED)])
def test_what_should_not_happen_is_missed_by_the_first(found: int, verdict: Verdict) -> None:
    assert none_wanted("It", found).verdict is verdict


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(3, 3, "same"), (0, 0, "same"), (3, 0, "new"), (3, 2, "+50 %"), (0, 2, "-100 %")],
)
def test_a_change_is_said_in_words_where_percents_say_nothing(
    now: int, before: int, words: str
) -> None:
    assert change(now, before) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (29, "29 s"),
        (90, "2 min"),
        (5400, "1 h 30 min"),
        (86_400, "1 d 0 h"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_bars_are_as_long_as_their_numbers_and_none_of_nothing() -> None:
    assert [bar.fraction for bar in bars([4, 2, 0])] == [1, 0.5, 0]
    assert [bar.fraction for bar in bars([0, 0])] == [0, 0]
    assert bars([]) == []


def test_amounts_are_written_in_dollars() -> None:
    assert (usd(0), usd(5), usd(123_456), usd(-50)) == ("$0.00", "$0.05", "$1,234.56", "$-0.50")


def test_nonsense_is_refused() -> None:
    with pytest.raises(DefinitionError, match="expected both or neither"):
        Figure(name="It", value="1", target="none")
    with pytest.raises(DefinitionError, match="expected 0 to 1"):
        Bar(fraction=1.1)
    with pytest.raises(DefinitionError, match="a row of 2 cells, expected 1"):
        Table(title="T", columns=(Column(heading="A"),), rows=(("a", "b"),))
