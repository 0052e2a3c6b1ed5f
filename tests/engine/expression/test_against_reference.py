"""The engine agrees with a slow, independent reading of metric math, whatever is written."""

from fractions import Fraction

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.engine.expression.alarm_math import (
    MONDAY,
    Readings,
    are_near,
    as_points,
    plan_of,
    slots_of,
)
from tests.engine.expression.reference import Reference, Tree, UndecidableError
from tests.engine.expression.trees import METRICS, render, series

POINT = st.none() | st.sampled_from([-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 4.0, 7.0])
WIDTH = st.shared(st.integers(1, 6), key="width")
EVALUATIONS = 3
ROWS = WIDTH.flatmap(
    lambda width: st.lists(
        st.lists(POINT, min_size=width, max_size=width),
        min_size=EVALUATIONS,
        max_size=EVALUATIONS,
    )
)
TABLES = st.fixed_dictionaries(dict.fromkeys(METRICS, ROWS))
Tables = dict[str, list[list[float | None]]]
GAP_TABLES: Tables = {
    "m1": [[1, None], [None, None], [0, 4]],
    "m2": [[None, 2], [None, None], [3, None]],
    "e3": [[None, None], [None, 1], [2, 2]],
}
FALLING = ("sort", ("metrics", ""), "AVG", "DESC", None)


def as_fractions(points: list[float | None]) -> list[Fraction | None]:
    """Give points to the reference."""
    return [None if value is None else Fraction(value) for value in points]


def evaluate_slowly(tree: Tree, reference: Reference) -> list[float | None] | None:
    """Give what the reference says; None when rounding would decide."""
    try:
        row = reference.evaluate(tree)
    except UndecidableError:
        return None
    return [None if value is None else float(value) for value in row]


@settings(max_examples=8 * settings().max_examples)
@given(series(3), TABLES, st.sampled_from([60, 300, 86_400]))
@example(("last", ("remove_empty", FALLING)), GAP_TABLES, 60)
@example(("total", "AVG", ("remove_empty", ("metrics", ""))), GAP_TABLES, 60)
def test_engine_agrees_with_the_reference(tree: Tree, tables: Tables, spacing: int) -> None:
    text = render(tree)
    slots = slots_of(EVALUATIONS, len(tables["m1"][0]), period_seconds=spacing)
    result = plan_of(text, METRICS).evaluate(slots, Readings(tables=tables))
    assert result.values.shape == slots.shape
    for row in range(EVALUATIONS):
        metrics = {name: as_fractions(tables[name][row]) for name in METRICS}
        starts = slots.starts[row].tolist()
        wanted = evaluate_slowly(tree, Reference(metrics=metrics, starts=starts, period_seconds=60))
        found = as_points(result.values[row])
        assert wanted is None or are_near(found, wanted), (text, metrics, found, wanted)


@given(series(3), TABLES)
def test_evaluations_do_not_touch_each_other(tree: Tree, tables: Tables) -> None:
    text = render(tree)
    width = len(tables["m1"][0])
    plan = plan_of(text, METRICS)
    together = plan.evaluate(slots_of(EVALUATIONS, width), Readings(tables=tables))
    for row in range(EVALUATIONS):
        alone = plan.evaluate(
            slots_of(1, width, start=MONDAY + 60 * row),
            Readings(tables={name: [rows[row]] for name, rows in tables.items()}),
        )
        assert np.array_equal(together.values[row], alone.values[0], equal_nan=True)
        assert together.inferred_at(row) == alone.inferred
