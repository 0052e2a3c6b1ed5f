"""Reading the text of a composite alarm's rule, with CloudWatch's grammar, refusals and limits."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import UnexpectedToken

from rehearsal.engine.alarm import State
from rehearsal.engine.composite.rule import All, AnyOf, AtLeast, Constant, Node, Not, Rule, Term
from rehearsal.engine.errors import ExpressionError
from rehearsal.engine.inferred import Inference

MAX_CHARACTERS: Final = 10_240
MAX_CHILDREN: Final = 100
MAX_ELEMENTS: Final = 500  # mentions of alarms, constants and pairs of parentheses
# No limit of CloudWatch's, but a rule is walked by functions that call themselves.
MAX_DEPTH: Final = 100

# A word ends where a space, a round bracket, a comma or the text does: `TRUE&&` is one word.
_GRAMMAR: Final = r"""
either: both (_OR both)*
both: single (_AND single)*
?single: NOT single                                -> negation
    | CONSTANT                                     -> constant
    | "(" either ")"                               -> group
    | STATE "(" _reference ")"                     -> term
    | _AT_LEAST "(" _threshold "," [NOT] STATE "," _list ")" -> quorum
_threshold: COUNT | SHARE
_list: "(" _reference ("," _reference)* ")"
_reference: UNQUOTED | QUOTED

