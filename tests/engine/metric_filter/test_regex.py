"""The subset of regular expressions: each documented rule, and the same answers as `re`."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.errors import PatternError
from rehearsal.engine.metric_filter.regex import MAX_STATES, parse_regex


@pytest.mark.parametrize(
    ("regex", "found", "not_found"),
    [
        ("^[hc]at", ["hat", "cats"], ["a hat", "bat"]),
        ("[hc]at$", ["hat", "a cat"], ["cats"]),
        ("colou?r", ["color", "colour"], ["colouur"]),
        ("^[abc]$", ["a", "c"], ["d", ""]),
        ("^[a-z]$", ["m"], ["M", "mm"]),
        ("^[abcx-z]$", ["b", "y"], ["w", "-"]),
        ("^a{3,5}$", ["aaa", "aaaaa"], ["aa", "aaaaaa"]),
        ("^a{2,}$", ["aa", "aaaaaa"], ["a"]),
        ("^a{,2}$", ["", "aa"], ["aaa"]),
        ("^a{2}$", ["aa"], ["a", "aaa"]),
        ("^a{0}b$", ["b"], ["ab"]),
        ("gray|grey", ["a gray cat", "grey"], ["groy"]),
        (
            "^starting|^initializing|^shutting down",
            ["starting up", "shutting down"],
            ["skipping initializing"],
        ),
        ("abcc|ab[^c]$", ["abccd", "aba"], ["aac", "abad"]),
        (r"\[.\]", ["[a]", "[]]", "[ ]"], ["[]", "[ab]"]),
        (r"10\.10\.0\.1", ["10.10.0.1"], ["10010,051"]),
        ("10.10.0.1", ["10010,051"], ["1010001"]),
        ("ab*c", ["ac", "abc", "abbbc"], ["adc"]),
        ("^ab[0-9]*$", ["ab", "ab0", "ab129"], ["abc"]),
        ("ab+c", ["abc", "abbbc"], ["ac"]),
        (".at", ["hat", "#at", " at", "äat"], ["at"]),
        (r"^\d$", ["7"], ["x", "٣"]),
        (r"^\D$", ["x", "ä"], ["7"]),
        (r"^\s$", [" ", "\t", "\n"], ["x"]),
        (r"^\S$", ["x", "\u2003"], [" "]),
        (r"^\w$", ["a", "Z", "_", "0"], ["-", "ä"]),
        (r"^\W$", ["-", "ä"], ["a", "_"]),
        (r"\x3A\x28", [":("], [":"]),
        (r"^[\d.]+$", ["1.5"], ["1,5"]),
        (r"^[\]\\^-]$", ["]", "\\", "^", "-"], ["a"]),
        (r"^[\x41-\x43]$", ["B"], ["D"]),
        ("^[^a-c]$", ["d", "ä", "^"], ["b"]),
        ("^[a-]$", ["a", "-"], ["b"]),
        ("^[$.*+?{}|]+$", ["$.*+?{}|"], ["a"]),
        ("^a*?b??$", ["", "aab"], ["abb"]),
        ("^$", [""], ["a"]),
        ("a^b", [], ["ab", "a\nb"]),
        ("a$b", [], ["ab", "a"]),
        ("b*^a", ["a"], ["ba"]),
        ("a:b_c#d=e@f/g;h,i-j k", ["a:b_c#d=e@f/g;h,i-j k"], ["a"]),
    ],
)
def test_an_expression_is_found_anywhere_unless_anchored(
    regex: str, found: list[str], not_found: list[str]
) -> None:
    parsed = parse_regex(regex)
    assert [line for line in found if not parsed.matches(line)] == []
    assert [line for line in not_found if parsed.matches(line)] == []


@pytest.mark.parametrize(
    ("regex", "expected"),
    [
        ("something!", "contains '!'"),
        ("(a)", "contains '('"),
        ("größe", "contains 'ö'"),
        ("", "found its end"),
        ("a|", "found its end"),
        ("*a", "found '*' at character 1"),
        ("^+", "found '+' at character 2"),
        ("a++", "found '+' at character 3"),
        ("a{", "found '{'"),
        ("a}", "found '}'"),
        ("a]", "found ']'"),
        ("[a", "found '['"),
        ("[]", "found '['"),
        ("[a[b]]", "found '['"),
        ("a{}", "the quantifier '{}' has no number"),
        ("a{,}", "the quantifier '{,}' has no number"),
        ("a{2,1}", "ends before it begins"),
        ("[z-a]", "the range 'z-a' is none"),
        (r"[\d-z]", r"the range '\d-z' is none"),
        ("\\", "found '\\\\'"),
        (r"\b", r"the escape \b is none"),
        (r"\1", r"the escape \1 is none"),
        (r"\xFF", r"the escape \xFF is none"),
        (r"\xG0", "found"),
        (r"[\x4]", r"the escape \x is none"),
        ("a{3000}", "repeats up to 3001 characters; expected at most 2000"),
        ("a{999999999}", "expected at most 2000"),
        (f"a{{{'9' * 5_000}}}", "found '{'"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(regex: str, expected: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_regex(regex)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "regex",
    [
        pytest.param("a*" * 500 + "b", id="a choice at every character"),
        pytest.param(".*" * 500 + "b", id="anything, many times"),
        pytest.param("a?" * 250 + "a" * 250 + "b", id="optional before required"),
        pytest.param(f"a{{0,{MAX_STATES - 2}}}b", id="a long repetition"),
        pytest.param("|".join(["a*a*b"] * 100), id="many branches"),
    ],
)
def test_an_expression_that_makes_others_backtrack_ends(regex: str) -> None:
    """An engine that tries one way after another would need longer than there is time."""
    assert not parse_regex(regex).matches("a" * 100_000)


LITERALS = st.sampled_from("abc0 -")
ATOMS = st.one_of(
    LITERALS,
    st.sampled_from(
        [".", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\.", r"\x61", "[ab]", "[^a]", "[a-c0]"]
    ),
)
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "*?"])
PIECES = st.tuples(ATOMS, QUANTIFIERS).map("".join)
BRANCHES = st.lists(
    st.one_of(PIECES, PIECES, PIECES, st.sampled_from("^$")), min_size=1, max_size=6
)
EXPRESSIONS = st.lists(BRANCHES.map("".join), min_size=1, max_size=3).map("|".join)


@given(regex=EXPRESSIONS, text=st.text("abc0 -.ä\n", max_size=12))
def test_an_expression_finds_what_the_standard_library_finds(regex: str, text: str) -> None:
    # There `$` also stands before a last newline, and `\d` for digits of every script.
    standard = re.compile(regex.replace("$", r"\Z").replace("{,", "{0,"), re.ASCII | re.DOTALL)
    assert parse_regex(regex).matches(text) == bool(standard.search(text))
