"""The grammar of metric math, and the parser that turns text into a tree.

Precedence is not published. It is read as OR, AND, comparison, + -, * /, unary minus, ^ from loose
to tight; only ^ groups to the right, and two comparisons in a row are refused.
"""

import math
import re
from functools import cache, lru_cache
from typing import Final, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from rehearsal.engine.errors import ExpressionError, RefusedError
from rehearsal.engine.expression.tree import (
    ArrayLiteral,
    Binary,
    Call,
    Expression,
    Group,
    Name,
    Negation,
    Node,
    Number,
    Text,
)

MAX_LENGTH: Final = 2_048

GRAMMAR: Final = r"""
start: disjunction
?disjunction: conjunction | disjunction OR conjunction -> binary
?conjunction: comparison | conjunction AND comparison -> binary
?comparison: total | total COMPARE total -> binary
?total: product | total (PLUS | MINUS) product -> binary
?product: signed | product (TIMES | DIVIDED) signed -> binary
?signed: power | MINUS signed -> negation
?power: atom | atom POWER signed -> binary
?atom: NUMBER -> number
    | STRING -> text
    | NAME -> name
    | NAME "(" [items] ")" -> call
    | OPEN [items] "]" -> array
    | "(" disjunction ")" -> group
items: disjunction ("," disjunction)*

OR.2: /OR(?![A-Za-z0-9_])|\|\|/
AND.2: /AND(?![A-Za-z0-9_])|&&/
COMPARE: /==|!=|<=|>=|<|>/
PLUS: "+"
MINUS: "-"
TIMES: "*"
DIVIDED: "/"
POWER: "^"
OPEN: "["
NUMBER: /([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?(?![A-Za-z0-9_.])/
STRING: /"[^"]*"|'[^']*'/
NAME: /(?!(AND|OR)(?![A-Za-z0-9_]))[A-Za-z_][A-Za-z0-9_]*/
%ignore /\s+/
"""

SPELLED: Final = {
    "OR": "OR",
    "AND": "AND",
    "COMPARE": "a comparison",
    "PLUS": "+",
    "MINUS": "-",
    "TIMES": "*",
    "DIVIDED": "/",
    "POWER": "^",
    "OPEN": "[",
    "RSQB": "]",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "NUMBER": "a number",
    "STRING": "a string",
    "NAME": "an id or function",
    "$END": "the end",
}
METRICS_INSIGHTS: Final = re.compile(r"\s*SELECT\s+[A-Z]+\s*\(", re.IGNORECASE)


@lru_cache(maxsize=4_096)
def parse_expression(text: str) -> Expression:
    """Read metric math; ExpressionError says where it stops making sense."""
    if len(text) > MAX_LENGTH:
        message = f"an expression has at most {MAX_LENGTH:,} characters, this one has {len(text):,}"
        raise ExpressionError(message)
    if METRICS_INSIGHTS.match(text):
        message = "Metrics Insights (SELECT …) queries live metrics: it cannot be evaluated offline"
        raise RefusedError(message)
    try:
        root = _parser().parse(text)
    except (UnexpectedCharacters, UnexpectedToken) as error:
        raise ExpressionError(f"expression {_shorten(text)}: {_explain(text, error)}") from error
    except ExpressionError as error:
        raise ExpressionError(f"expression {_shorten(text)}: {error}") from error
    return Expression(text, root)  # type: ignore[arg-type]  # the builder returns nodes, not trees


class _Builder(Transformer[Token, Node]):
    """Build nodes while the parser reduces, so that nothing recurses over deep input."""

    def start(self, children: list[Node]) -> Node:
        return children[0]

    def number(self, children: list[Token]) -> Node:
        value = float(children[0])
        if not math.isfinite(value):
            message = f"the number at character {_position(children[0])} is too large"
            raise ExpressionError(message)
        return Number(value)

    def text(self, children: list[Token]) -> Node:
        return Text(str(children[0])[1:-1])

    def name(self, children: list[Token]) -> Node:
        return Name(str(children[0]), _position(children[0]))

    def items(self, children: list[Node]) -> tuple[Node, ...]:
        return tuple(children)

    def call(self, children: tuple[Token, tuple[Node, ...] | None]) -> Node:
        token, arguments = children
        return Call(str(token), arguments or (), _position(token))

    def array(self, children: tuple[Token, tuple[Node, ...] | None]) -> Node:
        token, items = children
        return ArrayLiteral(items or (), _position(token))

    def group(self, children: list[Node]) -> Node:
        return Group(children[0])

    def negation(self, children: tuple[Token, Node]) -> Node:
        token, operand = children
        return Negation(operand, _position(token))

    def binary(self, children: tuple[Node, Token, Node]) -> Node:
        left, token, right = children
        operator = {"&&": "AND", "||": "OR"}.get(str(token), str(token))
        return Binary(operator, left, right, _position(token))


@cache
def _parser() -> Lark:
    """Build the parser once."""
    return Lark(GRAMMAR, parser="lalr", transformer=_Builder(), maybe_placeholders=True)


def _position(token: Token) -> int:
    """Return where a token begins, counted from 1."""
    return (token.start_pos or 0) + 1


def _explain(text: str, error: UnexpectedCharacters | UnexpectedToken) -> str:
    """Say what stood where, and what could have stood there."""
    if isinstance(error, UnexpectedCharacters):
        at = cast("int", error.pos_in_stream)
        found, expected = repr(text[at]), set(error.allowed or ())
    else:
        at_end = error.token.type == "$END"
        at = len(text) if at_end else _position(error.token) - 1
        found, expected = "the end" if at_end else repr(str(error.token)), set(error.expected)
    wanted = ", ".join(spelled for name, spelled in SPELLED.items() if name in expected)
    return f"found {found} at character {at + 1}, expected {wanted}"


def _shorten(text: str) -> str:
    """Quote an expression, or its beginning when it is long."""
    return repr(text if len(text) <= 80 else text[:79] + "…")
