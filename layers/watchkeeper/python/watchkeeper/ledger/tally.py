"""What a bucket holds, and what is owed when a recount finds something else.

A tally says how often each thing was counted in one bucket: an execution of a type, a veto with a
reason, one duration in milliseconds, one unsubscribed e-mail. A bucket's tally in the ledger is
exactly what has been emitted for it.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from watchkeeper.definitions.errors import LedgerError

Key = tuple[str | int, ...]
Tally = Mapping[Key, int]

# An item of DynamoDB holds 400 KB with its names and keys (DynamoDB developer guide, quotas).
MAX_PAYLOAD_BYTES = 380_000


def settle(emitted: Tally, found: Tally, *, only_grows: Callable[[Key], bool]) -> Tally:
    """Return the tally once what is owed between `emitted` and `found` has been emitted.

    A sample cannot be taken back from a distribution: counts of keys that only grow never fall.
    """
    kept = {key: count for key, count in emitted.items() if only_grows(key)}
    return {
        **kept,
        **{key: max(count, kept.get(key, 0)) for key, count in found.items() if count},
    }


def differences(emitted: Tally, settled: Tally) -> Iterator[tuple[Key, int]]:
    """List what has changed, by how much: falls are negative, what is equal is left out."""
    for key in sorted(emitted.keys() | settled.keys(), key=repr):
        change = settled.get(key, 0) - emitted.get(key, 0)
        if change:
            yield key, change


def to_payload(tally: Tally, bucket: str) -> bytes:
    """Pack a tally for the ledger; equal tallies are packed equally."""
    lines = sorted(([*key, count] for key, count in tally.items()), key=repr)
    payload = zlib.compress(json.dumps(lines, separators=(",", ":")).encode())
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise LedgerError(
            f"bucket {bucket} holds {len(tally)} different things in {len(payload)} bytes, "
            f"expected at most {MAX_PAYLOAD_BYTES}: it does not fit into one item of the ledger"
        )
    return payload


def from_payload(payload: bytes, bucket: str) -> Tally:
    """Unpack a tally; refuse a payload that is damaged."""
    try:
        lines: list[list[Any]] = json.loads(zlib.decompress(payload))
        return {tuple(line[:-1]): int(line[-1]) for line in lines}
    except (zlib.error, ValueError, TypeError, IndexError) as error:
        raise LedgerError(f"bucket {bucket} of the ledger cannot be read: {error}") from error
