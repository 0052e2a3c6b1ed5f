"""Restore parameters from an export: compare, write what is missing or differs, read it back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watchkeeper.backup.calls import Rates, Remaining, listed, run_each
from watchkeeper.backup.listing import Listings, list_again, list_parameters
from watchkeeper.backup.parameter_store import ParameterStore
from watchkeeper.backup.reading import read_listed
from watchkeeper.backup.record import ParameterRecord
from watchkeeper.backup.sealing import Sealing
from watchkeeper.definitions.errors import BackupError
from watchkeeper.operations.plan import Restoration, plan, steps
from watchkeeper.operations.selection import Selection
from watchkeeper.operations.writing import DAY_SECONDS, Writer

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Hold what became of the comparison of an export with an account."""

    restorations: tuple[Restoration, ...]
    only_in_account: tuple[str, ...]

    @property
    def added(self) -> list[Restoration]:
        """List what the account lacks."""
        return [each for each in self.restorations if each.live is None]

    @property
    def changed(self) -> list[Restoration]:
        """List what is different in the account."""
        return [each for each in self.restorations if each.live is not None and each.fields]

    @property
    def unchanged(self) -> list[Restoration]:
        """List what already is as the export says."""
        return [each for each in self.restorations if each.is_unchanged]

    def writable(self, *, overwrite: bool) -> list[Restoration]:
        """List what may be written: without `overwrite` nothing that somebody else wrote."""
        different = [*self.added, *self.changed]
        return [
            each
            for each in sorted(different, key=lambda each: each.name)
            if not each.obstacle and (overwrite or not each.overwrites)
        ]


class Restorer:
    """Compare one account with the records of an export, and write to it."""

    def __init__(
        self, ssm: Any, sealing: Sealing, *, rates: Rates | None = None, key_id: str = ""
    ) -> None:
        self._ssm = ssm
        self._sealing = sealing
        self._rates = rates or Rates()
        self._key_id = key_id
        self._remaining: Remaining = lambda: DAY_SECONDS
        self._store = ParameterStore(ssm, self._rates, self._remaining)

    def compare(
        self, records: Sequence[ParameterRecord], path: str, selection: Selection, now: datetime
    ) -> Comparison:
        """Compare the chosen records with the account, secrets opened on both sides."""
        listings = list_parameters(self._store, path, self._remaining)
        kept = {each.name: each for each in records}
        chosen = selection.of(kept.keys() | set(listings.names))
        live = self._details(listings.only(chosen & kept.keys()))
        return Comparison(
            restorations=tuple(
                plan(each, live.get(each.name), key_id=self._key_id, now=now)
                for each in self._opened([kept[name] for name in sorted(chosen & kept.keys())])
            ),
            only_in_account=tuple(sorted(chosen - kept.keys())),
        )

    def write(
        self, restorations: Sequence[Restoration], writer: Writer, progress: Progress
    ) -> None:
        """Write parameters one after the other; raise by name where it had to stop."""
        for place, each in enumerate(restorations, start=1):
            progress(place, len(restorations), each.name)
            try:
                for step in steps(each):
                    writer.take(each.name, step)
            except BackupError as error:
                raise BackupError(
                    f"{each.name}: {error}; {place - 1} of {len(restorations)} are restored, "
                    "run it again to go on"
                ) from error

    def verify(self, written: Sequence[Restoration], now: datetime) -> None:
        """Read everything back that was written; raise by name when anything is not as it was."""
        listings = Listings()
        list_again(self._store, listings, [each.name for each in written])
        live = self._details(listings)
        wrong = {
            each.name
            for each in written
            if not plan(each.kept, live.get(each.name), key_id="", now=now).is_unchanged
        }
        if wrong:
            raise BackupError(f"written, but reading back gives something else: {listed(wrong)}")

    def _details(self, listings: Listings) -> Mapping[str, ParameterRecord]:
        records = read_listed(self._store, listings, self._rates, self._remaining)
        return {each.name: each for each in records}

    def _opened(self, records: Sequence[ParameterRecord]) -> list[ParameterRecord]:
        return run_each(self._open, records, self._remaining)

    def _open(self, record: ParameterRecord) -> ParameterRecord:
        try:
            return self._sealing.open(record)
        except BackupError as error:
            raise BackupError(f"{record.name} does not open: {error}") from error
