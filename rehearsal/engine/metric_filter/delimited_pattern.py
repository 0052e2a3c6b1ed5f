"""Patterns of space-delimited lines: named fields in order, some with conditions.

The number of fields must be the pattern's. `...` stands for any number of them, once in a pattern.
Without it, a last field that has no condition takes the rest of the line: that is how the
published pattern `[w1=ERROR, w2]` matches lines of six words.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args

from rehearsal.engine.errors import PatternError
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metric_filter.grammar import build_parser, read_text
from rehearsal.engine.metric_filter.json_pattern import check_regexes, count_regexes
from rehearsal.engine.metric_filter.match import Match
from rehearsal.engine.metric_filter.operand import Condition, build_condition

_GRAMMAR: Final = r"""
start: "[" column ("," column)* "]"
column: ELLIPSIS -> gap
      | NAME -> plain
      | either -> tested
either: both ("||" both)*
both: test ("&&" test)*
test: NAME EQUALITY (STRING | REGEX | WORD)
    | NAME ORDER WORD

ELLIPSIS: "..."
NAME: /[A-Za-z0-9_-]+/
AND: "&&"
OR: "||"
EQUALITY: "=" | "!="
ORDER: ">=" | "<=" | ">" | "<"
STRING: /"(\\.|[^"\\])*"/s
REGEX: /%[^%]*%/
WORD: /[^\s,\[\]"%=!<>&|]+/
%ignore /\s+/
"""
_BRACKETS: Final = {"[": "]", '"': '"'}

# All of one of these must hold: conditions joined by && are joined by ||.
Choices = tuple[tuple[Condition, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Column:
    """Name a field and what its text must satisfy; no choices mean anything does."""

    name: str
    choices: Choices = ()

    def accepts(self, text: str) -> bool:
        """Say whether a field's text may stand here."""
        return not self.choices or any(
            all(condition.holds(text) for condition in choice) for choice in self.choices
        )


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Match lines field by field: `before` from the left, `after` a gap from the right."""

    before: tuple[Column, ...]
    after: tuple[Column, ...] = ()
    has_gap: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the fields."""
        return tuple(column.name for column in (*self.before, *self.after))

    @property
    def inferred(self) -> frozenset[Inference]:
        """Name what is not published: that a last plain field takes the rest of a line."""
        return frozenset({Inference.FILTER_LAST_FIELD} if self._takes_rest else ())

    @property
    def regex_count(self) -> int:
        """Return how many regular expressions it has."""
        columns = (*self.before, *self.after)
        return count_regexes(
            condition for column in columns for choice in column.choices for condition in choice
        )

    def reads(self, reference: str) -> bool:
        """Say whether a reference names one of the fields."""
        return reference.startswith("$") and reference[1:] in self.names

    @property
    def _takes_rest(self) -> bool:
        return not self.has_gap and not self.before[-1].choices

    def match(self, line: str) -> Match | None:
        """Match a line."""
        fields = list(split_fields(line, len(self.before) if self._takes_rest else None))
        width = len(self.names)
        if len(fields) < width or (len(fields) > width and not self.has_gap):
            return None
        ends = fields[len(fields) - len(self.after) :]
        texts = dict(zip(self.names, (*fields[: len(self.before)], *ends), strict=True))
        columns = (*self.before, *self.after)
        if not all(column.accepts(texts[column.name]) for column in columns):
            return None
        return Match(fields=texts)


def split_fields(line: str, most: int | None = None) -> Iterator[str]:
    """Yield the fields of a line; the last of `most` is the rest of the line as it stands.

    Text in square brackets or quotation marks is one field, without them. A bracket that is never
    closed is a character like any other.
    """
    position, count = _skip_spaces(line, 0), 0
    unclosed: set[str] = set()
    while position < len(line):
        count += 1
        start, end, following = _find_field(line, position, unclosed)
        following = _skip_spaces(line, following)
        if count == most and following < len(line):
            yield line[position:].rstrip(" ")
            return
        yield line[start:end]
        position = following


def _find_field(line: str, position: int, unclosed: set[str]) -> tuple[int, int, int]:
    """Return where a field's text begins and ends, and where the line goes on."""
    closing = _BRACKETS.get(line[position])
    if closing and closing not in unclosed:
        end = line.find(closing, position + 1)
        if end > 0:
            return position + 1, end, end + 1
        # Remembered, so that a line of opening brackets is not searched once for each.
        unclosed.add(closing)
    end = line.find(" ", position)
    end = len(line) if end < 0 else end
    return position, end, end


def _skip_spaces(line: str, position: int) -> int:
    while line.startswith(" ", position):
        position += 1
    return position


def parse_columns(text: str) -> Columns:
    """Read a pattern in square brackets."""
    columns: tuple[Column | None, ...] = read_text(_parser(), text, "the pattern")
    gaps = [place for place, column in enumerate(columns) if column is None]
    if len(gaps) > 1:
        message = f"the pattern {text!r} has {len(gaps)} times '...'; expected it at most once"
        raise PatternError(message)
    named = [column for column in columns if column]
    _check_names(text, named)
    split = gaps[0] if gaps else len(named)
    matcher = Columns(before=tuple(named[:split]), after=tuple(named[split:]), has_gap=bool(gaps))
    check_regexes(text, matcher.regex_count)
    return matcher


def _check_names(text: str, columns: list[Column]) -> None:
    names = [column.name for column in columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"the pattern {text!r} names {repeated[0]!r} twice; expected each field once"
        raise PatternError(message)


@v_args(inline=True)
class _Reader(Transformer[Any, Any]):
    """Build the columns bottom-up; a gap is None."""

    def start(self, *columns: Column | None) -> tuple[Column | None, ...]:
        return columns

    def gap(self, _: Token) -> None:
        return None

    def plain(self, name: Token) -> Column:
        return Column(name=str(name))

    def tested(self, choices: tuple[tuple[tuple[str, Condition], ...], ...]) -> Column:
        names = sorted({name for choice in choices for name, _ in choice})
        if len(names) > 1:
            message = f"one field is tested as {' and '.join(names)}; expected one name in a field"
            raise PatternError(message)
        return Column(
            name=names[0],
            choices=tuple(tuple(condition for _, condition in choice) for choice in choices),
        )

    def either(self, *choices: tuple[tuple[str, Condition], ...]) -> Any:
        return choices

    def both(self, *tests: tuple[str, Condition]) -> Any:
        return tests

    def test(self, name: Token, sign: Token, value: Token) -> tuple[str, Condition]:
        return str(name), build_condition(sign, value)


@functools.cache
def _parser() -> Lark:
    return build_parser(_GRAMMAR, _Reader())
