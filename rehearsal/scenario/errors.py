"""What is wrong with a scenario file: every mistake in it at once, each with its line."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, order=True)
class Mistake:
    """Be one mistake; the sentence says what was found and what was expected."""

    line: int
    sentence: str


class ScenarioError(Exception):
    """Report a scenario file that cannot be rehearsed, with all that is wrong with it."""

    def __init__(self, file: Path, mistakes: Iterable[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__(
            "\n".join(f"{file}:{each.line}: {each.sentence}" for each in self.mistakes)
        )
