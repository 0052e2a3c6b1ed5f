"""What a job has to know of its earlier runs: one small document in an item of the ledger's table.

It is read and written whole, and never expires. Of two runs at once the later write stays, so it
only suits what each run finds out anew.
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import LedgerError
from watchkeeper.ledger.table import Ledger

MEMORY = "memory"


def recall(ledger: Ledger) -> dict[str, Any]:
    """Return what was remembered last, nothing when nothing ever was."""
    ledger.refuse_if_late("recall")
    try:
        answer = ledger.call("get_item", **ledger.item(MEMORY), ConsistentRead=True)
    except (ClientError, BotoCoreError) as error:
        raise ledger.failure("recall", error) from error
    text = answer.get("Item", {}).get("document", {}).get("S", "{}")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ledger.failure("recall", error) from error
    if not isinstance(document, dict):
        raise LedgerError(
            f"the memory of {ledger.source} holds {text[:40]!r}, expected a JSON object"
        )
    return document


def remember(ledger: Ledger, document: Mapping[str, Any]) -> None:
    """Remember a document in place of the one before."""
    ledger.refuse_if_late("remember")
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    try:
        ledger.call(
            "update_item",
            **ledger.item(MEMORY),
            UpdateExpression="SET document = :document",
            ExpressionAttributeValues={":document": {"S": text}},
        )
    except (ClientError, BotoCoreError) as error:
        raise ledger.failure("remember", error) from error
