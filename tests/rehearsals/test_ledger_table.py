"""The ledger's table in a rehearsal answers what moto's DynamoDB answers, call by call."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from rehearsal.world.aws.expressions import Values, holds, update
from rehearsal.world.aws.ledger_table import LedgerTable
from rehearsal.world.aws.wire import Clients
from rehearsal.world.clock import SimulatedClock
from rehearsal.world.errors import UnknownCallError
from watchkeeper.definitions.errors import LedgerError
from watchkeeper.ledger.lease import Lease
from watchkeeper.ledger.table import Ledger, pack
from watchkeeper.ledger.tally import Tally

TABLE = "ledger"
KEYS: dict[str, Any] = {"source": "HASH", "bucket": "RANGE"}


@pytest.fixture
def ours() -> Any:
    """Give a client of the rehearsal's table."""
    table = LedgerTable(TABLE, partition_key="source", sort_key="bucket")
    clock = SimulatedClock(0)
    return Clients(region="us-east-1", clock=clock, responders={"dynamodb": table})("dynamodb")


@contextmanager
def moto() -> Iterator[Any]:
    """Give a client of moto's table; while it is there, moto hears all other clients too."""
    with mock_aws():
        client = boto3.session.Session("x", "y", region_name="us-east-1").client("dynamodb")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in KEYS],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def ledger(client: Any, owner: str, now: float) -> Ledger:
    """Make a ledger over a client, at a time."""
    return Ledger(
        client,
        table=TABLE,
        source="rows",
        owner=owner,
        kept_days=1,
        seconds_left=lambda: 60.0,
        clock=lambda: now,
    )


def live(client: Any, seed: int) -> list[object]:
    """Let several owners use a ledger, well and badly; return all they were answered."""
    chance = random.Random(seed)
    said: list[object] = []
    held: list[Lease] = []
    for now in range(40):
        owner = chance.choice("abc")
        one = ledger(client, owner, float(now))
        try:
            match chance.choice(["take", "commit", "commit", "give_back", "read"]):
                case "take":
                    lease = Lease.take(one, seconds=chance.choice([0.5, 3.25, 10]))
                    held.append(lease)
                    said.append(("took", owner, lease.through, lease.has_recovered))
                case "commit" if held:
                    lease = chance.choice(held)
                    buckets = chance.sample(["b1", "b2", "b3", "b4"], 2)
                    tallies: list[Tally] = [
                        {(name, now): 1} if chance.random() < 0.8 else {} for name in buckets
                    ]
                    packed = {n: pack(n, t) for n, t in zip(buckets, tallies, strict=True)}
                    lease.commit(packed, chance.choice([None, now]), gives_back=now % 3 == 0)
                    said.append("committed")
                case "give_back" if held:
                    chance.choice(held).give_back()
                    said.append("gave back")
                case _:
                    said.append(one.read("b2", "b4"))
        except LedgerError as error:
            said.append((type(error).__name__, str(error)))
    head = ledger(client, "a", 0.0).item("head")
    said.append(client.get_item(**head, ConsistentRead=True).get("Item"))
    return said


@pytest.mark.parametrize("seed", range(8))
def test_a_ledger_lives_on_it_as_on_moto(ours: Any, seed: int) -> None:
    answers = live(ours, seed)
    with moto() as theirs:
        assert answers == live(theirs, seed)
    assert len({str(answer) for answer in answers}) > 5


def refused(client: Any) -> object:
    """Return what a client says of a transaction whose second item is refused."""
    items = [
        {"Put": {"TableName": TABLE, "Item": {"source": {"S": "s"}, "bucket": {"S": "x"}}}},
        {
            "Update": {
                "TableName": TABLE,
                "Key": {"source": {"S": "s"}, "bucket": {"S": "head"}},
                "UpdateExpression": "SET version = :one",
                "ConditionExpression": "version = :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        },
    ]
    with pytest.raises(ClientError) as caught:
        client.transact_write_items(TransactItems=items)
    key = {"source": {"S": "s"}, "bucket": {"S": "x"}}
    assert "Item" not in client.get_item(TableName=TABLE, Key=key)
    reasons = caught.value.response["CancellationReasons"]
    return caught.value.response["Error"], [each["Code"] for each in reasons]


def test_a_refused_transaction_says_why_for_each_item(ours: Any) -> None:
    answer = refused(ours)
    with moto() as theirs:
        assert answer == refused(theirs)


def test_a_long_answer_comes_in_pages(ours: Any) -> None:
    one = ledger(ours, "a", 0.0)
    for number in range(30):
        payload = {"B": bytes(100_000)}
        item = {"source": {"S": "rows"}, "bucket": {"S": f"b{number:02}"}, "payload": payload}
        ours.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": item}}])
    names: list[str] = []
    position: dict[str, Any] = {}
    pages = 0
    while True:
        page = one._query("b03", "b27", **position)
        names += [item["bucket"]["S"] for item in page["Items"]]
        pages += 1
        if "LastEvaluatedKey" not in page:
            break
        position = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert names == [f"b{number:02}" for number in range(3, 28)]
    assert pages > 2


NOBODY = Values({}, {":a": {"S": "a"}, ":n": {"N": "2.0"}})
HELD = {"owner": {"S": "a"}, "until": {"N": "2"}}
CONDITIONS = [
    ("owner = :a", True),
    ("owner <> :a", False),
    ("other = :a", False),
    ("other <> :a", True),
    ("until = :n", True),
    ("until < :n", False),
    ("until <= :n AND owner = :a", True),
    ("until > :n OR owner = :a", True),
    ("owner = :n", False),
    ("attribute_not_exists(owner)", False),
    ("attribute_not_exists(other) AND until >= :n", True),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_a_condition_is_judged(condition: str, expected: bool) -> None:
    assert holds(condition, HELD, NOBODY) is expected


@pytest.mark.parametrize(
    "expression", ["ADD version :n", "SET a = b + :n", "SET a = :a, b", "", "DELETE x"]
)
def test_an_update_that_the_ledger_does_not_use_is_refused_by_name(expression: str) -> None:
    with pytest.raises(UnknownCallError, match="no stand-in"):
        update(expression, HELD, NOBODY)


@pytest.mark.parametrize("condition", ["size(a) > :n", "NOT owner = :a", "begins_with(a, :a)"])
def test_a_condition_that_the_ledger_does_not_use_is_refused_by_name(condition: str) -> None:
    with pytest.raises(UnknownCallError, match="no stand-in"):
        holds(condition, HELD, NOBODY)


def test_a_call_that_the_ledger_does_not_make_is_refused_by_name(ours: Any) -> None:
    with pytest.raises(UnknownCallError, match="Scan"):
        ours.scan(TableName=TABLE)
