"""Ratios of counts in metric math, and whether a volume gate stands before them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rehearsal.engine.errors import EngineError
from rehearsal.engine.expression.grammar import parse_expression
from rehearsal.engine.expression.tree import Binary, Call, Group, Name, Node, Number, list_children
from rehearsal.lint.alarm_view import AlarmView

COUNTED = frozenset({"Sum", "SampleCount", "n"})
COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
MAX_STEPS = 1000


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Be a division by a count: its divisor's metrics, and whether a gate looks at one of them."""

    divisors: frozenset[str]
    is_gated: bool


class UnreadableError(EngineError):
    """Report expressions that cannot be followed."""


def list_ratios(alarm: AlarmView) -> list[Ratio]:
    """List the ratios in what an alarm watches; raise UnreadableError where they cannot be seen.

    A division by anything but a sum or a number of samples is no rate: the share of a disk that is
    used does not get less certain when the disk is small.
    """
    returned = [formula for formula in alarm.formulas if formula.returns_data]
    return [ratio for formula in returned for ratio in _Walk(alarm).ratios(formula.id)]


class _Walk:
    """Follow the ids of one alarm's expressions."""

    def __init__(self, alarm: AlarmView) -> None:
        self._counts = {read.id for read in alarm.reads if read.statistic in COUNTED}
        self._texts: Mapping[str, str] = {each.id: each.text for each in alarm.formulas}
        self._steps = 0

    def ratios(self, name: str) -> Iterator[Ratio]:
        yield from self._below(self._root(name), frozenset(), (name,))

    def _root(self, name: str) -> Node:
        try:
            return parse_expression(self._texts[name]).root
        except EngineError as error:
            raise UnreadableError(str(error)) from error

    def _below(self, node: Node, gates: frozenset[str], way: tuple[str, ...]) -> Iterator[Ratio]:
        self._steps += 1
        if self._steps > MAX_STEPS or len(set(way)) < len(way):
            raise UnreadableError("its expressions go round in circles or are too many")
        match node:
            case Name(value=name) if name in self._texts:
                yield from self._below(self._root(name), gates, (*way, name))
            case Call(function="IF", arguments=(condition, *branches)):
                yield from self._below(condition, gates, way)
                inside = gates | self._gating(condition, way)
                for branch in branches:
                    yield from self._below(branch, inside, way)
            case _:
                yield from self._division(node, gates, way)
                for child in list_children(node):
                    yield from self._below(child, gates, way)

    def _division(self, node: Node, gates: frozenset[str], way: tuple[str, ...]) -> Iterator[Ratio]:
        if isinstance(node, Binary) and node.operator == "/":
            divisors = frozenset(self._metrics(node.right, way)) & self._counts
            if divisors:
                yield Ratio(divisors=divisors, is_gated=bool(divisors & gates))

    def _gating(self, condition: Node, way: tuple[str, ...]) -> frozenset[str]:
        """Return the metrics that a condition holds against a number."""
        match condition:
            case Binary(operator=operator, left=left, right=right) if operator in COMPARISONS:
                sides = [*self._metrics(left, way), *self._metrics(right, way)]
                has_number = any(isinstance(_bare(side), Number) for side in (left, right))
                return frozenset(sides) if has_number else frozenset()
            case Name(value=name) if name in self._texts and name not in way:
                return self._gating(self._root(name), (*way, name))
            case _:
                parts = (self._gating(child, way) for child in list_children(condition))
                return frozenset().union(*parts)

    def _metrics(self, node: Node, way: tuple[str, ...]) -> Iterator[str]:
        """Yield the metrics whose values a node is made of; a period is none."""
        match node:
            case Name(value=name) if name in self._texts and name not in way:
                yield from self._metrics(self._root(name), (*way, name))
            case Name(value=name):
                yield name
            case Call(function="PERIOD"):
                return
            case _:
                for child in list_children(node):
                    yield from self._metrics(child, way)


def _bare(node: Node) -> Node:
    return _bare(node.inner) if isinstance(node, Group) else node
