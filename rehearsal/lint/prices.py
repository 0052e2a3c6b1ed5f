"""What things cost in us-east-1, in USD, without any free tier: data with its source and date."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

PRICE_LIST = "AWS price list, by way of the golden files of infracost, 2024-12 to 2026-08"
PRICE_LIST_CHECKED = "AWS price list, checked against the Price List API on 2026-09-21"
PRICING_PAGES = (
    "pricing pages of the service as of November 2026, not checked by the Price List API"
)


@dataclass(frozen=True, kw_only=True)
class Price:
    """Be the price of one unit; not confirmed when only secondary sources tell it."""

    usd: float
    unit: str
    source: str
    is_confirmed: bool = True


def _told(usd: float, unit: str) -> Price:
    return Price(usd=usd, unit=unit, source=PRICING_PAGES, is_confirmed=False)


PRICES: Final[Mapping[str, Price]] = MappingProxyType(
    {
        "custom metric": Price(usd=0.30, unit="series a month", source=PRICE_LIST_CHECKED),
        "alarm metric": Price(usd=0.10, unit="metric of an alarm a month", source=PRICE_LIST),
        "high-resolution alarm metric": Price(
            usd=0.30, unit="metric of an alarm below 60 s a month", source=PRICE_LIST
        ),
        "composite alarm": Price(
            usd=0.50, unit="alarm a month", source="secondary sources, 2026", is_confirmed=False
        ),
        "dashboard": Price(usd=3.00, unit="dashboard a month", source=PRICE_LIST),
        "key": Price(
            usd=1.00, unit="key a month", source="AWS KMS pricing page", is_confirmed=False
        ),
        "log ingestion": Price(usd=0.50, unit="GB", source=PRICE_LIST_CHECKED),
        "log storage": _told(0.03, "GB a month"),
        "trace": _told(5.00e-6, "recorded trace"),
        "scheduled start": _told(1.00e-6, "start by EventBridge Scheduler"),
        "table write": _told(0.625e-6, "write request unit, on demand"),
        "table read": _told(0.125e-6, "read request unit, on demand"),
        "table storage": _told(0.25, "GB a month"),
        "table recovery": _told(0.20, "GB a month of point-in-time recovery"),
        "object storage": _told(0.023, "GB a month, S3 Standard"),
        "object write": _told(5.00e-6, "PUT request"),
        "key request": _told(3.00e-6, "call of KMS"),
        "secret request": _told(5.00e-6, "call of Secrets Manager"),
        "cost query": _told(0.01, "request to Cost Explorer"),
        "e-mail": _told(0.0001, "e-mail sent by SES"),
        "function run": Price(usd=0.20e-6, unit="request", source=PRICE_LIST_CHECKED),
        "function time on x86_64": Price(
            usd=0.0000166667, unit="GB-second", source=PRICE_LIST_CHECKED
        ),
        "function time on arm64": Price(
            usd=0.0000133334, unit="GB-second", source=PRICE_LIST_CHECKED
        ),
    }
)
# The price list's own month: 730 hours.
MONTH_SECONDS: Final = 730 * 3600
# An anomaly alarm is billed for its metric and the two edges of its band.
METRICS_OF_ANOMALY_ALARM: Final = 3
