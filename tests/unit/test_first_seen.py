"""In which minute it is counted what a run sees first, when its row says so and when not."""

import pytest

from watchkeeper.collection.first_seen import GRACE_MINUTES, place
from watchkeeper.collection.steps import Mover
from watchkeeper.collection.unsubscribes import Unsubscribe
from watchkeeper.ledger.progress import Window

SINCE, UNTIL = 1000, 1005
PLACES: list[tuple[str, list[int | None], list[int]]] = [
    # what is known, updated_at of each, the minute of each
    ("nobody left", [], []),
    ("it says when", [1003], [1003]),
    ("just before the last run, and was not visible then", [SINCE - GRACE_MINUTES], [990]),
    ("so long before it that it means something else", [SINCE - GRACE_MINUTES - 1], [1000]),
    ("since the event of this run", [UNTIL + 2], [UNTIL]),
    ("a clock far ahead", [UNTIL + GRACE_MINUTES + 1], [1000]),
    ("it does not say when", [None], [1000]),
    ("several do not: spread evenly", [None] * 5, [1000, 1001, 1002, 1003, 1004]),
    ("more than there are minutes", [None] * 7, [1000, 1000, 1001, 1002, 1002, 1003, 1004]),
    ("fewer than there are minutes", [None] * 2, [1000, 1002]),
    ("some say and some do not", [1004, None, 1004, None], [1004, 1000, 1004, 1002]),
]


@pytest.mark.parametrize(
    ("updated", "expected"), [case[1:] for case in PLACES], ids=[case[0] for case in PLACES]
)
def test_an_unsubscribe_is_placed_when_it_can_have_happened(
    updated: list[int | None], expected: list[int]
) -> None:
    left = [
        Unsubscribe(id=f"mail {number}", type="daily_digest", sent=0, updated=minute)
        for number, minute in enumerate(updated)
    ]
    minutes = place({one.key: one.updated for one in left}, Window(since=SINCE, until=UNTIL))
    assert [minutes[one.key] for one in left] == expected


def test_a_repeated_event_places_what_it_finds_in_the_minute_before_it() -> None:
    left = [Unsubscribe(id=f"mail {number}", type="x", sent=0, updated=None) for number in "12"]
    assert set(
        place({one.key: one.updated for one in left}, Window(since=UNTIL, until=UNTIL)).values()
    ) == {UNTIL - 1}


def test_steps_without_a_time_are_spread_over_the_time_since_the_last_run() -> None:
    def mover(name: str, updated: int | None) -> Mover:
        return Mover(
            id=name, created=0, type="", steps=("issued",), cents=1, updated=updated,
            is_owed=False, example=None,
        )  # fmt: skip

    window = Window(since=1000, until=1060)
    movers = [mover("a", None), mover("b", 1030), mover("c", 5), mover("d", 1062)]
    minutes = place({one.digest: one.updated for one in movers}, window)
    assert [minutes[movers[number].digest] for number in (1, 3)] == [1030, 1060]
    assert sorted(minutes[movers[number].digest] for number in (0, 2)) == [1000, 1030]
