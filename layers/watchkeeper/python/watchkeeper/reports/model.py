"""What a report is, before anybody has written it as text or as HTML: frozen, and full of words."""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from watchkeeper.definitions.errors import DefinitionError


class Verdict(StrEnum):
    """Say in words how a figure stands against its target; colour only repeats it."""

    MET = "met"
    MISSED = "MISSED"
    TOO_FEW = "too few"
    NO_DATA = "no data"
    NONE = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Be one figure beside its target; `before` is the same figure of the period before."""

    name: str
    value: str
    before: str = ""
    target: str = ""
    verdict: Verdict = Verdict.NONE

    def __post_init__(self) -> None:
        """Refuse a verdict on nothing."""
        if bool(self.target) != bool(self.verdict):
            raise DefinitionError(
                f"figure {self.name}: target {self.target!r} and verdict {self.verdict!r}, "
                "expected both or neither"
            )

    @property
    def sentence(self) -> str:
        """Say the figure and its target in one line."""
        return f"{self.name}: {self.value}, target {self.target}"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Be a horizontal bar: a fraction of the widest one in its column."""

    fraction: float

    def __post_init__(self) -> None:
        """Refuse a bar that no column could hold."""
        if not 0 <= self.fraction <= 1:
            raise DefinitionError(f"bar is {self.fraction}, expected 0 to 1")


Cell = str | Bar


@dataclass(frozen=True, kw_only=True)
class Column:
    """Be the head of a column; words stand left, numbers right."""

    heading: str
    is_words: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Be a table; `figures` are those of its cells that were held against a target."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: tuple[Figure, ...] = ()

    def __post_init__(self) -> None:
        """Refuse rows that do not fit the head."""
        for row in self.rows:
            if len(row) != len(self.columns):
                raise DefinitionError(
                    f"table {self.title!r}: a row of {len(row)} cells, expected {len(self.columns)}"
                )


@dataclass(frozen=True, kw_only=True)
class Section:
    """Be one part of a report; `unavailable` says why there is nothing to tell."""

    title: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    sentences: tuple[str, ...] = ()
    unavailable: str = ""

    @property
    def judged(self) -> Iterator[Figure]:
        """Yield every figure that has a target."""
        everything = (*self.figures, *(each for table in self.tables for each in table.figures))
        return (figure for figure in everything if figure.target)


@dataclass(frozen=True, kw_only=True)
class Report:
    """Be one report on one period, `since` to before `until` (UTC), made on `day`."""

    kind: str
    title: str
    environment: str
    day: date
    since: datetime
    until: datetime
    sections: tuple[Section, ...]
    guide: str

    @property
    def judged(self) -> tuple[Figure, ...]:
        """List every figure that has a target, in the order of the report."""
        return tuple(figure for section in self.sections for figure in section.judged)

    @property
    def missed(self) -> tuple[Figure, ...]:
        """List the figures that missed their target."""
        return tuple(figure for figure in self.judged if figure.verdict is Verdict.MISSED)

    @property
    def unavailable(self) -> tuple[Section, ...]:
        """List the parts that have nothing to tell, and should have."""
        return tuple(section for section in self.sections if section.unavailable)

    @property
    def headline(self) -> str:
        """Say in one line how many targets were missed and met, and what could not be read."""
        decided = [each for each in self.judged if each.verdict in (Verdict.MET, Verdict.MISSED)]
        parts = [f"{len(self.missed)} of {len(decided)} targets missed"]
        if not decided:
            parts = ["no target could be judged"]
        elif not self.missed:
            parts = [f"all {len(decided)} targets met"]
        if self.unavailable:
            parts.append(f"{counted(len(self.unavailable), 'part')} not available")
        return ", ".join(parts)

    @property
    def subject(self) -> str:
        """Give the subject of the mail."""
        return f"Storytailor {self.environment}: {self.title} {self.day}: {self.headline}"

    def to_json(self) -> str:
        """Write the report for a machine."""
        document = {"headline": self.headline, **dataclasses.asdict(self)}
        return json.dumps(document, default=_plain, indent=1, ensure_ascii=False)


def counted(count: int, noun: str) -> str:
    """Say how many there are of something."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not belong into a report")
