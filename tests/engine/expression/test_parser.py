"""The parser: what it says of a mistake, and that no text whatever brings it down."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rehearsal.engine.errors import EngineError, ExpressionError
from rehearsal.engine.expression.functions import FUNCTIONS, REFUSED
from rehearsal.engine.expression.grammar import parse_expression
from rehearsal.engine.expression.tree import Binary, Call, Expression, Name, Number
from tests.engine.expression.alarm_math import Points, Readings, plan_of, slots_of

EMPTY: Points = [None, None, None]
MISTAKES = [
    ("", "found the end at character 1, expected"),
    ("   ", "found the end at character 4, expected"),
    ("m1 +", r"found the end at character 5, expected .*a number, a string, an id or function"),
    ("m1 m2", "found 'm2' at character 4, expected OR, AND, a comparison"),
    ("m1 $ 2", r"found '\$' at character 4"),
    ("2m1", "found '2' at character 1"),
    ("1.2.3", "found '1' at character 1"),
    ("1 < m1 < 3", "found '<' at character 8"),
    ("SUM(m1", r"found the end at character 7, expected .*\), a comma"),
    ("SUM(,)", "found ',' at character 5"),
    ("SUM(m1,)", r"found '\)' at character 8"),
    ("[m1, m2", "found the end at character 8"),
    ("m1)", r"found '\)' at character 3"),
    ("()", r"found '\)' at character 2"),
    ("METRICS('a)", 'found "\'" at character 9'),
    ("METRICS(“a”)", "found '“' at character 9"),
    ("m1 = 3", "found '=' at character 4"),
    ("m1 AND AND m2", "found 'AND' at character 8"),
    ("m1 and m2", "found 'and' at character 4"),
    ("NOT m1", "found 'm1' at character 5"),
    ("m1 ** 2", r"found '\*' at character 5"),
    ("m1 % 2", "found '%' at character 4"),
    ("m1 +\x00", r"found '\\x00' at character 5"),
    ("9" * 400, "number at character 1 is too large"),
    ("m1 + 1e999", "number at character 6 is too large"),
    ("m1 + " * 20 + "!", "expression 'm1 [+] m1 .*…': found '!' at character 101"),
]


@pytest.mark.parametrize(("text", "problem"), MISTAKES)
def test_mistake_is_found_where_it_stands(text: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem):
        parse_expression(text)


def test_expression_is_read_once_and_compares_by_what_it_says() -> None:
    assert parse_expression("100 * m1") is parse_expression("100 * m1")
    assert parse_expression("100*m1").root == parse_expression("100   *\n m1").root
    assert parse_expression("100*m1").root == Binary("*", Number(100.0), Name("m1", 9), 9)
    assert parse_expression("m1&&m2").root == parse_expression("m1 AND m2").root
    assert parse_expression("F('a')").root == parse_expression('F("a")').root
    assert parse_expression("METRICS()").root == Call("METRICS", (), 1)


def test_operator_words_are_not_found_inside_names() -> None:
    assert parse_expression("ORDER + ANDROID").names == {"ORDER", "ANDROID"}
    assert parse_expression("a OR b").names == {"a", "b"}


WORDS = st.sampled_from(
    [
        *FUNCTIONS,
        *REFUSED,
        *("METRICS", "REPEAT", "LINEAR", "ASC", "DESC", "AND", "OR", "SELECT", "sum"),
        *("m1", "m2", "e1", "x", "result", "0", "1", "2.5", "1e999", "'m'", '"1"', "'"),
        *"+-*/^<>=!&|()[],. \t\n$é",
        *("==", "!=", "<=", ">=", "&&", "||"),
    ]
)


def read(text: str) -> Expression | None:
    """Read a text; None stands for the engine's own error."""
    try:
        return parse_expression(text)
    except EngineError:
        return None


@settings(max_examples=2 * settings().max_examples)
@given(st.text(max_size=60))
@example("\ud800")
@example("m1\x1c+\x85m2")
@example("\u0661 + m1")
def test_any_text_parses_or_is_an_error_of_the_engine(text: str) -> None:
    read(text)


@settings(max_examples=5 * settings().max_examples)
@given(st.lists(WORDS, max_size=25).map("".join))
def test_any_mix_of_words_evaluates_or_is_an_error_of_the_engine(text: str) -> None:
    try:
        plan = plan_of(text, ("m1", "m2"), e1="m1 / m2")
    except EngineError:
        return
    readings = Readings(tables={"m1": [[1, None, 3], EMPTY], "m2": [[0, 2, None], [4, 5, 6]]})
    assert plan.evaluate(slots_of(2, 3), readings).values.shape == (2, 3)


@given(
    st.sampled_from(["(", "[", "-", "SUM(", "IF(m1,", "2^", "m1+", "[m1,", "{", "1<", "METRICS("]),
    st.integers(1, 2_048),
    st.sampled_from(["m1", "", "1", ")"]),
    st.sampled_from(["", ")", "]", ")]"]),
)
def test_deep_nesting_is_an_error_of_the_engine(
    opening: str, count: int, inner: str, closing: str
) -> None:
    read(opening * count + inner + closing * count)
    kept = min(count, 2_000 // (len(opening) + len(closing)))
    read(opening * kept + inner + closing * kept)
