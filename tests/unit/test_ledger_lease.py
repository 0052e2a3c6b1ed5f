"""Who may emit, and what a commit is worth, against DynamoDB as moto plays it."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.integration.counting_account import TABLE, aws
from watchkeeper.definitions.errors import LedgerBusyError, LedgerError
from watchkeeper.ledger.lease import MAX_COMMITS, Lease
from watchkeeper.ledger.table import CALL_SECONDS, HEAD, Ledger, pack
from watchkeeper.ledger.tally import Key, Tally

SOURCE = "pipeline_executions"
BUCKET = "2026-01-31T20:00"
TALLY: Tally = {("execution", "daily_digest", "", 0, 0): 3}
THROUGH = 29_498_160
LEASE_SECONDS = 65.0
KEPT_DAYS = 16


class FlakyClient:
    """Be a DynamoDB client of which single calls fail as told, before or after they arrive."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.fails_before: dict[str, list[Exception]] = {}
        self.fails_after: dict[str, list[Exception]] = {}
        self.calls: list[str] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.calls.append(operation)
            if self.fails_before.get(operation):
                raise self.fails_before[operation].pop(0)
            answer = getattr(self.client, operation)(**arguments)
            if self.fails_after.get(operation):
                raise self.fails_after[operation].pop(0)
            return answer

        return call


class Bench:
    """Make ledgers of several runs over one table, with one clock."""

    def __init__(self, client: Any) -> None:
        self.client = FlakyClient(client)
        self.now = 1_769_889_600.0
        self.seconds_left = 60.0

    def ledger(self, owner: str, source: str = SOURCE) -> Ledger:
        return Ledger(
            self.client,
            table=TABLE,
            source=source,
            owner=owner,
            kept_days=KEPT_DAYS,
            seconds_left=lambda: self.seconds_left,
            clock=lambda: self.now,
        )

    def take(self, owner: str, source: str = SOURCE) -> Lease:
        return Lease.take(self.ledger(owner, source), seconds=LEASE_SECONDS)

    def commit(self, lease: Lease, through: int = THROUGH, *, gives_back: bool = True) -> None:
        with lease.emission():
            lease.commit({BUCKET: pack(BUCKET, TALLY)}, through, gives_back=gives_back)

    def item(self, bucket: str) -> dict[str, Any]:
        key = {"source": {"S": SOURCE}, "bucket": {"S": bucket}}
        found: dict[str, Any] = self.client.client.get_item(TableName=TABLE, Key=key)
        item: dict[str, Any] = found.get("Item", {})
        return item


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr("watchkeeper.ledger.lease.time.sleep", lambda _seconds: None)
    with aws() as (dynamodb, _):
        yield Bench(dynamodb)


def refusal(code: str, *reasons: str) -> ClientError:
    """Make an error as DynamoDB answers it, with a reason for each item of a transaction."""
    response: Any = {"Error": {"Code": code, "Message": "as the test says"}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "TransactWriteItems")


LOST = ReadTimeoutError(endpoint_url="https://dynamodb")


def test_the_first_lease_finds_nothing_counted(bench: Bench) -> None:
    lease = bench.take("one")
    assert lease.through is None
    assert not lease.has_recovered


def test_what_was_committed_is_found_by_the_next_run(bench: Bench) -> None:
    bench.commit(bench.take("one"))
    assert bench.take("two").through == THROUGH
    assert bench.ledger("two").read(BUCKET, BUCKET) == {BUCKET: TALLY}


def test_sources_have_ledgers_of_their_own(bench: Bench) -> None:
    bench.commit(bench.take("one"))
    assert bench.take("two", source="emails_sent").through is None
    assert not bench.ledger("two", source="emails_sent").read(BUCKET, BUCKET)


def test_a_lease_that_is_held_is_refused_to_others(bench: Bench) -> None:
    bench.take("one")
    with pytest.raises(LedgerBusyError, match="another run holds the ledger of pipeline_exec"):
        bench.take("two")


def test_a_lease_in_the_middle_of_a_transaction_counts_as_held(bench: Bench) -> None:
    bench.client.fails_before["update_item"] = [refusal("TransactionConflictException")]
    with pytest.raises(LedgerBusyError):
        bench.take("one")


