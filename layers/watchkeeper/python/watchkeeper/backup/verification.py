"""Prove that an export holds what was read: every parameter, every field, every secret."""

from collections.abc import Sequence
from dataclasses import fields

from watchkeeper.backup.calls import (
    CallExhaustedError,
    CallRefusedError,
    Remaining,
    listed,
    refuse_problems,
    run_each,
)
from watchkeeper.backup.export import decompress
from watchkeeper.backup.record import ParameterRecord
from watchkeeper.backup.sealing import Sealing
from watchkeeper.definitions.errors import BackupError


def verify(
    content: bytes, originals: Sequence[ParameterRecord], sealing: Sealing, remaining: Remaining
) -> None:
    """Open the stored bytes and compare them with what was read; raise when anything differs."""
    stored = {each.name: each for each in decompress(content)}
    expected = {each.name: each for each in originals}
    if stored.keys() != expected.keys():
        raise BackupError(
            f"the export lacks {listed(expected.keys() - stored.keys()) or 'no parameter'} and has "
            f"{listed(stored.keys() - expected.keys()) or 'no parameter'} too many"
        )
    outcomes = run_each(
        lambda name: _difference(stored[name], expected[name], sealing), sorted(stored), remaining
    )
    found = zip(sorted(stored), outcomes, strict=True)
    refuse_problems({name: why for name, why in found if why}, "verified")


def _difference(stored: ParameterRecord, expected: ParameterRecord, sealing: Sealing) -> str:
    """Name the fields that differ, or why a value does not open; empty when all is equal."""
    try:
        opened = sealing.open(stored)
    except CallExhaustedError as error:
        raise CallExhaustedError(f"{stored.name}: {error}") from error
    except CallRefusedError as error:
        return error.code
    except BackupError as error:
        return str(error)
    if opened == expected:
        return ""
    differing = [
        each.name
        for each in fields(ParameterRecord)
        if getattr(opened, each.name) != getattr(expected, each.name)
    ]
    return f"differs in {', '.join(differing)}"
