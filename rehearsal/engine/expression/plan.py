"""The metric math of one alarm: checked when it is built, evaluated as often as is needed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from rehearsal.engine.alarm import MetricStat, Query
from rehearsal.engine.errors import EngineError, ExpressionError
from rehearsal.engine.evaluation.slots import Slots, Values
from rehearsal.engine.expression.arrays import pick_first
from rehearsal.engine.expression.compiler import Scope, check
from rehearsal.engine.expression.frame import Flags, Frame, Read
from rehearsal.engine.expression.grammar import parse_expression
from rehearsal.engine.expression.hazards import Hazard
from rehearsal.engine.expression.term import Array, Series
from rehearsal.engine.expression.tree import MAX_DEPTH, Expression
from rehearsal.engine.inferred import Inference

ID: Final = re.compile(r"[a-z][A-Za-z0-9_]*")
MAX_ID_LENGTH: Final = 255
MAX_METRICS: Final = 10
MAX_EXPRESSIONS: Final = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class MathResult:
    """Be what an expression gives: values (T, K), missing as NaN.

    `marks` flags, for each inferred rule, the slots (T, K) whose value rests on it.
    """

    values: Values
    marks: Mapping[Inference, Flags]

    @property
    def inferred(self) -> frozenset[Inference]:
        """Return the inferred rules that any value rests on."""
        return frozenset(self.marks)

    def inferred_at(self, evaluation: int) -> frozenset[Inference]:
        """Return the inferred rules that a value of this evaluation rests on."""
        return frozenset(name for name, flags in self.marks.items() if flags[evaluation].any())


@dataclass(frozen=True, kw_only=True, eq=False)
class MathPlan:
    """Hold an alarm's queries, checked: `reads` are the metrics that its result depends on."""

    reads: tuple[MetricStat, ...]
    warnings: tuple[Hazard, ...]
    result: Series

    @classmethod
    def build(cls, queries: Sequence[Query]) -> "MathPlan":
        """Check the queries of an alarm, or say in which of them what does not fit."""
        _check_queries(queries)
        texts = {query.id: query.expression for query in queries if query.expression is not None}
        expressions = {name: _parse(name, text) for name, text in texts.items()}
        stats = {query.id: query.stat for query in queries if query.stat is not None}
        metrics = {name: _read_metric(name, stat) for name, stat in stats.items()}
        terms: dict[str, Series | Array] = {**metrics}
        hazards: list[Hazard] = []
        for name in _order(expressions):
            scope = Scope(query=name, terms=terms, metrics=metrics, hazards=hazards)
            terms[name] = _check_expression(name, expressions[name], scope)
        returned = next(query.id for query in queries if query.returns_data)
        return cls(
            reads=_list_reads(returned, expressions, stats),
            warnings=tuple(dict.fromkeys(hazards)),
            result=_take_result(returned, terms[returned]),
        )

    def evaluate(self, slots: Slots, read: Read) -> MathResult:
        """Compute the alarm's series over exactly these slots; `read` gives each metric's."""
        frame = Frame(slots, read)
        with np.errstate(all="ignore"):
            values = self.result.run(frame)
        marks = {}
        for inference, flags in frame.notes.items():
            concerned = flags & ~np.isnan(values)
            if concerned.any():
                marks[inference] = concerned
        return MathResult(values=values, marks=marks)


def _check_queries(queries: Sequence[Query]) -> None:
    """Hold the queries to the limits of PutMetricAlarm."""
    for query in queries:
        if not ID.fullmatch(query.id) or len(query.id) > MAX_ID_LENGTH:
            message = (
                f"query id {query.id!r}: expected a lower-case letter, then letters, digits and "
                f"underscores, at most {MAX_ID_LENGTH} characters"
            )
            raise ExpressionError(message)
    ids = [query.id for query in queries]
    stats = [query.stat for query in queries if query.stat is not None]
    periods = sorted({stat.period_seconds for stat in stats})
    returned = [query.id for query in queries if query.returns_data]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    for problem, holds in (
        (f"the ids of queries are unique, {', '.join(twice)} is not", not twice),
        (f"at most {MAX_METRICS} metrics, not {len(stats)}", len(stats) <= MAX_METRICS),
        (
            f"at most {MAX_EXPRESSIONS} expressions, not {len(ids) - len(stats)}",
            len(ids) - len(stats) <= MAX_EXPRESSIONS,
        ),
        (f"all metrics of an alarm have the same period, not {periods} s", len(periods) <= 1),
        (f"exactly one query returns data, not {len(returned)}", len(returned) == 1),
    ):
        if not holds:
            raise ExpressionError(problem)


def _parse(query_id: str, text: str) -> Expression:
    """Read one expression; an error names its query."""
    try:
        return parse_expression(text)
    except EngineError as error:
        raise type(error)(f"query {query_id!r}: {error}") from error


def _read_metric(query_id: str, stat: MetricStat) -> Series:
    """Give the series of a metric, read once for each evaluation."""
    return Series(lambda frame: frame.read_once(query_id, stat), stat)


def _check_expression(query_id: str, expression: Expression, scope: Scope) -> Series | Array:
    """Check one expression; its result is kept, for others may refer to it."""
    try:
        term = check(expression.root, scope)
    except EngineError as error:
        raise type(error)(f"query {query_id!r}: {error}") from error
    if isinstance(term, Array):
        return Array(partial(Frame.run_once, name=query_id, run=term.run), term.size)
    if isinstance(term, Series):
        return Series(partial(Frame.run_once, name=query_id, run=term.run))
    message = f"query {query_id!r}: the result is {term.called}, expected a time series"
    raise ExpressionError(message)


def _order(expressions: Mapping[str, Expression]) -> list[str]:
    """Put expressions after those they refer to; a circle is refused, and a tower too high."""
    depths: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> int:
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            raise ExpressionError(f"expressions refer to each other in a circle: {circle}")
        if name not in depths:
            expression = expressions[name]
            used = sorted(expression.names & expressions.keys())
            below = max((visit(other, (*path, name)) for other in used), default=0)
            depths[name] = below + expression.root.depth
        return depths[name]

    for name in expressions:
        if visit(name, ()) > MAX_DEPTH:
            message = (
                f"query {name!r}: with the expressions it refers to it nests deeper than the "
                f"{MAX_DEPTH} levels this engine reads"
            )
            raise ExpressionError(message)
    return list(depths)


def _take_result(query_id: str, term: Series | Array) -> Series:
    """Take the one series that the alarm watches."""
    if isinstance(term, Series):
        return term
    if term.size > 1:
        message = (
            f"query {query_id!r}: the result may be {term.size} time series, "
            "but an alarm watches one"
        )
        raise ExpressionError(message)
    return pick_first(term)


def _list_reads(
    returned: str, expressions: Mapping[str, Expression], metrics: Mapping[str, MetricStat]
) -> tuple[MetricStat, ...]:
    """List the metrics that the result depends on, in the order of the queries."""
    needed = [returned]
    for name in needed:
        if name in expressions:
            used = set(expressions[name].names)
            if expressions[name].reads_all_metrics:
                used |= metrics.keys()
            needed.extend(sorted(used - set(needed)))
    return tuple(stat for name, stat in metrics.items() if name in needed)
