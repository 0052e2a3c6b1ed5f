"""Which inferred rules a result rests on, slot by slot, and which hazards a plan warns of."""

import numpy as np
import pytest

from rehearsal.engine.inferred import Inference
from tests.engine.expression.alarm_math import Points, Readings, evaluate, plan_of, slots_of

GAP = None
ZERO, EMPTY, GAPS = (
    Inference.PHANTOM_ZERO,
    Inference.FILL_EMPTY,
    Inference.GAPS_IN_AGGREGATE,
)
FIRST: Points = [6.0, 1.0, GAP, GAP]
SECOND: Points = [3.0, GAP, 2.0, GAP]
NOTHING: Points = [GAP, GAP, GAP, GAP]

MARKED = [
    # expression, the slots whose value rests on each inferred rule
    ("m1 + m2", {ZERO: [0, 1, 1, 0]}),
    ("m1 / m2", {ZERO: [0, 0, 1, 0]}),
    ("m1 < m2", {ZERO: [0, 1, 1, 0]}),
    ("m1 OR m2", {ZERO: [0, 1, 1, 0]}),
    ("FILL(m1 / m2, 5)", {ZERO: [0, 0, 1, 0]}),
    ("DIFF(m1 - m2)", {ZERO: [0, 1, 1, 0]}),
    ("m1 + MAX(m1 - m2)", {ZERO: [1, 1, 0, 0]}),
    ("SUM([m1, m2] - m1)", {ZERO: [0, 1, 1, 0]}),
    ("FIRST(REMOVE_EMPTY([m3, m1]) - m2)", {ZERO: [0, 1, 1, 0]}),
    ("IF(m1 >= 0, m2, 7)", {ZERO: [0, 1, 0, 0]}),
    ("IF(m1 >= 6, 7, m1 + m2)", {ZERO: [0, 1, 0, 0]}),
    ("IF(m1 < 6, 7, m1 + m2)", {}),
    ("IF(m1 >= 6, m1, m2)", {ZERO: [0, 1, 0, 0]}),
    ("IF(m2 > 0, 1, 0) * m1", {ZERO: [0, 1, 1, 0]}),
    ("(m1 - m2) * SUM(m3)", {}),
    ("m1 + m1", {}),
    ("m1 * 2 > 3", {}),
    ("FILL(m1, 0) + FILL(m2, 0)", {}),
    ("FILL(m3, 0)", {EMPTY: [1, 1, 1, 1]}),
    ("FILL(m3, 0) + m1", {EMPTY: [1, 1, 1, 1], ZERO: [0, 0, 1, 1]}),
    ("FILL(m3, MAX(m3))", {}),
    ("FILL(m3, REPEAT)", {}),
    ("MAX(FILL([m3, m1], m1))", {EMPTY: [1, 1, 0, 0]}),
    ("MAX(FILL(REMOVE_EMPTY([m3, m1]), 0))", {}),
    ("AVG([m1, m2])", {GAPS: [0, 1, 1, 0]}),
    ("STDDEV([m1, m2])", {GAPS: [0, 1, 1, 0]}),
    ("AVG(REMOVE_EMPTY([m1, m3]))", {}),
    ("AVG([m1, m1])", {}),
    ("MAX([m1, m2])", {}),
    ("m1 - AVG(m1)", {GAPS: [1, 1, 0, 0]}),
    ("m1 - AVG(m1 * 0 + MAX(m1))", {GAPS: [1, 1, 0, 0]}),
    ("m1 - AVG(FILL(m1, 0))", {}),
    ("m1 - AVG(m3)", {}),
    ("FIRST(SORT([m1, m2], AVG, DESC))", {GAPS: [1, 1, 0, 0]}),
    ("FIRST(SORT([m1, m2], MAX, DESC))", {}),
    ("e1 * 2", {ZERO: [0, 1, 1, 0]}),
    ("IF(m1 > 1, m2, e1 + e1)", {ZERO: [0, 1, 0, 0]}),
    ("MINUTE(m1 + m2)", {}),
    ("TIME_SERIES(1)", {}),
]


@pytest.mark.parametrize(("text", "expected"), MARKED)
def test_result_marks_the_slots_that_rest_on_an_inferred_rule(
    text: str, expected: dict[Inference, list[int]]
) -> None:
    result = evaluate(plan_of(text, e1="m1 - m2"), m1=FIRST, m2=SECOND, m3=NOTHING)
    marks = {name: flags[0].astype(int).tolist() for name, flags in result.marks.items()}
    assert marks == expected
    assert result.inferred == expected.keys()


def test_without_gaps_nothing_is_inferred() -> None:
    full: Points = [4, 3, 2, 1]
    for text, _marks in MARKED:
        result = evaluate(plan_of(text, e1="m1 - m2"), m1=full, m2=full, m3=full)
        assert result.inferred == frozenset(), text


def test_each_evaluation_says_what_it_alone_rests_on() -> None:
    readings = Readings(tables={"m1": [[1, 2], [1, GAP], [GAP, GAP]], "m2": [[3, 3]] * 3})
    result = plan_of("m1 + m2", ("m1", "m2")).evaluate(slots_of(3, 2), readings)
    assert [result.inferred_at(number) for number in range(3)] == [set(), {ZERO}, {ZERO}]
    assert np.array_equal(result.marks[ZERO], [[0, 0], [0, 1], [1, 1]])


HAZARDS = [
    ("m1 - AVG(m1)", ["AVG"]),
    ("m1 - (MAX(m1) - MIN(m1)) / STDDEV(m1) * SUM(m1)", ["MAX", "MIN", "STDDEV", "SUM"]),
    ("AVG(METRICS())", []),
    ("MAX([m1, m2]) + SUM([m1, m2])", []),
    ("m1 / DATAPOINT_COUNT(m1)", ["DATAPOINT_COUNT"]),
    ("DATAPOINT_COUNT(METRICS())", ["DATAPOINT_COUNT"]),
    ("SUM(REMOVE_EMPTY(METRICS()))", ["REMOVE_EMPTY"]),
    ("RUNNING_SUM(m1)", ["RUNNING_SUM"]),
    ("RATE(m1)", ["RATE"]),
    ("DIFF(m1)", []),
    ("FILL(m1, 0)", ["FILL"]),
    ("SUM(FILL(METRICS(), REPEAT))", ["FILL"]),
    ("FILL(m1, 0) + FILL(m2, 0)", ["FILL"]),
    ("-m1 ^ 2", ["-…^…"]),
    ("-(m1 ^ 2)", []),
    ("(-m1) ^ 2", []),
    ("-m1 * 2", []),
    ("SUM(METRICS('none'))", ['METRICS("none")']),
    ("SUM(METRICS('m'))", []),
    ("100 * m1 / m2", []),
    ("IF(m1 > 3, m1, 0)", []),
]


@pytest.mark.parametrize(("text", "subjects"), HAZARDS)
def test_plan_warns_of_what_is_unsafe_in_an_alarm(text: str, subjects: list[str]) -> None:
    warnings = plan_of(text).warnings
    assert [hazard.subject for hazard in warnings] == subjects
    assert all(hazard.query == "result" and hazard.reason for hazard in warnings)


def test_warning_names_the_query_it_is_about() -> None:
    assert [hazard.query for hazard in plan_of("e1 * 2", e1="FILL(m1, 0)").warnings] == ["e1"]
