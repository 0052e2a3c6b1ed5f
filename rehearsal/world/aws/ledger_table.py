"""The ledger's DynamoDB table: the five calls the ledger makes, exactly as DynamoDB answers them.

It stands in for moto's, which copies every item on each query: a run would take a second.
A test holds the two equal.
"""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from typing import Any

from rehearsal.world.aws.expressions import Attributes, Values, holds, update
from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer, to_refusal
from rehearsal.world.errors import UnknownCallError

RANGE = re.compile(r"([#\w]+) = (:\w+) AND ([#\w]+) BETWEEN (:\w+) AND (:\w+)")
FAILED = "ConditionalCheckFailedException"
FAILED_SENTENCE = "The conditional request failed"
# An answer of Query holds no more than this (DynamoDB developer guide); 1 MB leaves a margin.
MAX_PAGE_BYTES = 1_000_000


class LedgerTable:
    """Hold items by their two keys, both strings."""

    def __init__(self, name: str, *, partition_key: str, sort_key: str) -> None:
        self.name = name
        self._partition_key = partition_key
        self._sort_key = sort_key
        self._items: dict[str, dict[str, Attributes]] = {}
        self._order: dict[str, list[str]] = {}

    def __call__(self, call: Call) -> Answer:
        """Answer a call to DynamoDB."""
        document = call.document
        match call.operation:
            case "Query":
                return self._query(document)
            case "UpdateItem":
                return self._update(document)
            case "TransactWriteItems":
                return self._transact(document["TransactItems"])
            case "GetItem":
                item = self._get(document)
                return to_answer({"Item": item} if item is not None else {})
            case _:
                return refuse_unknown("dynamodb", call)

    def _keys(self, request: Mapping[str, Any], named: str = "Key") -> tuple[str, str]:
        if request["TableName"] != self.name:
            raise UnknownCallError(f"table {request['TableName']!r} is not {self.name!r}")
        key = request[named]
        return key[self._partition_key]["S"], key[self._sort_key]["S"]

    def _get(self, request: Mapping[str, Any]) -> Attributes | None:
        partition, sort = self._keys(request)
        return self._items.get(partition, {}).get(sort)

    def _put(self, partition: str, sort: str, item: Attributes) -> None:
        items = self._items.setdefault(partition, {})
        if sort not in items:
            insort(self._order.setdefault(partition, []), sort)
        items[sort] = item

    def _delete(self, partition: str, sort: str) -> None:
        if self._items.get(partition, {}).pop(sort, None) is not None:
            self._order[partition].remove(sort)

    def _update(self, request: Mapping[str, Any]) -> Answer:
        before = self._get(request)
        values = Values.of(request)
        condition = request.get("ConditionExpression")
        if condition is not None and not holds(condition, before or {}, values):
            return to_refusal(FAILED, FAILED_SENTENCE)
        self._apply_update(request, before, values)
        if request.get("ReturnValues", "NONE") == "ALL_OLD" and before is not None:
            return to_answer({"Attributes": before})
        return to_answer({})

    def _apply_update(
        self, request: Mapping[str, Any], before: Attributes | None, values: Values
    ) -> None:
        item = dict(request["Key"]) if before is None else before
        self._put(*self._keys(request), update(request["UpdateExpression"], item, values))

    def _transact(self, items: Sequence[Mapping[str, Any]]) -> Answer:
        reasons = [self._refused(item) for item in items]
        if any(reasons):
            named = ", ".join("ConditionalCheckFailed" if each else "None" for each in reasons)
            return to_refusal(
                "TransactionCanceledException",
                "Transaction cancelled, please refer cancellation reasons for specific reasons "
                f"[{named}]",
                CancellationReasons=[
                    {"Code": "ConditionalCheckFailed", "Message": FAILED_SENTENCE}
                    if each
                    else {"Code": "None"}
                    for each in reasons
                ],
            )
        for item in items:
            self._apply(item)
        return to_answer({})

    def _refused(self, item: Mapping[str, Any]) -> bool:
        (request,) = item.values()
        condition = request.get("ConditionExpression")
        if condition is None:
            return False
        return not holds(condition, self._get(request) or {}, Values.of(request))

    def _apply(self, item: Mapping[str, Any]) -> None:
        ((kind, request),) = item.items()
        if kind == "Put":
            self._put(*self._keys(request, "Item"), dict(request["Item"]))
        elif kind == "Delete":
            self._delete(*self._keys(request))
        elif kind == "Update":
            self._apply_update(request, self._get(request), Values.of(request))
        else:
            raise UnknownCallError(f"{kind} in a transaction has no stand-in in a rehearsal")

    def _query(self, request: Mapping[str, Any]) -> Answer:
        expression = request["KeyConditionExpression"]
        match = RANGE.fullmatch(expression)
        values = Values.of(request)
        if match is None or request["TableName"] != self.name:
            raise UnknownCallError(f"query {expression!r} has no stand-in in a rehearsal")
        partition, first, last = (values.values[match[place]]["S"] for place in (2, 4, 5))
        order = self._order.get(partition, [])
        begin = bisect_left(order, first)
        if start := request.get("ExclusiveStartKey"):
            begin = max(begin, bisect_right(order, start[self._sort_key]["S"]))
        return to_answer(self._page(partition, order[begin : bisect_right(order, last)]))

    def _page(self, partition: str, names: Sequence[str]) -> dict[str, Any]:
        found: list[Attributes] = []
        size_bytes = 0
        for name in names:
            item = self._items[partition][name]
            found.append(item)
            size_bytes += sum(len(key) + len(str(value)) for key, value in item.items())
            if size_bytes > MAX_PAGE_BYTES and name != names[-1]:
                keys = {self._partition_key: {"S": partition}, self._sort_key: {"S": name}}
                return {"Items": found, "Count": len(found), "LastEvaluatedKey": keys}
        return {"Items": found, "Count": len(found)}
