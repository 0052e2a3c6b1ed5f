"""Patterns of plain terms: the rules of the published pages, each a row."""

import pytest

from rehearsal.engine.errors import PatternError
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metric_filter.pattern import parse_pattern

BAD_REQUEST = "[ERROR 400] BAD REQUEST"
UNAUTHORIZED = "[ERROR 401] UNAUTHORIZED REQUEST"
MISSING = "[ERROR 419] MISSING ARGUMENTS"
SERVER_ERROR = "[ERROR 500] INTERNAL SERVER ERROR"


@pytest.mark.parametrize(
    ("pattern", "line", "matches"),
    [
        pytest.param("ERROR", BAD_REQUEST, True, id="a term is contained"),
        pytest.param(
            "ERROR", "Exiting with ERRORCODE: -1", True, id="a term may be part of a word"
        ),
        pytest.param("ERROR", "error", False, id="terms are case-sensitive"),
        pytest.param("ERROR ARGUMENTS", MISSING, True, id="several terms must all be there"),
        pytest.param(
            "ERROR ARGUMENTS", BAD_REQUEST, False, id="one of several terms is not enough"
        ),
        pytest.param("?ERROR ?ARGUMENTS", BAD_REQUEST, True, id="one optional term is enough"),
        pytest.param("?ERROR ?ARGUMENTS", "[INFO] REQUEST", False, id="no optional term at all"),
        pytest.param(
            "?ERROR REQUEST", "[INFO] REQUEST", True, id="optional beside others: ignored"
        ),
        pytest.param("?ERROR REQUEST", "ERROR", False, id="optional beside others: no help"),
        pytest.param("?ERROR -INFO", "quiet", True, id="optional beside excluded: ignored"),
        pytest.param("ERROR -ARGUMENTS", UNAUTHORIZED, True, id="the excluded term is not there"),
        pytest.param("ERROR -ARGUMENTS", MISSING, False, id="the excluded term is there"),
        pytest.param("-ARGUMENTS", BAD_REQUEST, True, id="only an excluded term"),
        pytest.param('"INTERNAL SERVER ERROR"', SERVER_ERROR, True, id="a phrase"),
        pytest.param('"SERVER INTERNAL"', SERVER_ERROR, False, id="a phrase in another order"),
        pytest.param('-"BAD REQUEST" ERROR', BAD_REQUEST, False, id="an excluded phrase"),
        pytest.param('?"a-b" ?"c-d"', "x c-d", True, id="optional phrases"),
        pytest.param(r'"say \"no\""', 'they say "no"', True, id="quotation marks in a phrase"),
        pytest.param(r'"a\\b"', r"a\b", True, id="a backslash in a phrase"),
        pytest.param('" "', "nospace", True, id="a blank phrase matches everything"),
        pytest.param('" "', "", True, id="a blank phrase matches an empty line"),
        pytest.param("", "anything", True, id="an empty pattern matches everything"),
        pytest.param("  ", "anything", True, id="a blank pattern matches everything"),
        pytest.param("%AUTHORIZED%", UNAUTHORIZED, True, id="a regex alone"),
        pytest.param("%AUTHORIZED$%", UNAUTHORIZED, False, id="a regex alone that is not found"),
        pytest.param("ERROR", "ERROR\n", True, id="a printed line"),
        pytest.param("größe", "die größe", True, id="letters of any language"),
    ],
)
def test_terms(pattern: str, line: str, *, matches: bool) -> None:
    assert (parse_pattern(pattern).match(line) is not None) is matches


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("ERROR:", "a term of letters, digits and _, or a quoted phrase"),
        ("well-known", "a term of letters"),
        ("? ERROR", "found '?' at character 1"),
        ('"open', "found '\"' at character 1"),
        ('ERROR"x"', "found 'E' at character 1"),
        ("%a% %b%", "contains '%'"),
        ("%%", "found its end"),
        ("%", "found '%'"),
        ("a" * 1_025, "has 1025 characters; expected at most 1024"),
    ],
)
def test_what_is_no_pattern_is_refused_with_what_was_expected(pattern: str, expected: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(pattern)
    assert expected in str(caught.value)


def test_only_the_empty_pattern_rests_on_an_inference() -> None:
    assert parse_pattern("").inferred == {Inference.FILTER_EMPTY_PATTERN}
    assert parse_pattern('" "').inferred == frozenset()
    assert parse_pattern("%a%").inferred == frozenset()


def test_patterns_of_the_same_text_are_equal() -> None:
    assert parse_pattern("%a%") == parse_pattern("%a%")
    assert parse_pattern("a") != parse_pattern("b")
