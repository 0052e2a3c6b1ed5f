r"""The regular expressions of filter patterns, searched for in time linear in the line.

The documented subset has no groups, so an expression is a choice between chains of repeated
characters. Such a chain needs no backtracking: all its states are the bits of one integer that is
shifted once for each character of the line. However a pattern is written, a line costs its length
times the width of that integer, which `MAX_STATES` bounds.

Two readings beyond the documents: a space may stand for itself (a published example has one), and
a `?` after another quantifier means "as few as possible", which never changes whether there is a
match.
"""

import functools
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args

from rehearsal.engine.errors import PatternError
from rehearsal.engine.metric_filter.grammar import build_parser, read_text

MAX_STATES: Final = 2_000

_GRAMMAR: Final = r"""
start: branch ("|" branch)*
branch: (anchor | piece)+
anchor: START | END
piece: atom QUANTIFIER?
atom: CLASS | ESCAPE | DOT | CHARACTER

START: "^"
END: "$"
DOT: "."
CLASS: /\[\^?(\\.|[^\]\[\\])+\]/
ESCAPE: /\\(x[0-9A-Fa-f]{2}|[^x])/
QUANTIFIER: /([*+?]|\{\d{0,9},?\d{0,9}\})\??/
CHARACTER: /[A-Za-z0-9:_#=@\/;, -]/
"""

# One symbol stands for every character outside ASCII: no expression can tell them apart.
_BEYOND_ASCII: Final = "\x80"
_ASCII: Final = frozenset(map(chr, range(128)))
_ALPHABET: Final = _ASCII | {_BEYOND_ASCII}
_OPERATORS: Final = r"^$?[]{}|\*+."
_SUPPORTED: Final = frozenset(string.ascii_letters + string.digits + ":_#=@/;, -" + _OPERATORS)
_DIGITS: Final = frozenset(string.digits)
_SPACES: Final = frozenset(string.whitespace)
_WORDS: Final = frozenset(string.ascii_letters + string.digits + "_")
_CLASSES: Final[Mapping[str, frozenset[str]]] = {
    "d": _DIGITS,
    "D": _ALPHABET - _DIGITS,
    "s": _SPACES,
    "S": _ALPHABET - _SPACES,
    "w": _WORDS,
    "W": _ALPHABET - _WORDS,
}
_MEMBER: Final = re.compile(r"\\x[0-9A-Fa-f]{2}|\\.|.", re.DOTALL)


@dataclass(frozen=True)
class _Anchor:
    """Stand for the start or the end of the text."""

    is_start: bool


@dataclass(frozen=True)
class _Piece:
    """Stand for characters repeated from `least` to `most` times; None is without an end."""

    characters: frozenset[str]
    least: int
    most: int | None

    @property
    def states(self) -> int:
        """Return how many states it takes."""
        return self.least + 1 if self.most is None else self.most


_Branch = tuple[_Anchor | _Piece, ...]


@dataclass(frozen=True)
class Regex:
    """Search a line for an expression; `text` is without its percent signs."""

    text: str
    _automaton: "_Automaton" = field(compare=False, repr=False)

    def matches(self, line: str) -> bool:
        """Say whether the expression is found anywhere in the line."""
        return self._automaton.search(line)


def parse_regex(text: str) -> Regex:
    """Read an expression of the documented subset."""
    strange = next((character for character in text if character not in _SUPPORTED), None)
    if strange is not None:
        message = (
            f"the regular expression {text!r} contains {strange!r}; expected letters, digits, "
            f"spaces, : _ # = @ / ; , - and the operators {_OPERATORS}"
        )
        raise PatternError(message)
    branches: tuple[_Branch, ...] = read_text(_parser(), text, "the regular expression")
    size = sum(_count_states(branch) for branch in branches)
    if size > MAX_STATES:
        message = (
            f"the regular expression {text!r} repeats up to {size} characters; expected at most "
            f"{MAX_STATES}"
        )
        raise PatternError(message)
    return Regex(text, _Automaton(branches))


def _count_states(branch: _Branch) -> int:
    return 1 + sum(item.states if isinstance(item, _Piece) else 1 for item in branch)


