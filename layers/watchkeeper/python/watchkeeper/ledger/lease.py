"""Who may emit for a source: the lease on its ledger, and the commit that vouches for what was.

One run goes through these steps, and can be killed between any two of them:

1. take the lease: only when nobody holds it, or its holder's time is over;
2. read the buckets of a step from the ledger;
3. recount them in the database, in a snapshot younger than the lease;
4. find what is owed: the difference between the two;
5. emit it;
6. commit the changed buckets, and how far the count has come, in one transaction, on condition
   that lease and version are still those that were taken. The last commit gives the lease back;
7. go on from 2 with the next step.

Killed before 5: nothing was emitted, and the next run finds the same difference. After 6: the
ledger says so. Between 5 and 6 the next run emits the difference of this one step again. That is
the only way in which anything is counted twice, and there is none in which anything is lost.

The head of a ledger holds `lease_owner` and `lease_until`; `version`, the number of its last
commit, and `committer`, who made it; and `through`, how far the source has been counted. The lease
is measured by the wall clock and outlasts the longest time its holder can live, so nothing renews
it. One that is over and was never given back tells that its holder died, or failed where it could
not know whether its commit arrived.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import LedgerBusyError, LedgerError
from watchkeeper.ledger.minute import to_datetime, to_minute
from watchkeeper.ledger.table import CALL_SECONDS, HEAD, Item, Ledger

FIRST_PAUSE_SECONDS = 0.2
MAX_COMMITS = 4
# By how much a lease outlasts its run: the run's own reserve, and clocks that differ.
LEASE_MARGIN_SECONDS = 5.0
BUSY_CODES = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})
# Somebody touched the head just now, or the table is throttled.
PASSING_REASONS = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)


class Lease:
    """Hold the right to emit for a source, until it is given back or over.

    `through` is the minute up to which the source has been counted, None when it never was;
    `has_recovered` says that the holder before never gave the lease back.
    """

    def __init__(self, ledger: Ledger, head: Mapping[str, Any], *, until: float) -> None:
        through = head.get("through", {}).get("S")
        self.through = None if through is None else to_minute(datetime.fromisoformat(through))
        self.has_recovered = head.get("lease_owner", {}).get("S", ledger.owner) != ledger.owner
        self._ledger = ledger
        self._until = until
        self._version = int(head.get("version", {}).get("N", "0"))
        self._owes_commit = False
        self._is_given_back = False

    @classmethod
    def take(cls, ledger: Ledger, *, seconds: float) -> "Lease":
        """Take the lease; raise `LedgerBusyError` when another run holds it."""
        ledger.refuse_if_late("take the lease")
        now = ledger.clock()
        try:
            answer = ledger.call(
                "update_item",
                **ledger.item(HEAD),
                UpdateExpression=(
                    "SET lease_owner = :me, lease_until = :until, "
                    "version = if_not_exists(version, :zero)"
                ),
                # Its own lease is free to a run: the answer to its first try may have been lost.
                ConditionExpression=(
                    "attribute_not_exists(lease_owner) OR lease_until < :now OR lease_owner = :me"
                ),
                ExpressionAttributeValues={
                    ":me": {"S": ledger.owner},
                    ":until": {"N": f"{now + seconds:.3f}"},
                    ":now": {"N": f"{now:.3f}"},
                    ":zero": {"N": "0"},
                },
                ReturnValues="ALL_OLD",
            )
        except (ClientError, BotoCoreError) as error:
            if _code(error) in BUSY_CODES:
                raise LedgerBusyError(f"another run holds the ledger of {ledger.source}") from error
            raise ledger.failure("take the lease", error) from error
        return cls(ledger, answer.get("Attributes", {}), until=now + seconds)

    @contextmanager
    def emission(self) -> Iterator[None]:
        """Allow to emit and commit inside the block; refuse when the lease or the time is over.

        A block that fails leaves the lease to run out: the next run shall see that counts may
        have been emitted that no commit vouches for.
        """
        self._ledger.refuse_if_late("commit")
        if self._ledger.clock() >= self._until:
            raise LedgerError(f"the lease on the ledger of {self._ledger.source} is over")
        self._owes_commit = True
        yield
        self._owes_commit = False

    def commit(
        self, payloads: Mapping[str, bytes], through: int | None, *, gives_back: bool
    ) -> None:
        """Write buckets and how far the count came, at once; raise unless they arrived."""
        buckets = [self._ledger.write(bucket, payload) for bucket, payload in payloads.items()]
        try:
            self._transact([self._head_update(through, gives_back=gives_back), *buckets])
        except (ClientError, BotoCoreError) as error:
            if not self._has_committed():
                raise self._ledger.failure("commit", error) from error
        self._version += 1
        self._is_given_back = gives_back
        self.through = through

    def _transact(self, items: Sequence[Item]) -> None:
        for attempt in range(1, MAX_COMMITS + 1):
            try:
                self._ledger.call("transact_write_items", TransactItems=items)
            except ClientError as error:
                is_late = attempt == MAX_COMMITS or self._ledger.seconds_left() < CALL_SECONDS
                if is_late or not _is_passing(error):
                    raise
                time.sleep(FIRST_PAUSE_SECONDS * attempt)
            else:
                return

    def _head_update(self, through: int | None, *, gives_back: bool) -> Item:
        change = "SET version = :next, committer = :me"
        values: Item = {
            ":me": {"S": self._ledger.owner},
            ":version": {"N": str(self._version)},
            ":next": {"N": str(self._version + 1)},
        }
        if through is not None:
            change += ", through = :through"
            values[":through"] = {"S": to_datetime(through).isoformat()}
        if gives_back:
            change += " REMOVE lease_owner, lease_until"
        return {
            "Update": {
                **self._ledger.item(HEAD),
                "UpdateExpression": change,
                "ConditionExpression": "lease_owner = :me AND version = :version",
                "ExpressionAttributeValues": values,
            }
        }

    def _has_committed(self) -> bool:
        # A lost answer says nothing: only the head tells whether the transaction arrived.
        self._ledger.refuse_if_late("find out what was committed")
        try:
            answer = self._ledger.call("get_item", **self._ledger.item(HEAD), ConsistentRead=True)
        except (ClientError, BotoCoreError) as error:
            raise self._ledger.failure("find out what was committed", error) from error
        head = answer.get("Item", {})
        expected = {"S": self._ledger.owner}, {"N": str(self._version + 1)}
        return (head.get("committer"), head.get("version")) == expected

    def give_back(self) -> None:
        """Give the lease back, unless that is done or an emission has failed."""
        if self._is_given_back or self._owes_commit:
            return
        self._ledger.refuse_if_late("give the lease back")
        try:
            self._ledger.call(
                "update_item",
                **self._ledger.item(HEAD),
                UpdateExpression="REMOVE lease_owner, lease_until",
                ConditionExpression="lease_owner = :me",
                ExpressionAttributeValues={":me": {"S": self._ledger.owner}},
            )
        except (ClientError, BotoCoreError) as error:
            raise self._ledger.failure("give the lease back", error) from error
        self._is_given_back = True


@contextmanager
def leased(ledger: Ledger) -> Iterator[Lease]:
    """Take a ledger's lease for as long as the run can live; give it back afterwards.

    Raise `LedgerBusyError` when another run holds it.
    """
    lease = Lease.take(ledger, seconds=ledger.seconds_left() + LEASE_MARGIN_SECONDS)
    try:
        yield lease
        lease.give_back()
    except Exception:
        # What cannot be given back now runs out; the error at hand says more.
        with suppress(LedgerError):
            lease.give_back()
        raise


def _code(error: ClientError | BotoCoreError) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def _is_passing(error: ClientError) -> bool:
    if _code(error) == "TransactionInProgressException":
        return True
    answer: Mapping[str, Any] = error.response
    reasons = {reason.get("Code") for reason in answer.get("CancellationReasons", ())} - {"None"}
    return bool(reasons) and reasons <= PASSING_REASONS
