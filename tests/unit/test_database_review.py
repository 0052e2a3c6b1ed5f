"""The arithmetic behind the database's figures: counters, growth, indexes."""

from datetime import date

import pytest

from watchkeeper.collection.counters import Counter, mean_milliseconds, since_before, to_tally
from watchkeeper.collection.index_review import (
    FoundIndex,
    missing_indexes,
    normalised,
    unused_indexes,
)
from watchkeeper.collection.table_growth import (
    FLOOR_BYTES,
    bucket_of,
    fastest_growth,
    first_bucket,
    to_sizes,
)
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.workloads.storytailor.indexes import IndexDefinition

TODAY = date(2026, 3, 3)
WANTED = IndexDefinition(
    name="wanted",
    table="email_delivery_log",
    columns=("sent_at",),
    predicate="status = 'unsubscribed'",
)


def counter(count: int, microseconds: int = 0, reset: int = 0) -> Counter:
    return Counter(source="s", name="f", count=count, microseconds=microseconds, reset=reset)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        # before, now, (count, microseconds) since; None: it cannot be known
        (None, counter(10, 100), None),
        (counter(10, 100), counter(10, 100), (0, 0)),
        (counter(10, 100), counter(12, 150), (2, 50)),
        (counter(10, 100), counter(3, 30), None),
        (counter(10, 100), counter(12, 30), None),
        (counter(10, 100), counter(3, 30, reset=7), (3, 30)),
        # As many since the reset as before it: without its time nobody would see it.
        (counter(10, 100), counter(12, 400, reset=7), (12, 400)),
    ],
)
def test_what_happened_since_before_is_told_or_not_at_all(
    before: Counter | None, now: Counter, expected: tuple[int, int] | None
) -> None:
    assert since_before(now, to_tally([before] if before else [])) == expected


def test_a_function_without_calls_has_no_mean() -> None:
    before = to_tally([counter(10, 100)])
    assert mean_milliseconds([counter(10, 100)], before) == {}
    assert mean_milliseconds([counter(14, 8100)], before) == {"f": 2.0}


def test_a_counter_counted_otherwise_is_another_one() -> None:
    other = Counter(source="t", name="f", count=50)
    assert since_before(other, to_tally([counter(10)])) is None


@pytest.mark.parametrize(
    ("size", "history", "percent"),
    [
        # size now, size by day, growth in percent
        (2 * FLOOR_BYTES, {}, 0.0),
        (2 * FLOOR_BYTES, {TODAY: FLOOR_BYTES}, 100.0),
        (3 * FLOOR_BYTES, {date(2026, 2, 24): FLOOR_BYTES, TODAY: 2 * FLOOR_BYTES}, 200.0),
        # A table that doubles and is still small.
        (FLOOR_BYTES - 1, {TODAY: 1000}, 0.0),
        (FLOOR_BYTES, {TODAY: FLOOR_BYTES // 2}, 100.0),
        (FLOOR_BYTES, {TODAY: 2 * FLOOR_BYTES}, -50.0),
        (FLOOR_BYTES, {TODAY: 0}, 0.0),
    ],
)
def test_growth_is_against_the_oldest_of_seven_days(
    size: int, history: dict[date, int], percent: float
) -> None:
    known = {bucket_of(day): to_sizes({"t": before}) for day, before in history.items()}
    assert fastest_growth({"t": size}, known) == ("t", percent)


def test_the_fastest_table_is_told_and_none_where_there_is_none() -> None:
    known = {bucket_of(TODAY): to_sizes({"a": FLOOR_BYTES, "b": FLOOR_BYTES})}
    sizes = {"a": FLOOR_BYTES + 1, "b": 2 * FLOOR_BYTES}
    assert fastest_growth(sizes, known) == ("b", 100.0)
    assert fastest_growth({}, known) is None


def test_seven_days_are_compared_across_a_month_end() -> None:
    assert first_bucket(TODAY) == "sizes-2026-02-24"


def found(**changes: object) -> FoundIndex:
    values: dict[str, object] = {
        "table": "email_delivery_log",
        "table_columns": ("id", "sent_at", "status"),
        "name": "any_name",
        "columns": ("sent_at",),
        "predicate": "(status = 'unsubscribed'::text)",
        "is_usable": True,
        "is_constraint": False,
        "scans": 1,
        **changes,
    }
    return FoundIndex(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "is_missing"),
    [
        ({}, False),
        ({"columns": ("sent_at", "id")}, False),
        ({"predicate": "((status)::text = 'unsubscribed'::text)"}, False),
        ({"predicate": "(status = 'unsubscribed'::mail.email_status)"}, False),
        ({"columns": ("id", "sent_at")}, True),
        ({"predicate": ""}, True),
        ({"predicate": "(status = 'bounced'::text)"}, True),
        ({"is_usable": False}, True),
        ({"name": None, "columns": (), "is_usable": False}, True),
        # Nothing to index: the column is absent.
        ({"table_columns": ("id",), "columns": ("id",)}, False),
    ],
)
def test_an_index_is_missing_when_none_does_its_work(
    changes: dict[str, object], is_missing: bool
) -> None:
    assert missing_indexes([WANTED], [found(**changes)]) == (["wanted"] if is_missing else [])


def test_an_index_of_another_table_does_not_do_the_work() -> None:
    others = [found(columns=("id",)), found(table="reward_ledger")]
    assert missing_indexes([WANTED], others) == ["wanted"]
    assert missing_indexes([WANTED], [found(table="reward_ledger")]) == []


def test_an_index_is_unused_when_nothing_needs_it() -> None:
    indexes = [
        found(name="used"),
        found(name="idle", scans=0),
        found(name="key", scans=0, is_constraint=True),
        found(name=None, scans=0),
    ]
    assert unused_indexes(indexes) == ["idle"]


@pytest.mark.parametrize(
    ("predicate", "plain"),
    [
        ("(a = 'x'::character varying)", "a='x'"),
        ("((a = 'x'::text) AND (b > 0))", "a='x'andb>0"),
        ("(at > '2026-01-01'::timestamp with time zone)", "at>'2026-01-01'"),
    ],
)
def test_a_condition_is_compared_without_its_trimmings(predicate: str, plain: str) -> None:
    assert normalised(predicate) == plain


def test_an_index_on_nothing_is_refused() -> None:
    with pytest.raises(DefinitionError, match="expected one or more columns"):
        IndexDefinition(name="i", table="t", columns=())
