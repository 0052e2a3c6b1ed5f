"""What is owed between what was emitted and what is found, and how it is packed."""

import random

import pytest

from watchkeeper.definitions.errors import LedgerError
from watchkeeper.ledger.tally import (
    MAX_PAYLOAD_BYTES,
    Key,
    Tally,
    differences,
    from_payload,
    settle,
    to_payload,
)

COUNT: Key = ("execution", "daily_digest", "", 0, 0)
VETO: Key = ("veto", "daily_digest", "LOW_CONFIDENCE", 3, 0)
SAMPLE: Key = ("duration", "daily_digest", "", 3, 124_000)
OTHER_SAMPLE: Key = ("duration", "daily_digest", "", 3, 900)


def is_sample(key: Key) -> bool:
    return key[0] == "duration"


CASES: list[tuple[str, Tally, Tally, Tally, dict[Key, int]]] = [
    # what happens, emitted, found, settled, owed
    ("nothing was, nothing is", {}, {}, {}, {}),
    ("a row came", {}, {COUNT: 1}, {COUNT: 1}, {COUNT: 1}),
    ("nothing changed", {COUNT: 2}, {COUNT: 2}, {COUNT: 2}, {}),
    ("a second row came late", {COUNT: 1}, {COUNT: 2}, {COUNT: 2}, {COUNT: 1}),
    ("one of two rows went", {COUNT: 2}, {COUNT: 1}, {COUNT: 1}, {COUNT: -1}),
    ("the only row went", {COUNT: 1}, {}, {}, {COUNT: -1}),
    ("a veto was added", {COUNT: 1}, {COUNT: 1, VETO: 1}, {COUNT: 1, VETO: 1}, {VETO: 1}),
    ("a veto was taken back", {COUNT: 1, VETO: 1}, {COUNT: 1}, {COUNT: 1}, {VETO: -1}),
    ("a count of zero is none", {}, {COUNT: 0}, {}, {}),
    ("a sample came", {}, {SAMPLE: 2}, {SAMPLE: 2}, {SAMPLE: 2}),
    ("a sample cannot be taken back", {SAMPLE: 2}, {SAMPLE: 1}, {SAMPLE: 2}, {}),
    ("not even when its row went", {SAMPLE: 1}, {}, {SAMPLE: 1}, {}),
    (
        "a corrected sample leaves the first one",
        {SAMPLE: 1},
        {OTHER_SAMPLE: 1},
        {SAMPLE: 1, OTHER_SAMPLE: 1},
        {OTHER_SAMPLE: 1},
    ),
    (
        "and is not emitted again when it is corrected back",
        {SAMPLE: 1, OTHER_SAMPLE: 1},
        {SAMPLE: 1},
        {SAMPLE: 1, OTHER_SAMPLE: 1},
        {},
    ),
]


@pytest.mark.parametrize(
    ("emitted", "found", "settled", "owed"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_is_owed_is_the_difference(
    emitted: Tally, found: Tally, settled: Tally, owed: dict[Key, int]
) -> None:
    result = settle(emitted, found, only_grows=is_sample)
    assert result == settled
    assert dict(differences(emitted, result)) == owed


def test_settling_twice_owes_nothing_more() -> None:
    found = {COUNT: 3, SAMPLE: 2}
    once = settle({}, found, only_grows=is_sample)
    assert not list(differences(once, settle(once, found, only_grows=is_sample)))


@pytest.mark.parametrize(
    "tally",
    [
        {COUNT: 1},
        {COUNT: 2, VETO: 1, SAMPLE: 7},
        {("veto", "größer/„seltsam“\n", "", 119, 0): 1},
        {("0f3a9c55d2e01b77",): 1},
    ],
)
def test_a_packed_tally_is_read_back_as_it_was(tally: Tally) -> None:
    assert from_payload(to_payload(tally, "bucket"), "bucket") == tally


def test_equal_tallies_are_packed_equally() -> None:
    assert to_payload({COUNT: 1, SAMPLE: 2}, "b") == to_payload({SAMPLE: 2, COUNT: 1}, "b")


@pytest.mark.parametrize("payload", [b"", b"not packed", to_payload({COUNT: 1}, "b")[:-3]])
def test_a_damaged_payload_is_refused_by_the_name_of_its_bucket(payload: bytes) -> None:
    with pytest.raises(LedgerError, match="bucket 2026-01-31T20:00 of the ledger cannot be read"):
        from_payload(payload, "2026-01-31T20:00")


def test_the_busiest_minute_there_can_be_fits_into_one_item() -> None:
    """A thousand rows a second, fourteen types, durations from 10 ms to five minutes."""
    dice = random.Random(7)
    tally: dict[Key, int] = {}
    for _ in range(60_000):
        kind = f"pipeline_type_{dice.randrange(14)}"
        for measure, after in (("duration", dice.randrange(3)), ("delay", 0)):
            # To three digits in steps of 2, 5 or 10, as the query rounds.
            digits = dice.choice([*range(100, 250, 2), *range(250, 500, 5), *range(500, 1000, 10)])
            key: Key = (measure, kind, "", after, digits * 10 ** dice.randrange(1, 6))
            tally[key] = tally.get(key, 0) + 1
    assert len(to_payload(tally, "2026-01-31T20:00")) < MAX_PAYLOAD_BYTES


def test_a_bucket_that_is_too_large_is_refused_in_words() -> None:
    dice = random.Random(7)
    keys: list[Key] = [(f"{dice.getrandbits(64):016x}",) for _ in range(60_000)]
    tally = dict.fromkeys(keys, 1)
    expected = r"bucket 2026-01-31 holds 60000 different things in \d+ bytes, expected at most"
    with pytest.raises(LedgerError, match=expected):
        to_payload(tally, "2026-01-31")
