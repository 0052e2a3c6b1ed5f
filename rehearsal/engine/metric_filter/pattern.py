"""Filter patterns of every kind: plain terms, one regex, JSON tests or space-delimited fields."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from rehearsal.engine.errors import PatternError
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metric_filter.delimited_pattern import parse_columns
from rehearsal.engine.metric_filter.json_pattern import parse_json
from rehearsal.engine.metric_filter.match import Match
from rehearsal.engine.metric_filter.text_pattern import parse_text

MAX_CHARACTERS: Final = 1_024


class Matcher(Protocol):
    """Be what a kind of pattern does with a line."""

    @property
    def inferred(self) -> frozenset[Inference]:
        """Name the unpublished rules that its answers may rest on."""

    @property
    def regex_count(self) -> int:
        """Return how many regular expressions it has."""

    def match(self, line: str) -> Match | None:
        """Match a line."""

    def reads(self, reference: str, /) -> bool:
        """Say whether `$name` or `$.selector` is something its matches can hold."""


@dataclass(frozen=True)
class Pattern:
    """Be a pattern that was read; two of the same text are equal."""

    text: str
    _matcher: Matcher = field(compare=False, repr=False)

    @property
    def inferred(self) -> frozenset[Inference]:
        """Name the unpublished rules that its answers may rest on."""
        return self._matcher.inferred

    @property
    def regex_count(self) -> int:
        """Return how many regular expressions it has; a log group may have few such patterns."""
        return self._matcher.regex_count

    def match(self, line: str) -> Match | None:
        """Match a log line, which may end in the newline that a print left."""
        return self._matcher.match(line.removesuffix("\n").removesuffix("\r"))

    def check_reference(self, reference: str) -> None:
        """Refuse `$.selector` or `$name` where no match can hold one value of that kind."""
        if not self._matcher.reads(reference):
            message = (
                f"{reference!r} is no value that the pattern {self.text!r} reads from a line; "
                "expected $.field of a JSON pattern or $name of a field in square brackets"
            )
            raise PatternError(message)


def parse_pattern(text: str) -> Pattern:
    """Read a pattern; its first character says of which kind it is."""
    if len(text) > MAX_CHARACTERS:
        message = f"the pattern has {len(text)} characters; expected at most {MAX_CHARACTERS}"
        raise PatternError(message)
    stripped = text.strip()
    if stripped.startswith("{"):
        return Pattern(text, parse_json(stripped))
    if stripped.startswith("["):
        return Pattern(text, parse_columns(stripped))
    return Pattern(text, parse_text(stripped))
