"""Reading a pattern by its grammar: one way to build a parser, one sentence when it fails."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from lark import Lark, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from rehearsal.engine.errors import PatternError

# What a person reads instead of a terminal's name.
_WORDS: Final[Mapping[str, str]] = {
    "$END": "the end",
    "AND": "&&",
    "CHARACTER": "a character",
    "CLASS": "a class such as [a-z]",
    "COMMA": "a comma",
    "DOT": "'.'",
    "ELLIPSIS": "'...'",
    "END": "'$'",
    "EQUALITY": "= or !=",
    "ESCAPE": r"an escape such as \d",
    "LBRACE": "'{'",
    "LPAR": "'('",
    "LSQB": "'['",
    "NAME": "the name of a field",
    "OR": "||",
    "ORDER": "<, <=, > or >=",
    "QUANTIFIER": "a quantifier",
    "RBRACE": "'}'",
    "REGEX": "%regex%",
    "RPAR": "')'",
    "RSQB": "']'",
    "SELECTOR": "a selector such as $.field",
    "SINGLETON": "NULL, TRUE or FALSE",
    "START": "'^'",
    "STRING": "a quoted string",
    "TERM": "a term of letters, digits and _, or a quoted phrase",
    "VBAR": "'|'",
    "WORD": "a plain value",
}


def build_parser(grammar: str, reader: Transformer[Any, Any]) -> Lark:
    """Build a parser whose result is the reader's, made while parsing and without recursion."""
    return Lark(grammar, parser="lalr", transformer=reader)


def read_text(parser: Lark, text: str, what: str) -> Any:
    """Parse a text, or say where it departs from the grammar and what would have fitted there."""
    try:
        return parser.parse(text)
    except UnexpectedCharacters as error:
        message = _describe(what, text, cast("int", error.pos_in_stream), error.allowed)
        raise PatternError(message) from error
    except UnexpectedToken as error:
        position = len(text) if error.token.type == "$END" else error.token.start_pos
        message = _describe(what, text, position or 0, error.expected)
        raise PatternError(message) from error


def _describe(what: str, text: str, position: int, expected: Iterable[str]) -> str:
    found = f"{text[position]!r} at character {position + 1}" if position < len(text) else "its end"
    words = " or ".join(sorted({_WORDS.get(name, name) for name in expected}))
    return f"{what} {text!r} cannot be read: found {found} where {words} was expected"