LEASES: list[tuple[str, Callable[[Bench, Lease], object], float, bool]] = [
    # how the run before ended, what it did, seconds until the next run, is it told as died
    ("it committed", lambda bench, lease: bench.commit(lease), 0.0, False),
    ("it gave the lease back", lambda _bench, lease: lease.give_back(), 0.0, False),
    ("it committed, and died after", lambda bench, lease: bench.commit(lease), 300.0, False),
    (
        "it died between two steps",
        lambda bench, lease: bench.commit(lease, gives_back=False),
        300.0,
        True,
    ),
    ("it died at once", lambda _bench, _lease: None, LEASE_SECONDS + 1, True),
]


@pytest.mark.parametrize(
    ("end", "seconds", "is_told"), [case[1:] for case in LEASES], ids=[case[0] for case in LEASES]
)
def test_a_run_that_died_with_the_lease_is_told(
    bench: Bench, end: Callable[[Bench, Lease], object], seconds: float, is_told: bool
) -> None:
    end(bench, bench.take("one"))
    bench.now += seconds
    assert bench.take("two").has_recovered is is_told


def test_a_run_whose_first_try_was_lost_takes_its_own_lease_again(bench: Bench) -> None:
    bench.take("one")
    assert not bench.take("one").has_recovered


def test_a_run_that_died_before_its_first_commit_leaves_a_first_run(bench: Bench) -> None:
    bench.take("one")
    bench.now += LEASE_SECONDS + 1
    assert bench.take("two").through is None


def test_an_empty_bucket_goes_and_a_full_one_stays_for_its_days(bench: Bench) -> None:
    lease = bench.take("one")
    bench.commit(lease, gives_back=False)
    assert int(bench.item(BUCKET)["expires_at"]["N"]) == int(bench.now) + KEPT_DAYS * 86_400
    with lease.emission():
        lease.commit({BUCKET: pack(BUCKET, {})}, THROUGH + 5, gives_back=True)
    assert not bench.item(BUCKET)
    assert "expires_at" not in bench.item(HEAD)


def test_nothing_of_a_commit_is_written_once_another_run_has_the_lease(bench: Bench) -> None:
    slow = bench.take("slow")
    with slow.emission():
        bench.now += LEASE_SECONDS + 1
        bench.commit(bench.take("quick"), THROUGH + 5)
        payloads = {BUCKET: pack(BUCKET, {("execution", "crisis_alert", "", 0, 0): 1})}
        with pytest.raises(LedgerError, match="could not commit"):
            slow.commit(payloads, THROUGH, gives_back=True)
    assert bench.ledger("next").read(BUCKET, BUCKET) == {BUCKET: TALLY}
    assert bench.take("next").through == THROUGH + 5


def test_nothing_is_emitted_once_the_lease_is_over(bench: Bench) -> None:
    lease = bench.take("one")
    bench.now += LEASE_SECONDS
    with pytest.raises(LedgerError, match="lease on the ledger of pipeline_executions is over"):
        bench.commit(lease)


def test_nothing_is_emitted_when_the_commit_could_not_be_waited_for(bench: Bench) -> None:
    lease = bench.take("one")
    bench.seconds_left = CALL_SECONDS - 0.1
    with pytest.raises(LedgerError, match=r"11\.9 s are left to commit"):
        bench.commit(lease)


def test_a_commit_whose_answer_was_lost_counts_when_it_arrived(bench: Bench) -> None:
    bench.client.fails_after["transact_write_items"] = [LOST]
    lease = bench.take("one")
    bench.commit(lease, gives_back=False)
    bench.commit(lease, THROUGH + 5)
    assert bench.take("two").through == THROUGH + 5


def test_a_commit_that_never_arrived_leaves_the_lease_to_run_out(bench: Bench) -> None:
    bench.client.fails_before["transact_write_items"] = [LOST]
    lease = bench.take("one")
    with pytest.raises(LedgerError, match="could not commit"):
        bench.commit(lease)
    lease.give_back()
    with pytest.raises(LedgerBusyError):
        bench.take("two")
    bench.now += LEASE_SECONDS + 1
    assert bench.take("two").has_recovered


def test_anothers_commit_is_not_taken_for_ones_own(bench: Bench) -> None:
    slow = bench.take("slow")
    with slow.emission():
        bench.now += LEASE_SECONDS + 1
        bench.commit(bench.take("quick"))
        # The version that the slow run would have written, by somebody else.
        assert bench.item(HEAD)["version"] == {"N": "1"}
        with pytest.raises(LedgerError, match="could not commit"):
            slow.commit({}, THROUGH, gives_back=True)