class _Automaton:
    """Hold the states of all branches side by side as the bits of integers."""

    def __init__(self, branches: tuple[_Branch, ...]) -> None:
        self._size = 0
        self._first = self._accepting = 0
        # States that may be left without a character: always, at the start, at the end.
        self._free = self._free_at_start = self._free_at_end = 0
        # By character: the states it leads on from, and the states it stays in.
        self._moves = dict.fromkeys(_ALPHABET, 0)
        self._stays = dict.fromkeys(_ALPHABET, 0)
        for branch in branches:
            self._first |= 1 << self._size
            for item in branch:
                self._add(item)
            self._accepting |= self._take_state()

    def search(self, text: str) -> bool:
        """Say whether any part of the text is what the expression describes."""
        free = self._free | self._free_at_start | (0 if text else self._free_at_end)
        here = _spread(self._first, free)
        for character in text:
            if here & self._accepting:
                return True
            symbol = character if character < _BEYOND_ASCII else _BEYOND_ASCII
            moved = ((here & self._moves[symbol]) << 1) | (here & self._stays[symbol])
            here = _spread(moved | self._first, self._free)
        return bool(_spread(here, self._free | self._free_at_end) & self._accepting)

    def _add(self, item: _Anchor | _Piece) -> None:
        if isinstance(item, _Anchor):
            state = self._take_state()
            self._free_at_start |= state if item.is_start else 0
            self._free_at_end |= 0 if item.is_start else state
            return
        for number in range(item.states):
            state = self._take_state()
            is_optional = number >= item.least
            self._free |= state if is_optional else 0
            ways = self._stays if is_optional and item.most is None else self._moves
            for character in item.characters:
                ways[character] |= state

    def _take_state(self) -> int:
        self._size += 1
        return 1 << (self._size - 1)


def _spread(here: int, free: int) -> int:
    """Add the states that follow through states that need no character.

    Adding the states to the mask carries a one through each run of free states above them; the
    bits it turns over are those reached.
    """
    return here | ((free + (here & free)) ^ free)


@v_args(inline=True)
class _Reader(Transformer[Any, Any]):
    """Build branches of an expression bottom-up."""

    def start(self, *branches: _Branch) -> tuple[_Branch, ...]:
        return branches

    def branch(self, *items: _Anchor | _Piece) -> _Branch:
        return items

    def anchor(self, sign: str) -> _Anchor:
        return _Anchor(is_start=sign == "^")

    def piece(self, characters: frozenset[str], quantifier: str = "{1}") -> _Piece:
        least, most = _read_quantifier(str(quantifier))
        return _Piece(characters, least, most)

    def atom(self, token: Token) -> frozenset[str]:
        text = str(token)
        if text == ".":
            return _ALPHABET
        if text.startswith("["):
            return _read_class(text)
        return _read_member(text)


def _read_quantifier(text: str) -> tuple[int, int | None]:
    simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    if text[0] in simple:
        return simple[text[0]]
    low, comma, high = text.rstrip("?")[1:-1].partition(",")
    if not low and not high:
        message = (
            f"the quantifier {text!r} has no number; expected {{m}}, {{m,}}, {{,n}} or {{m,n}}"
        )
        raise PatternError(message)
    least = int(low or 0)
    most = (int(high) if high else None) if comma else least
    if most is not None and most < least:
        message = (
            f"the quantifier {text!r} ends before it begins; expected the smaller number first"
        )
        raise PatternError(message)
    return least, most


def _read_member(text: str) -> frozenset[str]:
    """Read one character or escape."""
    if not text.startswith("\\"):
        return frozenset(text)
    kind = text[1]
    if kind in _CLASSES:
        return _CLASSES[kind]
    if kind == "x" and len(text) == 4:
        code = int(text[2:], 16)
        if code < 128:
            return frozenset(chr(code))
    if kind.isalnum():
        message = (
            f"the escape {text} is none; expected "
            r"\d \D \s \S \w \W, \xhh of ASCII or a backslash before a sign"
        )
        raise PatternError(message)
    return frozenset(kind)


def _read_class(text: str) -> frozenset[str]:
    """Read what stands in square brackets: characters, escapes and ranges."""
    is_negated = text.startswith("[^")
    members = _MEMBER.findall(text[2 if is_negated else 1 : -1])
    found: set[str] = set()
    while members:
        first = members.pop(0)
        if len(members) > 1 and members[0] == "-":
            found |= _read_range(first, members[1])
            del members[:2]
        else:
            found |= _read_member(first)
    return _ALPHABET - found if is_negated else frozenset(found)


def _read_range(first: str, last: str) -> frozenset[str]:
    low, high = _read_member(first), _read_member(last)
    if len(low) == len(high) == 1 and min(low) <= min(high):
        return frozenset(map(chr, range(ord(min(low)), ord(min(high)) + 1)))
    message = f"the range '{first}-{last}' is none; expected two characters in order"
    raise PatternError(message)


@functools.cache
def _parser() -> Lark:
    return build_parser(_GRAMMAR, _Reader())
