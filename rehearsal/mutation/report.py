"""What came of a mutation run: frozen, and as text for a terminal."""

from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.mutation.mutant import Mutant


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """Be a mutant that a rehearsal fails on, with the title of its scenario."""

    mutant: Mutant
    scenario: str


@dataclass(frozen=True, kw_only=True)
class Survivor:
    """Be a mutant that passes every rehearsal; `nearest` names its alarm, if any scenario does."""

    mutant: Mutant
    nearest: str | None


@dataclass(frozen=True, kw_only=True)
class Equivalent:
    """Be a mutant that no data could tell from its alarm, and why."""

    mutant: Mutant
    reason: str


@dataclass(frozen=True, kw_only=True)
class MutationReport:
    """Hold what became of every mutant, in the order of the alarms."""

    noticed: tuple[Noticed, ...] = ()
    survivors: tuple[Survivor, ...] = ()
    equivalent: tuple[Equivalent, ...] = ()

    @property
    def score(self) -> float:
        """Return the share of mutants that were noticed, of those that could be; 1 without any."""
        count = len(self.noticed) + len(self.survivors)
        return len(self.noticed) / count if count else 1.0

    def __str__(self) -> str:
        """Tell it on a terminal: the survivors first, for they are work to do."""
        return "\n".join(self._list_lines())

    def _list_lines(self) -> Iterator[str]:
        if self.survivors:
            yield "No rehearsal noticed:"
        for survivor in self.survivors:
            place = f'nearest: "{survivor.nearest}"' if survivor.nearest else "no scenario names it"
            yield f"  {survivor.mutant} ({place})"
        if self.equivalent:
            yield "Not counted, for no data could tell them from their alarm:"
        for each in self.equivalent:
            yield f"  {each.mutant} ({each.reason})"
        count = len(self.noticed) + len(self.survivors)
        yield f"{len(self.noticed)} of {count} mutants noticed: {_floor_percent(self.score)} %"


def _floor_percent(share: float) -> str:
    """Write a share in tenths of a percent, rounded down: 89.96 % is not 90."""
    return f"{int(share * 1000) / 10:.1f}"
