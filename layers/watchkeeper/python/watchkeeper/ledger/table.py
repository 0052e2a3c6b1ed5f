"""The DynamoDB table that holds the ledgers: its keys, its limits and how it is called.

Items have the key (`source`, `bucket`). One item a bucket holds its tally as `payload` and goes at
`expires_at`; the item whose bucket is `head` holds the lease and how far the source has come.
"""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import LedgerError
from watchkeeper.ledger.minute import MINUTES_A_DAY
from watchkeeper.ledger.tally import Tally, from_payload, to_payload

HEAD = "head"
# However a call fails, with these limits it has failed after `CALL_SECONDS` (pauses included); no
# call is begun with less time left.
CLIENT_LIMITS = {
    "connect_timeout_seconds": 1.0,
    "read_timeout_seconds": 2.0,
    "max_attempts": 3,
}
CALL_SECONDS = 12.0
# A transaction takes 100 items; one is the head.
MAX_COMMIT_BUCKETS = 90
# DynamoDB takes 4 MB, but one partition writes 1 MB a second and a transaction costs double.
MAX_COMMIT_BYTES = 450_000

Item = dict[str, Any]


class Ledger:
    """Be the ledger of one source, as one run sees it.

    `owner` names the run, unlike any other. A bucket is kept for `kept_days` after its last
    change. `clock` gives seconds since the Unix epoch, `seconds_left` what remains of the run.
    """

    def __init__(
        self,
        client: Any,
        *,
        table: str,
        source: str,
        owner: str,
        kept_days: int,
        seconds_left: Callable[[], float],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.table = table
        self.source = source
        self.owner = owner
        self.clock = clock
        self.seconds_left = seconds_left
        self._client = client
        self._kept_seconds = kept_days * MINUTES_A_DAY * 60

    def call(self, operation: str, **arguments: Any) -> Item:
        """Call DynamoDB; its errors are the caller's to judge."""
        answer: Item = getattr(self._client, operation)(**arguments)
        return answer

    def refuse_if_late(self, task: str) -> None:
        """Raise when a call could outlast the run."""
        left = self.seconds_left()
        if left < CALL_SECONDS:
            raise LedgerError(
                f"{left:.1f} s are left to {task} in the ledger of {self.source}, "
                f"expected {CALL_SECONDS:.0f} s or more"
            )

    def failure(self, task: str, error: Exception) -> LedgerError:
        """Say what could not be done in which ledger, and why."""
        return LedgerError(f"could not {task} in the ledger of {self.source}: {error}")

    def item(self, bucket: str) -> Item:
        """Name the table and the key of a bucket."""
        return {
            "TableName": self.table,
            "Key": {"source": {"S": self.source}, "bucket": {"S": bucket}},
        }

    def write(self, bucket: str, payload: bytes) -> Item:
        """Describe the write of a bucket for a transaction; one without a payload goes."""
        named = self.item(bucket)
        if not payload:
            return {"Delete": named}
        # By the wall clock, like DynamoDB's expiry: counted from now, not from the bucket's time.
        expires_at = int(self.clock() + self._kept_seconds)
        values = {"payload": {"B": payload}, "expires_at": {"N": str(expires_at)}}
        return {"Put": {"TableName": self.table, "Item": {**named["Key"], **values}}}

    def read(self, first: str, last: str) -> dict[str, Tally]:
        """Read the tallies of all buckets from `first` to `last` that have one."""
        tallies: dict[str, Tally] = {}
        position: Item = {}
        while True:
            self.refuse_if_late("read buckets")
            try:
                page = self._query(first, last, **position)
            except (ClientError, BotoCoreError) as error:
                raise self.failure("read buckets", error) from error
            for item in page["Items"]:
                bucket = item["bucket"]["S"]
                tallies[bucket] = from_payload(bytes(item["payload"]["B"]), bucket)
            if "LastEvaluatedKey" not in page:
                return tallies
            position = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _query(self, first: str, last: str, **position: Any) -> Item:
        return self.call(
            "query",
            TableName=self.table,
            KeyConditionExpression="#source = :source AND #bucket BETWEEN :first AND :last",
            ExpressionAttributeNames={"#source": "source", "#bucket": "bucket"},
            ExpressionAttributeValues={
                ":source": {"S": self.source},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            ConsistentRead=True,
            **position,
        )


def pack(bucket: str, tally: Tally) -> bytes:
    """Pack a tally for its bucket's item; an empty one needs no item."""
    return to_payload(tally, bucket) if tally else b""
