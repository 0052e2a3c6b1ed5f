"""Every function an alarm may use, with the types of its arguments; and those refused by name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from rehearsal.engine.errors import ExpressionError
from rehearsal.engine.expression import arrays
from rehearsal.engine.expression.aggregates import COLLAPSES, aggregate, count_metrics
from rehearsal.engine.expression.calendar_fields import FIELDS, take_field
from rehearsal.engine.expression.choice import choose
from rehearsal.engine.expression.filling import NEIGHBOURS, fill_from_neighbours, fill_with
from rehearsal.engine.expression.frame import as_series
from rehearsal.engine.expression.over_time import (
    CHANGES,
    POINTWISE,
    apply_change,
    apply_pointwise,
)
from rehearsal.engine.expression.term import Array, Scalar, Series, Term, constant

REFUSED: Final = {
    "SEARCH": "CloudWatch does not support it in alarms",
    "ANOMALY_DETECTION_BAND": "AWS does not publish its model; give the band as metrics instead",
    "INSIGHT_RULE_METRIC": "its values come from Contributor Insights",
    "LAMBDA": "its values come from a function outside the alarm",
    "DB_PERF_INSIGHTS": "its values come from Performance Insights",
    "SERVICE_QUOTA": "its values are quotas of an account",
}


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """Say what an argument may be: terms of these types, or one of these keywords."""

    types: tuple[type[Term], ...] = ()
    keywords: tuple[str, ...] = ()

    def __str__(self) -> str:
        """List what is accepted, for an error."""
        names = [*(accepted.called for accepted in self.types), *self.keywords]
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


@dataclass(frozen=True, kw_only=True)
class Function:
    """Be a function: its parameters, of which the first `least` are needed, and its meaning.

    `build` takes the terms; a keyword or string comes as its text.
    """

    parameters: tuple[Parameter, ...]
    least: int
    build: Callable[..., Term]


def build_period(metric: Series) -> Scalar:
    """Give the period of a metric in seconds."""
    if metric.stat is None:
        message = "argument 1 is the result of an expression, expected the id of a metric"
        raise ExpressionError(message)
    return constant(float(metric.stat.period_seconds))


def build_time_series(value: Scalar) -> Series:
    """Give a series that has the scalar at every slot."""
    return Series(lambda frame: as_series(value.run(frame), frame.slots))


def build_fill(term: Series | Array, filler: Scalar | Series | str) -> Series | Array:
    """Fill the gaps as the second argument says."""
    if isinstance(filler, str):
        return fill_from_neighbours(term, filler)
    return fill_with(term, filler)


def build_if(
    condition: Scalar | Series, on_true: Scalar | Series, on_false: Scalar | Series | None = None
) -> Series:
    """Choose between the branches."""
    return choose(condition, on_true, on_false)


def build_sort(array: Array, key: str, order: str, limit: Scalar | None = None) -> Array:
    """Sort the series of an array."""
    return arrays.sort(array, key, order, limit)


def build_slice(array: Array, start: Scalar, end: Scalar | None = None) -> Series | Array:
    """Take a part of an array."""
    return arrays.cut(array, start, end)


def _collect() -> dict[str, Function]:
    """List every function by name."""
    series, either = Parameter(types=(Series,)), Parameter(types=(Series, Array))
    array, scalar = Parameter(types=(Array,)), Parameter(types=(Scalar,))
    point = Parameter(types=(Scalar, Series))
    filler = Parameter(types=(Scalar, Series), keywords=tuple(NEIGHBOURS))
    key, order = Parameter(keywords=arrays.SORT_KEYS), Parameter(keywords=arrays.SORT_ORDERS)
    functions = {
        "METRIC_COUNT": Function(parameters=(array,), least=1, build=count_metrics),
        "PERIOD": Function(parameters=(series,), least=1, build=build_period),
        "TIME_SERIES": Function(parameters=(scalar,), least=1, build=build_time_series),
        "FILL": Function(parameters=(either, filler), least=2, build=build_fill),
        "IF": Function(parameters=(point, point, point), least=2, build=build_if),
        "FIRST": Function(parameters=(array,), least=1, build=arrays.pick_first),
        "LAST": Function(parameters=(array,), least=1, build=arrays.pick_last),
        "REMOVE_EMPTY": Function(parameters=(array,), least=1, build=arrays.remove_empty),
        "SLICE": Function(parameters=(array, scalar, scalar), least=2, build=build_slice),
        "SORT": Function(parameters=(array, key, order, scalar), least=3, build=build_sort),
    }
    for names, build in (
        (COLLAPSES, aggregate),
        (POINTWISE, apply_pointwise),
        (CHANGES, apply_change),
    ):
        for name in names:
            functions[name] = Function(parameters=(either,), least=1, build=partial(build, name))
    for name in FIELDS:
        functions[name] = Function(
            parameters=(series,), least=1, build=lambda _series, name=name: take_field(name)
        )
    return functions


FUNCTIONS: Final = _collect()
