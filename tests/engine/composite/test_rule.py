"""What a rule says of its alarms' states, and which of them made it say so."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.alarm import State
from rehearsal.engine.composite.grammar import parse_rule
from rehearsal.engine.errors import AlarmError

LETTERS = {"A": State.ALARM, "O": State.OK, "I": State.INSUFFICIENT_DATA}


def states(text: str) -> Mapping[str, State]:
    """Read 'a=A b=O' as states."""
    return {pair[0]: LETTERS[pair[2]] for pair in text.split()}


@pytest.mark.parametrize(
    ("rule", "given_states", "value", "triggers"),
    [
        # A recorded composite: duplicates count, a share is rounded up.
        ("AT_LEAST(2, ALARM, (a,a,b))", "a=A b=O", True, "a"),
        ("AT_LEAST(67%, ALARM, (a,a,b))", "a=A b=O", False, "b"),
        ("AT_LEAST(66%, ALARM, (a,a,b))", "a=A b=O", True, "a"),
        ("AT_LEAST(2, ALARM, (a,b))", "a=A b=O", False, "b"),
        ("ALARM(d) OR ALARM(a)", "a=A d=O", True, "a"),
        ("ALARM(a)", "a=O", False, "a"),
        ("TRUE", "", True, ""),
        ("FALSE OR ALARM(a)", "a=A", True, "a"),
        # The guide's sample: both OK children are named.
        ("ALARM(a) OR ALARM(b)", "a=O b=O", False, "ab"),
        ("ALARM(a) AND ALARM(b)", "a=A b=A", True, "ab"),
        ("ALARM(a) AND ALARM(b)", "a=A b=O", False, "b"),
        ("NOT ALARM(a)", "a=I", True, "a"),
        ("NOT (OK(a) OR OK(b))", "a=O b=A", False, "a"),
        ("INSUFFICIENT_DATA(a) AND NOT OK(b)", "a=I b=I", True, "ab"),
        ("AT_LEAST(1, NOT OK, (a,b))", "a=O b=I", True, "b"),
        ("AT_LEAST(2, NOT OK, (a,b))", "a=O b=I", False, "a"),
        ("TRUE OR FALSE AND FALSE", "", True, ""),
        ("OK(a) OR OK(b) AND OK(c)", "a=O b=A c=A", True, "a"),
        ("(OK(a) OR OK(b)) AND OK(c)", "a=O b=A c=A", False, "c"),
    ],
)
def test_a_rule_is_what_its_alarms_make_it(
    rule: str, given_states: str, value: bool, triggers: str
) -> None:
    parsed = parse_rule(rule)
    assert parsed.is_true(states(given_states)) is value
    assert parsed.list_triggers(states(given_states)) == tuple(triggers)


def test_a_rule_lists_each_alarm_once_in_the_order_of_mention() -> None:
    rule = parse_rule("NOT OK(c) AND (ALARM(a) OR TRUE OR AT_LEAST(1, OK, (b, c, a)))")
    assert rule.references == ("c", "a", "b")


def test_a_state_that_is_not_known_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(AlarmError, match="'b', whose state is not known"):
        parse_rule("ALARM(a) OR ALARM(b)").is_true(states("a=O"))


NAMES = "abc"
RULES = st.recursive(
    st.sampled_from(["TRUE", "FALSE"])
    | st.builds("{}({})".format, st.sampled_from(list(State)), st.sampled_from(NAMES))
    | st.builds(
        "AT_LEAST({}, {}{}, ({}))".format,
        st.just(1),
        st.sampled_from(["", "NOT "]),
        st.sampled_from(list(State)),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map(",".join),
    ),
    lambda part: (
        st.builds("NOT {}".format, part.map("({})".format))
        | st.builds("({} AND {})".format, part, part)
        | st.builds("({} OR {})".format, part, part)
    ),
    max_leaves=12,
)
STATES = st.fixed_dictionaries({name: st.sampled_from(list(State)) for name in NAMES})


@given(RULES, STATES, STATES)
def test_only_the_triggers_matter_while_they_stay_as_they_are(
    text: str, before: Mapping[str, State], other: Mapping[str, State]
) -> None:
    rule = parse_rule(text)
    triggers = rule.list_triggers(before)
    after = {name: before[name] if name in triggers else other[name] for name in NAMES}
    assert rule.is_true(after) == rule.is_true(before)


@given(RULES, STATES)
def test_a_negated_rule_says_the_opposite_for_the_same_alarms(
    text: str, now: Mapping[str, State]
) -> None:
    rule, negated = parse_rule(text), parse_rule(f"NOT ({text})")
    assert rule.is_true(now) is not negated.is_true(now)
    assert rule.list_triggers(now) == negated.list_triggers(now)
