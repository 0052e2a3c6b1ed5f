"""Only what no data could tell apart is called equivalent."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.engine.alarm import MetricAlarm, MetricStat, Query
from rehearsal.engine.evaluation.slots import Slots
from rehearsal.engine.expression.plan import MathPlan
from rehearsal.mutation.equivalence import explain_equivalence
from rehearsal.mutation.mutant import Varied
from rehearsal.mutation.mutate import list_mutants
from tests.rehearsals.test_mutation import composite, metric_alarm

NEVER_MISSING = [
    "FILL(m1, 0)",
    "(FILL(m1, 0))",
    "-FILL(m1, 0)",
    "FILL(m1 + m2, 3)",
    "FILL(m1 * 2, 3)",
    "FILL((m1), 0)",
    "FILL(e2, 0)",
    "FILL(IF(m1, m2), 0)",
    "FILL(m1, 0) + m2",
    "m1 >= FILL(m2, 1)",
    "2 - FILL(m1, 0)",
    "FILL(m1, 0) > 1 AND m2",
    "ABS(FILL(m1, 0))",
    "TIME_SERIES(4)",
    "HOUR(m1)",
    "SUM([m1, FILL(m2, 0)])",
    "MAX([m1, m2, TIME_SERIES(0)])",
    "IF(FILL(m1, 0), m1, m2)",
    "IF(FILL(m1, 0) > 1, m1, 5)",
    "IF(FILL(m1, 0) > 1, 1, 0)",
    "IF(TIME_SERIES(0), 1, FILL(m2, 7))",
    "e3",
]
SOMETIMES_MISSING = [
    "m1 + m2",
    "m1",
    "e2",
    "-m1",
    "FILL(m1, REPEAT)",
    "FILL(m1, LINEAR)",
    "FILL(m1, MAX(m2))",
    "FILL(m1, 0) / m2",
    "FILL(m1, 0) ^ m2",
    "FILL(m1, 0) + MAX(m2)",
    "m1 + MAX(m2)",
    "SUM([m1, m2])",
    "TIME_SERIES(MAX(m1))",
    "ABS(m1)",
    "LOG(FILL(m1, 0))",
    "SUM(FILL([m1, m2], 0))",
    "RATE(FILL(m1, 0))",
    "IF(m1, 1, 0)",
    "IF(FILL(m1, 0), 1)",
    "IF(FILL(m1, 0), 1, m2)",
    "IF(FILL(m1, 0), 1, MAX(m2))",
    "IF(FILL(m1, 0), MAX(m1), m2)",
]


def math_alarm(expression: str) -> MetricAlarm:
    """Make an alarm on an expression over two metrics and two other expressions."""
    stat = metric_alarm().returned.stat
    return metric_alarm(
        is_math=True,
        queries=(
            Query(id="e1", expression=expression),
            Query(id="e2", expression="m1 / m2", returns_data=False),
            Query(id="e3", expression="FILL(m2, 1)", returns_data=False),
            Query(id="m1", stat=stat, returns_data=False),
            Query(id="m2", stat=stat, returns_data=False),
        ),
    )


def list_equivalent(alarm: Any) -> set[Varied]:
    """Return in what a mutant may differ without being another alarm."""
    return {each.varied for each in list_mutants(alarm) if explain_equivalence(alarm, each)}


@pytest.mark.parametrize("expression", NEVER_MISSING)
def test_missing_data_does_not_matter_where_there_is_none(expression: str) -> None:
    assert list_equivalent(math_alarm(expression)) == {Varied.MISSING_DATA}


@pytest.mark.parametrize("expression", SOMETIMES_MISSING)
def test_missing_data_matters_where_there_may_be_some(expression: str) -> None:
    assert list_equivalent(math_alarm(expression)) == set()


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("TIME_SERIES(4)", "TIME_SERIES(4) has a value in every slot"),
        ("FILL(m1, 0)", "FILL(m1, 0) has a value in every slot, by the inferred fill-empty"),
        (
            "FILL(m1, 0) + m2",
            "FILL(m1, 0) + m2 has a value in every slot, by the inferred fill-empty, phantom-zero",
        ),
    ],
)
def test_a_reason_names_the_inferred_rules_it_rests_on(expression: str, reason: str) -> None:
    alarm = math_alarm(expression)
    assert {explain_equivalence(alarm, each) for each in list_mutants(alarm)} == {None, reason}


def test_missing_data_of_a_metric_always_matters() -> None:
    assert list_equivalent(metric_alarm()) == set()


POINTS = st.lists(st.sampled_from([float("nan"), 0.0, 1.0, -2.5, 30.0]), min_size=3, max_size=3)


@pytest.mark.parametrize("expression", NEVER_MISSING)
@settings(max_examples=40, deadline=None)
@given(first=POINTS, second=POINTS)
def test_what_is_called_never_missing_never_is(
    expression: str, first: list[float], second: list[float]
) -> None:
    alarm = math_alarm(expression)
    ends = np.array([[60, 120, 180]])
    slots = Slots(ticks=ends[:, -1], starts=ends - 60, ends=ends, period_seconds=60)
    series = iter([first, second])

    def give(_stat: MetricStat, _slots: Slots) -> Any:
        return np.array([next(series)])

    assert not np.isnan(MathPlan.build(alarm.queries).evaluate(slots, give).values).any()


@pytest.mark.parametrize(
    ("rule", "equivalent"),
    [
        ("ALARM(a) OR ALARM(b)", []),
        ("ALARM(a) OR (ALARM(a) AND ALARM(b))", ['ALARM("a") OR ALARM("a")']),
        ("ALARM(a) AND TRUE", []),
        ("ALARM(a) OR FALSE", []),
        ("ALARM(a) AND ALARM(a)", ['ALARM("a") OR ALARM("a")']),
    ],
)
def test_a_rule_that_holds_in_the_same_states_is_the_same(rule: str, equivalent: list[str]) -> None:
    alarm = composite(rule)
    found = [each.after for each in list_mutants(alarm) if explain_equivalence(alarm, each)]
    assert found == equivalent


def test_a_rule_of_many_children_is_not_called_the_same_unseen() -> None:
    names = [f"ALARM(a{number})" for number in range(8)]
    alarm = composite(f"{' OR '.join(names)} OR (ALARM(a0) AND ALARM(b))")
    assert not [each for each in list_mutants(alarm) if explain_equivalence(alarm, each)]
