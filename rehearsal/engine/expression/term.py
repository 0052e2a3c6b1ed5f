"""A checked part of an expression: its type, and how to evaluate it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rehearsal.engine.alarm import MetricStat
from rehearsal.engine.evaluation.slots import Values
from rehearsal.engine.expression.frame import Frame, Stack


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """Be S: one number for each tick, (T, 1); `constant` is set when the text alone decides it."""

    called: ClassVar[str] = "a scalar"

    run: Callable[[Frame], Values]
    constant: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Be TS: a value or a gap for each slot, (T, K); `stat` is set for a metric of the alarm."""

    called: ClassVar[str] = "a time series"

    run: Callable[[Frame], Values]
    stat: MetricStat | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """Be TS[]: at most `size` time series."""

    called: ClassVar[str] = "an array of time series"

    run: Callable[[Frame], Stack]
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class String:
    """Be a quoted string."""

    called: ClassVar[str] = "a string"

    value: str


@dataclass(frozen=True, slots=True, eq=False)
class StringArray:
    """Be String[]: nothing that an alarm may use takes one."""

    called: ClassVar[str] = "an array of strings"


@dataclass(frozen=True, slots=True, eq=False)
class Keyword:
    """Be one of the bare words some functions take, such as REPEAT."""

    called: ClassVar[str] = "a keyword"

    value: str


Term = Scalar | Series | Array | String | StringArray | Keyword


def constant(value: float) -> Scalar:
    """Give a scalar that the text decides."""
    values = np.array([[value]])
    return Scalar(lambda _frame: values, constant=value)
