"""Missing data, through the whole engine: both published tables cell by cell, and what follows."""

import pytest

from rehearsal.engine.alarm import State, Treatment
from rehearsal.engine.evaluation.engine import AlarmEngine
from rehearsal.engine.inferred import Inference
from tests.engine.evaluation.engine_play import (
    ALARM,
    MINUTE,
    OK,
    START,
    UNKNOWN,
    metric_alarm,
    play,
    store_of,
    tell,
)
from tests.engine.reference.missing_data_tables import VALUES, Cell, list_cells

SIGNS = {value: sign for sign, value in VALUES.items()}


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("cell", list_cells(), ids=str)
def test_a_cell_of_the_published_tables(cell: Cell, before: State) -> None:
    alarm = metric_alarm(
        "a", cell.evaluation_periods, cell.datapoints_to_alarm, treatment=cell.treatment
    )
    signs = "".join(SIGNS[value] for value in cell.slots)
    # The engine begins a minute before the end of the range, so that it evaluates only this.
    moment = START + MINUTE * len(signs)
    store = store_of({"a": signs})
    engine = AlarmEngine([alarm], store, moment - MINUTE, states={"a": before})
    engine.advance(moment)
    assert engine.states["a"] is (cell.expected or before)


@pytest.mark.parametrize(
    ("treatment", "signs", "expected"),
    [
        # Row 2 of table 1, and the evaluation after it: the good point leaves the range.
        (Treatment.BREACHING, "000 ---- --", ["1 a OK", "8 a ALARM"]),
        (Treatment.MISSING, "000 ---- --", ["1 a OK", "8 a INSUFFICIENT_DATA"]),
        (Treatment.IGNORE, "000 ---- --", ["1 a OK"]),
        (Treatment.NOT_BREACHING, "000 ---- --", ["1 a OK"]),
    ],
)
def test_silence_is_felt_when_the_last_point_leaves_the_range(
    treatment: Treatment, signs: str, expected: list[str]
) -> None:
    alarm = metric_alarm("a", 3, treatment=treatment)
    assert tell(play([alarm], {"a": signs}).transitions) == expected


def test_a_verdict_that_the_extra_slots_decide_says_so() -> None:
    alarm = metric_alarm("a", 3, treatment=Treatment.BREACHING)
    store = store_of({"a": "0----"})
    engine = AlarmEngine([alarm], store, START + 4 * MINUTE, states={"a": ALARM})
    # The good point is in the fifth slot: three slots alone would all be missing.
    (change,) = engine.advance(START + 5 * MINUTE).transitions
    assert change.new is OK
    assert change.inferred == {Inference.EVALUATION_RANGE}


def test_a_verdict_that_the_evaluation_periods_alone_decide_is_not_marked() -> None:
    outcome = play([metric_alarm("a", 3)], {"a": "000XXX"})
    assert {change.inferred for change in outcome.transitions} == {frozenset()}


def test_a_young_breach_is_insufficient_data_and_marked() -> None:
    alarm = metric_alarm("a", 3, treatment=Treatment.MISSING)
    store = store_of({"a": "----X"})
    engine = AlarmEngine([alarm], store, START + 4 * MINUTE, states={"a": OK})
    (change,) = engine.advance(START + 5 * MINUTE).transitions
    assert change.new is UNKNOWN
    assert change.inferred == {Inference.YOUNG_BREACH}


def test_ignore_with_a_good_point_is_marked() -> None:
    alarm = metric_alarm("a", 3, 2, treatment=Treatment.IGNORE)
    engine = AlarmEngine([alarm], store_of({"a": "----0"}), START + 4 * MINUTE, states={"a": ALARM})
    (change,) = engine.advance(START + 5 * MINUTE).transitions
    assert change.new is OK
    assert change.inferred == {Inference.IGNORED_WITH_GOOD_POINT}
