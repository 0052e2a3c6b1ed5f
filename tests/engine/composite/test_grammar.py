"""Which rules PutCompositeAlarm takes: the recorded cases, the limits, and any text at all."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.alarm import State
from rehearsal.engine.composite.grammar import parse_rule
from rehearsal.engine.composite.rule import All, AnyOf, AtLeast, Constant, Not, Term
from rehearsal.engine.errors import ExpressionError
from rehearsal.engine.inferred import Inference

ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:disk"

ACCEPTED = {
    "TRUE": Constant(True),
    "NOT TRUE": Not(Constant(True)),
    "NOT NOT FALSE": Not(Not(Constant(False))),
    "ALARM ( name )": Term(State.ALARM, "name"),
    'ALARM("name")': Term(State.ALARM, "name"),
    f"OK({ARN})": Term(State.OK, ARN),
    "INSUFFICIENT_DATA(a)": Term(State.INSUFFICIENT_DATA, "a"),
    "ALARM('a')": Term(State.ALARM, "'a'"),
    'ALARM("a)b")': Term(State.ALARM, "a)b"),
    'ALARM("a\\"b")': Term(State.ALARM, 'a"b'),
    'ALARM("two words, and a comma")': Term(State.ALARM, "two words, and a comma"),
    'ALARM("")': Term(State.ALARM, ""),
    "ALARM(ALARM)": Term(State.ALARM, "ALARM"),
    "OK(NOT)": Term(State.OK, "NOT"),
    "OK(50%)": Term(State.OK, "50%"),
    "\tNOT(TRUE)AND(FALSE)\n": All((Not(Constant(True)), Constant(False))),
    "(((TRUE)))": Constant(True),
    "TRUE OR FALSE AND FALSE": AnyOf((Constant(True), All((Constant(False), Constant(False))))),
    "(TRUE OR FALSE) AND FALSE": All((AnyOf((Constant(True), Constant(False))), Constant(False))),
    "AT_LEAST(1, ALARM, (a,b))": AtLeast(1, State.ALARM, False, ("a", "b")),
    "AT_LEAST(2, ALARM, (a,a))": AtLeast(2, State.ALARM, False, ("a", "a")),
    "AT_LEAST(50%, ALARM, (a,b))": AtLeast(1, State.ALARM, False, ("a", "b")),
    "AT_LEAST(50%, NOT ALARM, (a,b))": AtLeast(1, State.ALARM, True, ("a", "b")),
    'AT_LEAST(60%, NOT OK, ("a", b, c))': AtLeast(2, State.OK, True, ("a", "b", "c")),
    "AT_LEAST(100%, OK, (a,b,c))": AtLeast(3, State.OK, False, ("a", "b", "c")),
}

REFUSED = {
    "": "from 1 to 10240 characters, not 0",
    "   ": "at its end: expected",
    "true": "'true' (character 0): expected '(', ALARM, OK or INSUFFICIENT_DATA, AT_LEAST, NOT,",
    "True": "'True' (character 0)",
    "not TRUE": "'not' (character 0)",
    "TRUE and FALSE": "'and' (character 5): expected AND, OR, the end of the rule",
    "TRUE or FALSE": "'or' (character 5)",
    "!TRUE": "'!TRUE' (character 0)",
    "TRUE && FALSE": "'&&' (character 5)",
    "alarm(a)": "'alarm' (character 0)",
    "Alarm(a)": "'Alarm' (character 0)",
    "UNKNOWN(a)": "'UNKNOWN' (character 0)",
    "ALARM(an alarm with spaces)": "'alarm' (character 9): expected ')'",
    "TRUE FALSE": "'FALSE' (character 5)",
    "TRUE junk": "'junk' (character 5)",
    "NOTTRUE": "'NOTTRUE' (character 0)",
    "TRUE AND": "at its end",
    "ALARM(": "at its end: expected a quoted alarm name, an alarm name",
    "ALARM()": "')' (character 6)",
    'ALARM(")': "'\"' (character 6)",
    "(TRUE": "at its end",
    "TRUE)": "')' (character 4)",
    "AT_LEAST(0, ALARM, (a,b))": "AT_LEAST needs from 1 to 2 of its 2 alarms, not 0",
    "AT_LEAST(3, ALARM, (a,b))": "AT_LEAST needs from 1 to 2 of its 2 alarms, not 3",
    "AT_LEAST(-1, ALARM, (a,b))": "'-1' (character 9): expected a number, a percentage",
    "AT_LEAST(1.5, ALARM, (a,b))": "'1.5' (character 9)",
    "AT_LEAST(0%, ALARM, (a,b))": "AT_LEAST needs from 1 % to 100 % of its alarms, not 0 %",
    "AT_LEAST(101%, ALARM, (a,b))": "not 101 %",
    "AT_LEAST(50.5%, ALARM, (a,b))": "'50.5%' (character 9)",
    "AT_LEAST(50 %, ALARM, (a,b))": "'%' (character 12)",
    "AT_LEAST(1, BOGUS, (a,b))": "'BOGUS' (character 12)",
    "AT_LEAST(1, ALARM, ())": "')' (character 20)",
    "AT_LEAST(1, ALARM, a)": "'a' (character 19)",
    f"AT_LEAST({'9' * 5_000}, ALARM, (a))": "(character 9)",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_an_accepted_rule_is_read_as_it_is_meant(text: str) -> None:
    assert parse_rule(text).root == ACCEPTED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_refused_rule_says_where_and_why(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_rule(text)
    assert REFUSED[text] in str(caught.value)


def test_a_rule_has_at_most_10_240_characters() -> None:
    assert parse_rule("TRUE".ljust(10_240)).root == Constant(True)
    with pytest.raises(ExpressionError, match="not 10241"):
        parse_rule("TRUE".ljust(10_241))


def test_a_rule_names_at_most_100_alarms_but_one_of_them_any_number_of_times() -> None:
    names = [f"a{number}" for number in range(100)]
    fine = " OR ".join(f"ALARM({name})" for name in [*names, *names])
    assert parse_rule(fine).references == tuple(names)
    with pytest.raises(ExpressionError, match="at most 100 alarms, not 101"):
        parse_rule(fine + " OR ALARM(one-more)")


def test_a_rule_has_at_most_500_elements() -> None:
    assert parse_rule(" AND ".join(["(TRUE)"] * 250)).references == ()
    with pytest.raises(ExpressionError, match="not 501"):
        parse_rule(" AND ".join(["(TRUE)"] * 250 + ["TRUE"]))


@pytest.mark.parametrize("text", ["NOT " * 99 + "TRUE", "(" * 99 + "TRUE" + ")" * 99])
def test_nesting_is_read_to_100_levels_and_refused_beyond(text: str) -> None:
    parse_rule(text)
    with pytest.raises(ExpressionError, match="nested at most 100 levels"):
        parse_rule(f"NOT ({text})")


@pytest.mark.parametrize("text", ["(" * 10_240, "NOT " * 2_560, "NOT(" * 2_560])
def test_the_deepest_text_is_refused_without_a_crash(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_rule(text)


@pytest.mark.parametrize(
    ("text", "inferred"),
    [
        ("ALARM(a) OR ALARM(b) AND ALARM(c)", {Inference.MIXED_AND_OR}),
        ("NOT (ALARM(a) AND OK(b) OR TRUE)", {Inference.MIXED_AND_OR}),
        ("ALARM(a) OR (ALARM(b) AND ALARM(c))", set()),
        ("(ALARM(a) OR ALARM(b)) AND ALARM(c)", set()),
        ("ALARM(a) AND ALARM(b) AND NOT ALARM(c)", set()),
        ("AT_LEAST(67%, ALARM, (a, b, c))", {Inference.AT_LEAST_SHARE}),
        ("AT_LEAST(50%, ALARM, (a, b))", set()),
        ("AT_LEAST(2, ALARM, (a, b, c))", set()),
        ("TRUE AND (TRUE OR AT_LEAST(1%, OK, (a)))", {Inference.AT_LEAST_SHARE}),
    ],
)
def test_a_rule_says_which_unpublished_readings_it_rests_on(
    text: str, inferred: set[Inference]
) -> None:
    assert parse_rule(text).inferred == inferred


WORDS = st.one_of(
    st.sampled_from([*"TFNAO(),\"\\%'& \n\u00a0\x00é"]),
    st.sampled_from(["TRUE", "FALSE", "NOT", "AND", "OR", "AT_LEAST", *State]),
    st.sampled_from(["1", "50%", "-1", "name"]),
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=40).map("".join),
    st.lists(WORDS, max_size=40).map(" ".join),
    st.text(alphabet=string.printable, max_size=40).map(lambda text: f"ALARM({text})"),
)


@given(TEXTS)
def test_any_text_is_read_or_refused_and_never_anything_else(text: str) -> None:
    try:
        rule = parse_rule(text)
    except ExpressionError:
        return
    states = dict.fromkeys(rule.references, State.ALARM)
    assert rule.is_true(states) in (True, False)
    assert set(rule.list_triggers(states)) <= set(rule.references)
