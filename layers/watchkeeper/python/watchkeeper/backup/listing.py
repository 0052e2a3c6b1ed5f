"""List everything below a path twice, and tell where the two listings do not agree."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from watchkeeper.backup.calls import (
    MAX_NAMED,
    CallRefusedError,
    Remaining,
    listed,
    run_each,
)
from watchkeeper.backup.parameter_store import (
    DESCRIPTIONS_PER_PAGE,
    VALUES_PER_PAGE,
    Answer,
    ByName,
    ParameterStore,
)
from watchkeeper.definitions.errors import BackupError

T = TypeVar("T")


class ChangedMeanwhileError(BackupError):
    """Report a parameter whose parts were read at different versions."""


@dataclass(kw_only=True)
class Listings:
    """Hold what the two listings said of each parameter."""

    values: ByName = field(default_factory=dict)
    descriptions: ByName = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """List every name that either listing knows, in order."""
        return sorted(self.values.keys() | self.descriptions.keys())

    def only(self, names: Collection[str]) -> "Listings":
        """Return the listings without all other names."""
        return Listings(
            values={name: each for name, each in self.values.items() if name in names},
            descriptions={name: each for name, each in self.descriptions.items() if name in names},
        )

    def agreeing(self, name: str) -> tuple[Answer, Answer]:
        """Give a parameter's value and description; raise when they are not of one version."""
        value, description = self.values.get(name), self.descriptions.get(name)
        if value is None:
            raise ChangedMeanwhileError("not given by GetParametersByPath")
        if description is None:
            raise ChangedMeanwhileError("not given by DescribeParameters")
        if value["Version"] != description["Version"]:
            raise ChangedMeanwhileError(
                f"version {value['Version']} by its value and {description['Version']} by its "
                "description"
            )
        return value, description


def list_parameters(store: ParameterStore, path: str, remaining: Remaining) -> Listings:
    """List values and descriptions side by side; raise when either cannot be listed."""
    found = Listings()
    refusals: list[CallRefusedError] = []

    def list_values() -> None:
        try:
            store.add_values(path, found.values)
        except CallRefusedError as error:
            refusals.append(error)

    def list_descriptions() -> None:
        store.add_descriptions(path, found.descriptions)

    run_each(lambda listing: listing(), [list_values, list_descriptions], remaining)
    if refusals:
        _refuse_page(store, found, refusals[0])
    return found


def _refuse_page(store: ParameterStore, found: Listings, refusal: CallRefusedError) -> None:
    """Find out which parameters a refused page was refused for, and raise.

    One secret whose key the role may not use makes the whole page fail, without a name. The
    search ends after twenty: then the right to read is missing altogether.
    """
    unreadable: list[str] = []
    unlisted = [name for name in found.names if name not in found.values]
    for batch in batches(unlisted, VALUES_PER_PAGE):
        unreadable += _unreadable(store, batch)
        if len(unreadable) >= MAX_NAMED:
            break
    named = f", and so was the reading alone of {listed(unreadable)}" if unreadable else ""
    raise BackupError(f"the values could not be listed: {refusal}{named}") from refusal


def _unreadable(store: ParameterStore, names: Sequence[str]) -> list[str]:
    try:
        store.values_of(names)
    except CallRefusedError:
        if len(names) == 1:
            return list(names)
        return [refused for name in names for refused in _unreadable(store, [name])]
    return []


def list_again(store: ParameterStore, listings: Listings, names: Sequence[str]) -> None:
    """Read some parameters by name; those that are gone leave both listings."""
    for name in names:
        listings.values.pop(name, None)
        listings.descriptions.pop(name, None)
    for batch in batches(names, DESCRIPTIONS_PER_PAGE):
        listings.descriptions |= store.descriptions_of(batch)
    for batch in batches(names, VALUES_PER_PAGE):
        listings.values |= store.values_of(batch)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of at most this size."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
