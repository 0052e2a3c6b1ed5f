"""What a field is compared with in a pattern: text with wildcards, a number or a regex."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from lark import Token

from rehearsal.engine.errors import PatternError
from rehearsal.engine.metric_filter.regex import Regex, parse_regex

# No two parts of it can match the same characters, so a long text costs its length and no more.
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ESCAPED: Final = re.compile(r"\\([\"\\])")
_ORDERS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True)
class Wildcard:
    """Compare with a text in which * stands for any characters, or none."""

    text: str

    def matches(self, text: str) -> bool:
        """Say whether the whole text fits; each part is taken at its first place, so none twice."""
        first, *rest = self.text.split("*")
        if not rest:
            return text == first
        last = rest.pop()
        if len(text) < len(first) + len(last) or not text.startswith(first):
            return False
        position, end = len(first), len(text) - len(last)
        for part in rest:
            found = text.find(part, position, end)
            if found < 0:
                return False
            position = found + len(part)
        return text.endswith(last)


@dataclass(frozen=True)
class Number:
    """Compare with a number, however it is written."""

    text: str
    value: float

    def matches(self, text: str) -> bool:
        """Say whether the text is this number."""
        return read_number(text) == self.value


Operand = Wildcard | Number | Regex


@dataclass(frozen=True)
class Condition:
    """Be an operator with its right side."""

    operator: str
    operand: Operand

    def holds(self, text: str) -> bool:
        """Say whether a field's text satisfies it; an order holds only between numbers."""
        if self.operator == "=":
            return self.operand.matches(text)
        if self.operator == "!=":
            return not self.operand.matches(text)
        value = read_number(text)
        if value is None or not isinstance(self.operand, Number):
            return False
        return _ORDERS[self.operator](value, self.operand.value)


def build_condition(sign: str, token: Token) -> Condition:
    """Build a condition of the tokens of a grammar: STRING, REGEX or WORD."""
    operand = _build_operand(token)
    if sign in _ORDERS and not isinstance(operand, Number):
        message = f"{sign} compares with {str(token)!r}; expected a number"
        raise PatternError(message)
    return Condition(str(sign), operand)


def _build_operand(token: Token) -> Operand:
    if token.type == "STRING":
        return Wildcard(unquote(token))
    if token.type == "REGEX":
        return parse_regex(token[1:-1])
    value = read_number(token)
    return Wildcard(str(token)) if value is None else Number(str(token), value)


def unquote(token: str) -> str:
    """Take off the quotation marks; a backslash stands before a quotation mark or a backslash."""
    return _ESCAPED.sub(r"\1", token[1:-1])


def read_number(text: str) -> float | None:
    """Read a decimal number, with or without an exponent; None where the text is none."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
