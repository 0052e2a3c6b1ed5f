"""Read what AWS charged, by day and service, from Cost Explorer.

Each call costs 0.01 US dollars, so all days of a run are asked for at once. Its only endpoint is
in us-east-1, which botocore knows. What a day cost is added up by AWS for about a day after it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import CollectionError

# Slow, and throttled per account: patience rather than many tries.
CLIENT_LIMITS = {
    "connect_timeout_seconds": 3.0,
    "read_timeout_seconds": 20.0,
    "max_attempts": 2,
}
COST = "UnblendedCost"
CURRENCY = "USD"
# A day has one group for each service: some dozens. More pages than this are no answer.
MAX_PAGES = 10
LASTING_CODES = frozenset(
    {"AccessDeniedException", "DataUnavailableException", "ValidationException"}
)

# US dollars by day and service.
DailyCosts = Mapping[date, Mapping[str, float]]


def read_daily_costs(client: Any, first: date, after_last: date) -> DailyCosts:
    """Read the costs of every day from `first` to before `after_last`.

    A day on which nothing was charged is there, without services.
    """
    costs: dict[date, dict[str, float]] = {}
    for result in _results(client, first, after_last):
        day = date.fromisoformat(result["TimePeriod"]["Start"])
        services = costs.setdefault(day, {})
        for group in result.get("Groups", ()):
            name = group["Keys"][0]
            services[name] = services.get(name, 0.0) + _dollars(group["Metrics"][COST], name)
    return costs


def _results(client: Any, first: date, after_last: date) -> Iterator[Mapping[str, Any]]:
    position: dict[str, str] = {}
    for _ in range(MAX_PAGES):
        page = _page(client, first, after_last, position)
        yield from page["ResultsByTime"]
        if not page.get("NextPageToken"):
            return
        position = {"NextPageToken": page["NextPageToken"]}
    raise CollectionError(
        f"Cost Explorer gave more than {MAX_PAGES} pages, expected a few days' services",
        retryable=False,
    )


def _page(
    client: Any, first: date, after_last: date, position: Mapping[str, str]
) -> Mapping[str, Any]:
    try:
        page: Mapping[str, Any] = client.get_cost_and_usage(
            TimePeriod={"Start": first.isoformat(), "End": after_last.isoformat()},
            Granularity="DAILY",
            Metrics=[COST],
            GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
            **position,
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise CollectionError(
            f"Cost Explorer could not be read: {code}", retryable=code not in LASTING_CODES
        ) from error
    except BotoCoreError as error:
        raise CollectionError(
            f"Cost Explorer could not be read: {error}", retryable=True
        ) from error
    return page


def _dollars(amount: Mapping[str, str], service: str) -> float:
    if amount["Unit"] != CURRENCY:
        raise CollectionError(
            f"Cost Explorer gave the cost of {service} in {amount['Unit']}, expected {CURRENCY}",
            retryable=False,
        )
    try:
        return float(Decimal(amount["Amount"]))
    except InvalidOperation as error:
        raise CollectionError(
            f"Cost Explorer gave the cost of {service} as {amount['Amount']!r}, expected a number",
            retryable=False,
        ) from error
