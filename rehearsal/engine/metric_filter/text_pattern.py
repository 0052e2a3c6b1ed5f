"""Patterns of plain text: terms that a line contains, may contain or must not contain."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from lark import Lark, Transformer

from rehearsal.engine.inferred import Inference
from rehearsal.engine.metric_filter.grammar import build_parser, read_text
from rehearsal.engine.metric_filter.match import Match
from rehearsal.engine.metric_filter.operand import unquote
from rehearsal.engine.metric_filter.regex import Regex, parse_regex

_GRAMMAR: Final = r"""
start: TERM+
TERM: /[?-]?("(\\.|[^"\\])*"|\w+)(?=\s|$)/s
%ignore /\s+/
"""


@dataclass(frozen=True, kw_only=True)
class TextTerms:
    """Ask that a line contains all of `required`, one of `optional` and none of `excluded`.

    Optional terms beside others are ignored, as CloudWatch does; a blank phrase is in every line.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def match(self, line: str) -> Match | None:
        """Match a line."""
        asked = any if self.optional and not self.required and not self.excluded else all
        terms = self.optional if asked is any else self.required
        found = asked(term in line for term in terms)
        if not found or any(term in line for term in self.excluded):
            return None
        return Match()

    @property
    def inferred(self) -> frozenset[Inference]:
        """Name what is not published: that a pattern without any term matches every line."""
        terms = (*self.required, *self.optional, *self.excluded)
        return frozenset() if terms else frozenset({Inference.FILTER_EMPTY_PATTERN})

    @property
    def regex_count(self) -> int:
        """Return that it has no regular expression."""
        return 0

    def reads(self, _: str) -> bool:
        """Say that a match of terms holds no value."""
        return False


@dataclass(frozen=True)
class TextRegex:
    """Ask that an expression is found in a line."""

    regex: Regex
    inferred: frozenset[Inference] = frozenset()
    regex_count: int = 1

    def match(self, line: str) -> Match | None:
        """Match a line."""
        return Match() if self.regex.matches(line) else None

    def reads(self, _: str) -> bool:
        """Say that a match of an expression holds no value."""
        return False


def parse_text(text: str) -> TextTerms | TextRegex:
    """Read a pattern of terms, or one %regex% that stands alone."""
    if len(text) > 1 and text.startswith("%") and text.endswith("%"):
        return TextRegex(parse_regex(text[1:-1]))
    terms: Sequence[str] = read_text(_parser(), text, "the pattern") if text else ()
    return TextTerms(
        required=tuple(_spell(term) for term in terms if term[0] not in "?-"),
        optional=tuple(_spell(term[1:]) for term in terms if term[0] == "?"),
        excluded=tuple(_spell(term[1:]) for term in terms if term[0] == "-"),
    )


def _spell(term: str) -> str:
    phrase = unquote(term) if term.startswith('"') else term
    return phrase if phrase.strip() else ""


class _Reader(Transformer[Any, Any]):
    """List the terms as they are written."""

    def start(self, terms: list[str]) -> list[str]:
        return terms


@functools.cache
def _parser() -> Lark:
    return build_parser(_GRAMMAR, _Reader())
