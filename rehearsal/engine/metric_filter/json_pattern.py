"""Patterns of JSON lines: tests of selected fields, joined by && and ||."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args

from rehearsal.engine.errors import PatternError
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metric_filter.grammar import build_parser, read_text
from rehearsal.engine.metric_filter.json_document import (
    SELECTOR,
    JsonValue,
    Selector,
    is_selector,
    parse_selector,
    read_document,
    spell,
)
from rehearsal.engine.metric_filter.match import Match
from rehearsal.engine.metric_filter.operand import Condition, build_condition
from rehearsal.engine.metric_filter.regex import Regex

MAX_WILDCARDS: Final = 3
MAX_REGEXES: Final = 2

_GRAMMAR: Final = rf"""
start: "{{" either "}}"
either: both ("||" both)*
both: one ("&&" one)*
?one: "(" either ")" | test
?test: SELECTOR EQUALITY (STRING | REGEX | WORD) -> compare
     | SELECTOR ORDER WORD -> compare
     | SELECTOR "IS" SINGLETON -> singleton
     | SELECTOR "NOT" "EXISTS" -> absent

SELECTOR: /{SELECTOR}/
AND: "&&"
OR: "||"
EQUALITY: "=" | "!="
ORDER: ">=" | "<=" | ">" | "<"
SINGLETON: "NULL" | "TRUE" | "FALSE"
STRING: /"(\\.|[^"\\])*"/s
REGEX: /%[^%]*%/
WORD: /[+-]?[0-9.]+[eE][+-]?[0-9]+|[+-]?[0-9.]+(?![A-Za-z0-9_.*])|[A-Za-z0-9_.*]+/
%ignore /\s+/
"""
_SINGLETONS: Final = {"NULL": None, "TRUE": True, "FALSE": False}


@dataclass(frozen=True)
class Compare:
    """Ask that one of the selected values, if there is any, satisfies a condition."""

    selector: Selector
    condition: Condition

    def holds(self, document: JsonValue) -> bool:
        """Test a document; objects and arrays satisfy nothing."""
        texts = (spell(value) for value in self.selector.find(document))
        return any(text is not None and self.condition.holds(text) for text in texts)


@dataclass(frozen=True)
class IsSingleton:
    """Ask that a selected value is null, true or false."""

    selector: Selector
    wanted: bool | None

    def holds(self, document: JsonValue) -> bool:
        """Test a document."""
        return any(value is self.wanted for value in self.selector.find(document))


@dataclass(frozen=True)
class NotExists:
    """Ask that nothing is selected."""

    selector: Selector

    def holds(self, document: JsonValue) -> bool:
        """Test a document."""
        return not self.selector.find(document)


@dataclass(frozen=True)
class Joined:
    """Ask that all parts hold, or that any does."""

    parts: "tuple[Test, ...]"
    is_any: bool

    def holds(self, document: JsonValue) -> bool:
        """Test a document."""
        results = (part.holds(document) for part in self.parts)
        return any(results) if self.is_any else all(results)


Test = Compare | IsSingleton | NotExists | Joined


@dataclass(frozen=True)
class JsonTests:
    """Match the lines whose document passes a test."""

    test: Test

    def match(self, line: str) -> Match | None:
        """Match a line; one that is no JSON object or array never matches."""
        document = read_document(line)
        if document is None or not self.test.holds(document):
            return None
        return Match(document=document)

    @property
    def inferred(self) -> frozenset[Inference]:
        """Name what is not published: that != fails on a field that is absent."""
        unequal = any(
            isinstance(test, Compare) and test.condition.operator == "!="
            for test in _list_tests(self.test)
        )
        return frozenset({Inference.FILTER_ABSENT_FIELD} if unequal else ())

    @property
    def regex_count(self) -> int:
        """Return how many regular expressions it has."""
        return count_regexes(
            test.condition for test in _list_tests(self.test) if isinstance(test, Compare)
        )

    def reads(self, reference: str) -> bool:
        """Say whether a reference is a selector of one value."""
        return is_selector(reference) and not parse_selector(reference).wildcards


def parse_json(text: str) -> JsonTests:
    """Read a pattern in curly brackets."""
    test: Test = read_text(_parser(), text, "the pattern")
    tests = [test for test in _list_tests(test) if not isinstance(test, Joined)]
    wildcards = sum(test.selector.wildcards for test in tests)
    if wildcards > MAX_WILDCARDS:
        message = f"the pattern {text!r} has {wildcards} wildcard selectors; expected at most 3"
        raise PatternError(message)
    matcher = JsonTests(test)
    check_regexes(text, matcher.regex_count)
    return matcher


def count_regexes(conditions: Iterable[Condition]) -> int:
    """Count the conditions that are regular expressions."""
    return sum(isinstance(condition.operand, Regex) for condition in conditions)


def check_regexes(text: str, count: int) -> None:
    """Refuse more regular expressions than a pattern may have."""
    if count > MAX_REGEXES:
        message = f"the pattern {text!r} has {count} regular expressions; expected at most 2"
        raise PatternError(message)


def _list_tests(test: Test) -> Iterator[Test]:
    """Yield a test and all inside it."""
    waiting = [test]
    while waiting:
        current = waiting.pop()
        yield current
        if isinstance(current, Joined):
            waiting += current.parts


@v_args(inline=True)
class _Reader(Transformer[Any, Any]):
    """Build the test bottom-up."""

    def start(self, test: Test) -> Test:
        return test

    def either(self, *parts: Test) -> Test:
        return parts[0] if len(parts) == 1 else Joined(parts, is_any=True)

    def both(self, *parts: Test) -> Test:
        return parts[0] if len(parts) == 1 else Joined(parts, is_any=False)

    def compare(self, selector: Token, sign: Token, value: Token) -> Test:
        return Compare(parse_selector(str(selector)), build_condition(sign, value))

    def singleton(self, selector: Token, name: Token) -> Test:
        return IsSingleton(parse_selector(str(selector)), _SINGLETONS[str(name)])

    def absent(self, selector: Token) -> Test:
        return NotExists(parse_selector(str(selector)))


@functools.cache
def _parser() -> Lark:
    return build_parser(_GRAMMAR, _Reader())