PASSING = [
    refusal("TransactionCanceledException", "TransactionConflict", "None"),
    refusal("TransactionCanceledException", "None", "ThrottlingError"),
    refusal("TransactionInProgressException"),
]
LASTING = [
    refusal("TransactionCanceledException", "ConditionalCheckFailed", "None"),
    refusal("TransactionCanceledException", "ConditionalCheckFailed", "TransactionConflict"),
    refusal("TransactionCanceledException", "None", "ValidationError"),
    refusal("AccessDeniedException"),
    refusal("ResourceNotFoundException"),
]


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_a_commit_that_met_another_transaction_is_tried_again(
    bench: Bench, error: ClientError
) -> None:
    bench.client.fails_before["transact_write_items"] = [error, error]
    bench.commit(bench.take("one"))
    assert bench.take("two").through == THROUGH


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_a_commit_that_was_refused_for_good_is_not(bench: Bench, error: ClientError) -> None:
    bench.client.fails_before["transact_write_items"] = [error]
    with pytest.raises(LedgerError, match="could not commit in the ledger of pipeline_exec"):
        bench.commit(bench.take("one"))
    assert bench.client.calls.count("transact_write_items") == 1


def test_a_commit_is_given_up_after_some_tries(bench: Bench) -> None:
    bench.client.fails_before["transact_write_items"] = [PASSING[0]] * 9
    with pytest.raises(LedgerError, match="could not commit"):
        bench.commit(bench.take("one"))
    assert bench.client.calls.count("transact_write_items") == MAX_COMMITS


def test_a_commit_is_not_tried_again_when_time_is_short(bench: Bench) -> None:
    lease = bench.take("one")
    with suppress(LedgerError), lease.emission():
        bench.client.fails_before["transact_write_items"] = [PASSING[0]] * 9
        bench.seconds_left = CALL_SECONDS - 1
        lease.commit({}, THROUGH, gives_back=True)
    assert bench.client.calls.count("transact_write_items") == 1


def prepare_take(bench: Bench) -> Callable[[], object]:
    return lambda: bench.take("one")


def prepare_read(bench: Bench) -> Callable[[], object]:
    return lambda: bench.ledger("one").read(BUCKET, BUCKET)


def prepare_give_back(bench: Bench) -> Callable[[], object]:
    return bench.take("one").give_back


def prepare_lost_commit(bench: Bench) -> Callable[[], object]:
    lease = bench.take("one")
    bench.client.fails_before["transact_write_items"] = [LOST]
    return lambda: bench.commit(lease)


REFUSED = [
    ("update_item", "take the lease", prepare_take),
    ("query", "read buckets", prepare_read),
    ("update_item", "give the lease back", prepare_give_back),
    ("get_item", "find out what was committed", prepare_lost_commit),
]


@pytest.mark.parametrize("error", [refusal("AccessDeniedException"), LOST], ids=str)
@pytest.mark.parametrize(
    ("operation", "task", "prepare"), REFUSED, ids=[case[1] for case in REFUSED]
)
def test_whatever_dynamodb_refuses_is_named(
    bench: Bench,
    operation: str,
    task: str,
    prepare: Callable[[Bench], Callable[[], object]],
    error: Exception,
) -> None:
    action = prepare(bench)
    bench.client.fails_before[operation] = [error]
    with pytest.raises(LedgerError, match=f"could not {task} in the ledger of {SOURCE}: ") as told:
        action()
    assert told.value.retryable
    assert not isinstance(told.value, LedgerBusyError)


@pytest.mark.parametrize("task", ["take the lease", "read buckets", "give the lease back"])
def test_no_call_is_begun_that_could_outlast_the_run(bench: Bench, task: str) -> None:
    lease = bench.take("one")
    bench.seconds_left = CALL_SECONDS - 1
    actions: dict[str, Callable[[], object]] = {
        "take the lease": lambda: bench.take("two"),
        "read buckets": lambda: bench.ledger("one").read(BUCKET, BUCKET),
        "give the lease back": lease.give_back,
    }
    with pytest.raises(LedgerError, match=f"are left to {task}"):
        actions[task]()


def test_more_buckets_than_one_answer_holds_are_all_read(bench: Bench) -> None:
    dice = random.Random(3)
    keys: list[Key] = [(f"{dice.getrandbits(64):016x}",) for _ in range(20_000)]
    tally = dict.fromkeys(keys, 1)
    lease = bench.take("one")
    names = [f"2026-01-31T20:{minute:02}" for minute in range(12)]
    for name in names:
        with lease.emission():
            lease.commit({name: pack(name, tally)}, THROUGH, gives_back=False)
    found = bench.ledger("one").read(names[1], names[10])
    assert list(found) == names[1:11]
    assert all(one == tally for one in found.values())
    assert bench.client.calls.count("query") > 1
