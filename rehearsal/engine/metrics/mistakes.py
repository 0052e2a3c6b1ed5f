"""All that is wrong with a file, with lines, for a person who wants to mend it in one go."""

from collections.abc import Iterable
from typing import NamedTuple

from rehearsal.engine.errors import SampleError


class Mistake(NamedTuple):
    """Be one mistake of a file, on a line that counts from 1."""

    line: int
    text: str


class SeriesFileError(SampleError):
    """Report everything that is wrong with a file of series, a line of text for each mistake."""

    def __init__(self, name: str, mistakes: Iterable[Mistake]) -> None:
        # What several series take over from their file is wrong once.
        distinct = dict.fromkeys(mistakes)
        self.mistakes = tuple(sorted(distinct, key=lambda mistake: mistake.line))
        super().__init__("\n".join(f"{name}:{line}: {text}" for line, text in self.mistakes))
