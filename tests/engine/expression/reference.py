"""A slow, independent reading of metric math: one slot after another, in exact fractions.

It shares nothing with the engine: no parser (it takes trees), no arrays, no floats. Numbers are
fractions, a gap is None, a scalar is one number, a series a list, an array a list of lists.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

Number = Fraction | None
Row = list[Number]
Tree = tuple[Any, ...]


class Rows(list[Row]):
    """Be an array of series; a plain list is one series."""


SAFE_BITS = 20
LARGEST = 10**6


class UndecidableError(Exception):
    """Say that rounding would decide: no two implementations need to agree."""


@dataclass(kw_only=True)
class Reference:
    """Evaluate trees over one range of slots; `metrics` are rows by id, in the alarm's order."""

    metrics: dict[str, Row]
    starts: list[int]
    period_seconds: int
    rounds: bool = False

    def evaluate(self, tree: Tree) -> Any:
        """Give the number, row or list of rows of a tree."""
        kind, *parts = tree
        method = getattr(self, f"on_{kind}")
        return method(*parts)

    def on_number(self, value: Fraction) -> Number:
        return value

    def on_metric(self, name: str) -> Row:
        return list(self.metrics[name])

    def on_array(self, *items: Tree) -> Rows:
        rows = Rows()
        for item in items:
            value = self.evaluate(item)
            rows.extend(value if isinstance(value, Rows) else [value])
        return rows

    def on_metrics(self, part: str) -> Rows:
        return Rows(list(row) for name, row in self.metrics.items() if part in name)

    def on_negative(self, operand: Tree) -> Any:
        return self.each_point(
            lambda value: None if value is None else -value, self.evaluate(operand)
        )

    def on_operator(self, operator: str, left: Tree, right: Tree) -> Any:
        one, two = self.evaluate(left), self.evaluate(right)
        if isinstance(one, Rows):
            return Rows(self.pair(operator, row, two) for row in one)
        if isinstance(two, Rows):
            return Rows(self.pair(operator, one, row) for row in two)
        return self.pair(operator, one, two)

    def pair(self, operator: str, one: Any, two: Any) -> Any:
        """Combine what is no array."""
        if isinstance(one, list) and isinstance(two, list):
            results: Row = []
            for a, b in zip(one, two, strict=True):
                if a is None and b is None:
                    results.append(None)
                else:
                    results.append(self.compute(operator, a or Fraction(0), b or Fraction(0)))
            return results
        if isinstance(one, list):
            return [self.compute(operator, a, two) for a in one]
        if isinstance(two, list):
            return [self.compute(operator, one, b) for b in two]
        return self.compute(operator, one, two)

    def compute(self, operator: str, a: Number, b: Number) -> Number:
        """Combine two numbers."""
        if a is None or b is None:
            return None
        if operator in "+-*":
            return self.keep({"+": a + b, "-": a - b, "*": a * b}[operator])
        if operator == "/":
            return None if self.same(b, Fraction(0)) else self.keep(a / b)
        if operator == "^":
            return self.keep(a ** int(b))
        return Fraction(int(self.holds(operator, a, b)))

    def holds(self, operator: str, a: Fraction, b: Fraction) -> bool:
        """Tell whether a comparison or a logical operator holds."""
        if operator in ("AND", "OR"):
            truths = [not self.same(value, Fraction(0)) for value in (a, b)]
            return all(truths) if operator == "AND" else any(truths)
        same = self.same(a, b)
        return {
            "==": same,
            "!=": not same,
            "<": a < b and not same,
            "<=": a < b or same,
            ">": a > b and not same,
            ">=": a > b or same,
        }[operator]

    def on_point(self, function: str, operand: Tree) -> Any:
        def apply(value: Number) -> Number:
            if value is None:
                return None
            if function == "ABS":
                return abs(value)
            self.same(value, Fraction(round(value)))
            return Fraction(math.ceil(value) if function == "CEIL" else math.floor(value))

        return self.each_point(apply, self.evaluate(operand))

    def each_point(self, apply: Any, value: Any) -> Any:
        """Apply to a number, or to every number of a list of any depth."""
        if isinstance(value, Rows):
            return Rows(self.each_point(apply, item) for item in value)
        if isinstance(value, list):
            return [apply(item) for item in value]
        return apply(value)

    def on_along(self, function: str, operand: Tree) -> Any:
        value = self.evaluate(operand)
        if isinstance(value, Rows):
            return Rows(self.along(function, row) for row in value)
        return self.along(function, value)

    def along(self, function: str, row: Row) -> Row:
        """Compute from the points before each point."""
        results: Row = []
        total = Fraction(0)
        before: tuple[int, Fraction] | None = None
        for start, value in zip(self.starts, row, strict=True):
            if value is None:
                results.append(None)
                continue
            total += value
            if function == "RUNNING_SUM":
                results.append(self.keep(total))
            elif before is None:
                results.append(None)
            else:
                seconds, change = Fraction(start - before[0]), self.keep(value - before[1])
                results.append(
                    {
                        "DIFF": change,
                        "DIFF_TIME": seconds,
                        "RATE": self.keep(change / seconds),
                    }[function]
                )
            before = (start, value)
        return results

    def on_total(self, function: str, operand: Tree) -> Any:
        value = self.evaluate(operand)
        if isinstance(value, Rows):
            width = len(self.starts)
            across = [self.total(function, [row[slot] for row in value]) for slot in range(width)]
            if function != "DATAPOINT_COUNT":
                return across
            return [None if count == 0 else count for count in across]
        return self.total(function, value)

    def total(self, function: str, row: Row) -> Number:
        """Collapse numbers and gaps to one number."""
        points = [value for value in row if value is not None]
        if function == "DATAPOINT_COUNT":
            return Fraction(len(points))
        if not points:
            return None
        mean = sum(points, Fraction(0)) / len(row)
        if function == "SUM":
            return self.keep(sum(points, Fraction(0)))
        if function == "AVG":
            return self.keep(mean)
        if function == "STDDEV":
            squares = sum(((value or Fraction(0)) - mean) ** 2 for value in row)
            return self.keep(Fraction(math.sqrt(squares / len(row))))
        return min(points) if function == "MIN" else max(points)

    def on_count(self, operand: Tree) -> Number:
        return Fraction(len(self.evaluate(operand)))

    def on_period(self, _name: str) -> Number:
        return Fraction(self.period_seconds)

    def on_constant(self, operand: Tree) -> Row:
        return [self.evaluate(operand)] * len(self.starts)

    def on_calendar(self, function: str, _operand: Tree) -> Row:
        row: Row = []
        for start in self.starts:
            moment = datetime.fromtimestamp(start, UTC)
            fields = {
                "MINUTE": moment.minute,
                "HOUR": moment.hour,
                "DAY": moment.isoweekday(),
                "DATE": moment.day,
                "MONTH": moment.month,
                "YEAR": moment.year,
                "EPOCH": start,
            }
            row.append(Fraction(fields[function]))
        return row

    def on_fill(self, operand: Tree, filler: Tree | str) -> Any:
        value = self.evaluate(operand)
        filling = filler if isinstance(filler, str) else self.evaluate(filler)
        if isinstance(value, Rows):
            return Rows(self.fill(row, filling) for row in value)
        return self.fill(value, filling)

    def fill(self, row: Row, filling: Any) -> Row:
        """Fill the gaps of one series."""
        results: Row = []
        for slot, value in enumerate(row):
            if value is not None:
                results.append(value)
            elif isinstance(filling, list):
                results.append(filling[slot])
            elif not isinstance(filling, str):
                results.append(filling)
            else:
                results.append(self.fill_from_neighbours(row, slot, filling))
        return results

    def fill_from_neighbours(self, row: Row, slot: int, filling: str) -> Number:
        """Repeat the last point, or interpolate."""
        before = [place for place in range(slot) if row[place] is not None]
        after = [place for place in range(slot, len(row)) if row[place] is not None]
        low = row[before[-1]] if before else None
        if filling == "REPEAT":
            return low
        high = row[after[0]] if after else None
        if low is None or high is None:
            return None
        begin, end = self.starts[before[-1]], self.starts[after[0]]
        share = Fraction(self.starts[slot] - begin, end - begin)
        return self.keep(low + (high - low) * share)

    def on_if(self, condition: Tree, on_true: Tree, on_false: Tree | None) -> Row:
        chooser = self.evaluate(condition)
        yes = self.evaluate(on_true)
        no = None if on_false is None else self.evaluate(on_false)
        results: Row = []
        for slot in range(len(self.starts)):
            chosen = chooser[slot] if isinstance(chooser, list) else chooser
            if chosen is None:
                results.append(None)
            elif not self.same(chosen, Fraction(0)):
                results.append((yes[slot] or Fraction(0)) if isinstance(yes, list) else yes)
            elif not isinstance(no, list):
                results.append(no)
            elif no[slot] is None and isinstance(yes, list):
                results.append(Fraction(0))
            else:
                results.append(no[slot])
        return results

    def on_first(self, operand: Tree) -> Row:
        rows: Rows = self.evaluate(operand)
        return rows[0] if rows else [None] * len(self.starts)

    def on_last(self, operand: Tree) -> Row:
        rows: Rows = self.evaluate(operand)
        return rows[-1] if rows else [None] * len(self.starts)

    def on_remove_empty(self, operand: Tree) -> Rows:
        rows: Rows = self.evaluate(operand)
        return Rows(row for row in rows if any(value is not None for value in row))

    def on_slice(self, operand: Tree, start: int, end: int | None) -> Any:
        rows = Rows(self.evaluate(operand)[start:end])
        if end is not None and end - start == 1:
            return rows[0] if rows else [None] * len(self.starts)
        return rows

    def on_sort(self, operand: Tree, key: str, order: str, limit: int | None) -> Rows:
        rows: Rows = self.evaluate(operand)
        keyed = [(self.total(key, row), row) for row in rows]
        numbers = [number for number, _row in keyed if number is not None]
        for place, number in enumerate(numbers):
            for other in numbers[:place]:
                self.same(number, other)
        sign = -1 if order == "DESC" else 1
        keyed.sort(key=lambda pair: (pair[0] is None, sign * (pair[0] or 0)))
        return Rows([row for _number, row in keyed][:limit])

    def keep(self, value: Fraction) -> Fraction:
        """Note when floats would round a number, and give up on large ones."""
        if abs(value) > LARGEST:
            raise UndecidableError
        denominator = value.denominator
        if denominator & (denominator - 1) or denominator.bit_length() > SAFE_BITS:
            self.rounds = True
        return value

    def same(self, a: Fraction, b: Fraction) -> bool:
        """Tell whether numbers are equal, unless rounding could decide it."""
        if self.rounds and abs(a - b) < Fraction(1, 10**6):
            raise UndecidableError
        return a == b
