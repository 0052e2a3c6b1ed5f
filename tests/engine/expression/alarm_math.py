"""An alarm's queries and the values they read, as short as a test wants to write them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rehearsal.engine.alarm import MetricStat, Query
from rehearsal.engine.evaluation.slots import Slots, Values
from rehearsal.engine.expression.plan import MathPlan, MathResult
from rehearsal.engine.metrics.identity import MetricIdentity

Points = Sequence[float | None]
MONDAY = 1_767_571_200  # 5 January 2026, 00:00 UTC


def metric(name: str, period_seconds: int = 60) -> Query:
    """Name a metric by its id."""
    stat = MetricStat(
        metric=MetricIdentity.of("Tests", name), statistic="Sum", period_seconds=period_seconds
    )
    return Query(id=name, stat=stat, returns_data=False)


def expression(name: str, text: str, *, returned: bool = False) -> Query:
    """Name an expression."""
    return Query(id=name, expression=text, returns_data=returned)


def plan_of(text: str, metrics: Sequence[str] = ("m1", "m2", "m3"), **others: str) -> MathPlan:
    """Build the plan of an alarm on one expression over metrics and other expressions."""
    queries = [metric(name) for name in metrics]
    queries += [expression(name, other) for name, other in others.items()]
    return MathPlan.build([*queries, expression("result", text, returned=True)])


def slots_of(
    evaluations: int, width: int, *, period_seconds: int = 60, start: int = MONDAY
) -> Slots:
    """Slide a window of slots minute by minute."""
    ticks = np.arange(evaluations, dtype=np.int64)[:, np.newaxis] * 60
    starts = start + ticks + np.arange(width, dtype=np.int64) * period_seconds
    return Slots(
        ticks=starts[:, -1] + period_seconds,
        starts=starts,
        ends=starts + period_seconds,
        period_seconds=period_seconds,
    )


@dataclass(kw_only=True)
class Readings:
    """Answer reads from tables of points by metric id, and count them."""

    tables: Mapping[str, Sequence[Points]]
    reads: int = 0

    def __call__(self, stat: MetricStat, slots: Slots) -> Values:
        """Give the values of a metric."""
        self.reads += 1
        values = np.array(self.tables[stat.metric.name], dtype=np.float64)
        assert values.shape == slots.shape
        values.flags.writeable = False
        return values


def evaluate(plan: MathPlan, **points: Points) -> MathResult:
    """Evaluate once over one row of points for each metric."""
    slots = slots_of(1, len(next(iter(points.values()))))
    return plan.evaluate(slots, Readings(tables={name: [row] for name, row in points.items()}))


def compute(text: str, **points: Points) -> list[float | None]:
    """Give what an expression makes of the points, with None for no point."""
    return as_points(evaluate(plan_of(text, tuple(points)), **points).values[0])


def as_points(values: Values) -> list[float | None]:
    """List values with None for a missing one."""
    return [None if math.isnan(value) else float(value) for value in values]


def are_near(found: Points, expected: Points) -> bool:
    """Tell whether points agree but for rounding; a missing one only with a missing one."""
    return len(found) == len(expected) and all(
        one is other
        if one is None or other is None
        else math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
        for one, other in zip(found, expected, strict=True)
    )