NOT: /NOT(?![^ \t\f\r\n(),])/
CONSTANT: /(TRUE|FALSE)(?![^ \t\f\r\n(),])/
STATE: /(ALARM|OK|INSUFFICIENT_DATA)(?![^ \t\f\r\n(),])/
COUNT: /[0-9]{1,9}(?![^ \t\f\r\n(),])/
SHARE: /[0-9]{1,9}%(?![^ \t\f\r\n(),])/
_OR: /OR(?![^ \t\f\r\n(),])/
_AND: /AND(?![^ \t\f\r\n(),])/
_AT_LEAST: /AT_LEAST(?![^ \t\f\r\n(),])/
QUOTED: /"([\\]["]|[^"])*"/
UNQUOTED: /[^ \t\f\r\n(),"][^ \t\f\r\n(),]*/
%ignore /[ \t\f\r\n]+/
"""

_NAMES: Final = {
    "NOT": "NOT",
    "CONSTANT": "TRUE or FALSE",
    "STATE": "ALARM, OK or INSUFFICIENT_DATA",
    "COUNT": "a number",
    "SHARE": "a percentage",
    "_OR": "OR",
    "_AND": "AND",
    "_AT_LEAST": "AT_LEAST",
    "QUOTED": "a quoted alarm name",
    "UNQUOTED": "an alarm name",
    "LPAR": "'('",
    "RPAR": "')'",
    "COMMA": "','",
    "$END": "the end of the rule",
}


_WORD: Final = re.compile(r"[^ \t\f\r\n(),]+|[(),]")


@lru_cache(maxsize=1_024)
def parse_rule(text: str) -> Rule:
    """Read a rule, or refuse it as PutCompositeAlarm would."""
    if not 1 <= len(text) <= MAX_CHARACTERS:
        message = f"a rule has from 1 to {MAX_CHARACTERS} characters, not {len(text)}"
        raise ExpressionError(message)
    try:
        part: _Part = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise ExpressionError(_describe(text, error)) from error
    rule = Rule(text=text, root=part.node, inferred=part.inferred)
    children = len(rule.references)
    if children > MAX_CHILDREN:
        raise ExpressionError(f"a rule names at most {MAX_CHILDREN} alarms, not {children}")
    if part.elements > MAX_ELEMENTS:
        message = f"a rule has at most {MAX_ELEMENTS} elements (alarms, TRUE, FALSE, parentheses)"
        raise ExpressionError(f"{message}, not {part.elements}")
    return rule


@dataclass(frozen=True, kw_only=True)
class _Part:
    """Carry a part of a rule while it is read; `is_bare_and` marks an AND without parentheses."""

    node: Node
    elements: int
    depth: int = 1
    inferred: frozenset[Inference] = frozenset()
    is_bare_and: bool = False

    def __post_init__(self) -> None:
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"a rule may be nested at most {MAX_DEPTH} levels deep here")


@v_args(inline=True)
class _Builder(Transformer[Token, _Part]):
    """Build the parts of a rule as the parser finds them, innermost first."""

    def either(self, *parts: _Part) -> _Part:
        """Join by OR; with an AND beside it the order of the two is an inference."""
        if len(parts) == 1:
            return parts[0]
        mixed = any(part.is_bare_and for part in parts)
        found = frozenset({Inference.MIXED_AND_OR} if mixed else ())
        return _join(AnyOf(tuple(part.node for part in parts)), parts, found=found)

    def both(self, *parts: _Part) -> _Part:
        """Join by AND."""
        if len(parts) == 1:
            return parts[0]
        return _join(All(tuple(part.node for part in parts)), parts, is_bare_and=True)

    def negation(self, _not: Token, part: _Part) -> _Part:
        """Turn a part round."""
        return _join(Not(part.node), (part,))

    def group(self, part: _Part) -> _Part:
        """Take what stands in parentheses."""
        return _join(part.node, (part,), elements=1)

    def constant(self, word: Token) -> _Part:
        """Read TRUE or FALSE."""
        return _Part(node=Constant(word == "TRUE"), elements=1)

    def term(self, state: Token, reference: Token) -> _Part:
        """Read one alarm's state."""
        return _Part(node=Term(State(state), _read_reference(reference)), elements=1)

    def quorum(
        self, threshold: Token, inverse: Token | None, state: Token, *references: Token
    ) -> _Part:
        """Read AT_LEAST, whose threshold is a number of alarms or a share of them."""
        count = len(references)
        needed, found = _read_threshold(threshold, count)
        names = tuple(_read_reference(token) for token in references)
        node = AtLeast(needed, State(state), inverse is not None, names)
        return _Part(node=node, elements=count, inferred=found)


def _join(
    node: Node,
    parts: tuple[_Part, ...],
    *,
    elements: int = 0,
    found: frozenset[Inference] = frozenset(),
    is_bare_and: bool = False,
) -> _Part:
    return _Part(
        node=node,
        elements=elements + sum(part.elements for part in parts),
        depth=1 + max(part.depth for part in parts),
        inferred=found.union(*(part.inferred for part in parts)),
        is_bare_and=is_bare_and,
    )


def _read_reference(token: Token) -> str:
    if token.type == "QUOTED":
        return str(token[1:-1]).replace('\\"', '"')
    return str(token)


def _read_threshold(token: Token, count: int) -> tuple[int, frozenset[Inference]]:
    """Read how many of `count` alarms are needed; a share is rounded up."""
    value = int(token.rstrip("%"))
    if token.type == "COUNT":
        if not 1 <= value <= count:
            message = f"AT_LEAST needs from 1 to {count} of its {count} alarms, not {value}"
            raise ExpressionError(message)
        return value, frozenset()
    if not 1 <= value <= 100:
        raise ExpressionError(f"AT_LEAST needs from 1 % to 100 % of its alarms, not {value} %")
    needed, rest = divmod(value * count, 100)
    if rest == 0:
        return needed, frozenset()
    return needed + 1, frozenset({Inference.AT_LEAST_SHARE})


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, start="either", parser="lalr", lexer="contextual", transformer=_Builder())


def _describe(text: str, error: UnexpectedInput) -> str:
    """Say which word was met where, and what could have stood there."""
    if isinstance(error, UnexpectedToken):
        allowed, at_end = error.accepts or error.expected, error.token.type == "$END"
    else:
        allowed, at_end = getattr(error, "allowed", set()), False
    found = "its end"
    if not at_end:
        position: Any = error.pos_in_stream  # lark declares it without a type
        word = _WORD.findall(text, position)[0]
        found = f"{word[:40]!r} (character {position})"
    expected = ", ".join(sorted(_NAMES[name] for name in allowed))
    return f"the alarm rule {text[:60]!r} is wrong at {found}: expected {expected}"
