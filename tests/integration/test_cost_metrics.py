"""Costs are told once a day and once only, and what an e-mail costs beside them."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.integration.counting_account import ENVIRONMENT, SECRET, TABLE, QuickAccount
from tests.integration.counting_emitted import Emitted
from tests.integration.counting_stage import Stage
from watchkeeper.collection.cost_explorer import MAX_PAGES
from watchkeeper.collection.cost_metrics import email_cost, tell_costs
from watchkeeper.definitions.errors import CollectionError
from watchkeeper.runtime.settings import CostMetricsSettings

SETTINGS = CostMetricsSettings(
    environment=ENVIRONMENT,
    database_secret=SECRET,
    ledger_table=TABLE,
    cost_services=("AWS Lambda", "AmazonCloudWatch"),
    monthly_usd={"SendGrid": 31.0, "Supabase": 62.0},
    email_plan="SendGrid",
    email_included=2000,
    email_extra_usd=0.01,
)
MAILS = (
    "INSERT INTO email_delivery_log (email_type, sent_at) "
    "SELECT 'daily_digest', %s FROM generate_series(1, %s)"
)


class CostExplorer:
    """Answer as Cost Explorer does; one service a page, when pages are asked for."""

    def __init__(self) -> None:
        self.calls: list[Mapping[str, Any]] = []
        self.services = {"AWS Lambda": "1.5", "Amazon Route 53": "0.25", "AWS Glue": "0.25"}
        self.unit = "USD"
        self.fault: Callable[[], Exception] | None = None
        self.is_paged = False
        self.leaves_out_a_day = False

    def get_cost_and_usage(self, **asked: Any) -> Mapping[str, Any]:
        self.calls.append(asked)
        if self.fault is not None:
            raise self.fault()
        page = int(asked.get("NextPageToken", "0"))
        names = list(self.services)[page : page + 1] if self.is_paged else list(self.services)
        more = {"NextPageToken": str(page + 1)} if self.is_paged and page < 2 else {}
        first, after_last = asked["TimePeriod"]["Start"], asked["TimePeriod"]["End"]
        days = _days(first, after_last)[1 if self.leaves_out_a_day else 0 :]
        return {
            "ResultsByTime": [
                {
                    "TimePeriod": {"Start": day},
                    "Groups": [
                        {
                            "Keys": [name],
                            "Metrics": {
                                "UnblendedCost": {"Amount": self.services[name], "Unit": self.unit}
                            },
                        }
                        for name in names
                    ],
                }
                for day in days
            ],
            **more,
        }


def _days(first: str, after_last: str) -> list[str]:
    begin, end = date.fromisoformat(first), date.fromisoformat(after_last)
    return [str(begin + timedelta(days=number)) for number in range((end - begin).days)]


class Account(QuickAccount):
    """Be an account with a Cost Explorer."""

    def empty_ledger(self) -> None:
        super().empty_ledger()
        self.costs = CostExplorer()

    def client(self, service: str) -> Any:
        return self.costs if service == "ce" else super().client(service)


@pytest.fixture(scope="module")
def account() -> Account:
    return Account()


def run(stage: Stage) -> Emitted:
    before = len(stage.out.getvalue())
    try:
        stage.run(tell_costs, SETTINGS)
    finally:
        stage.wait(days=1)
    return Emitted.parse(stage.out.getvalue()[before:])


def days_of(emitted: Emitted, labels: str = "") -> list[str]:
    return sorted(
        f"{place.minute:%m-%d %H:%M}"
        for place in emitted.sums
        if (place.metric, place.labels) == ("DailyCost", labels)
    )


def test_a_day_is_told_two_days_later_by_service_and_in_total(
    stage: Stage, account: Account
) -> None:
    run(stage)
    emitted = run(stage)
    assert days_of(emitted) == ["01-30 12:00"]
    assert len(account.costs.calls) == 2
    told = {label: emitted.values("DailyCost", label) for label in emitted.labels("DailyCost")}
    assert told == {
        "Service=AWS Lambda": [1.5],
        "Service=AmazonCloudWatch": [0.0],
        "Service=SendGrid": [1.0],
        "Service=Supabase": [2.0],
        "Service=other": [0.5],
        "": [5.0],
    }


def test_the_first_run_reaches_ten_days_back_and_missed_days_are_made_up_for(
    stage: Stage, account: Account
) -> None:
    first = days_of(run(stage))
    assert (len(first), first[0], first[-1]) == (10, "01-20 12:00", "01-29 12:00")
    stage.wait(days=2)
    assert days_of(run(stage)) == ["01-30 12:00", "01-31 12:00", "02-01 12:00"]
    assert len(account.costs.calls) == 2


def test_a_repeated_run_asks_and_tells_nothing_twice(stage: Stage, account: Account) -> None:
    run(stage)
    stage.wait(days=-1)
    assert days_of(run(stage)) == []
    assert len(account.costs.calls) == 1


def test_pages_are_put_together(stage: Stage, account: Account) -> None:
    account.costs.is_paged = True
    emitted = run(stage)
    assert set(emitted.values("DailyCost")) == {5.0}
    assert len(account.costs.calls) == 3


def refusal(code: str) -> Callable[[], Exception]:
    return lambda: ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCostAndUsage")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (refusal("AccessDeniedException"), "could not be read: AccessDenied"),
        (refusal("LimitExceededException"), "could not be read: LimitExceeded"),
        (refusal("DataUnavailableException"), "could not be read: DataUnavailable"),
        (lambda: EndpointConnectionError(endpoint_url="ce"), "could not be read: Could not"),
    ],
    ids=["denied", "throttled", "no data", "down"],
)
def test_a_refusal_fails_the_run_and_the_next_one_makes_up_for_it(
    stage: Stage, account: Account, fault: Callable[[], Exception], sentence: str
) -> None:
    run(stage)
    account.costs.fault = fault
    with pytest.raises(CollectionError, match=sentence):
        run(stage)
    account.costs.fault = None
    assert days_of(run(stage)) == ["01-30 12:00", "01-31 12:00"]


def test_answers_that_make_no_sense_are_refused(stage: Stage, account: Account) -> None:
    account.costs.unit = "EUR"
    with pytest.raises(CollectionError, match="in EUR, expected USD"):
        run(stage)
    account.costs.unit, account.costs.services = "USD", {"AWS Lambda": "much"}
    with pytest.raises(CollectionError, match="'much', expected a number"):
        run(stage)
    account.costs.services, account.costs.leaves_out_a_day = {}, True
    with pytest.raises(CollectionError, match="left out 2026"):
        run(stage)
    assert MAX_PAGES > 1
    assert stage.emitted.labels("DailyCost") == set()


@pytest.mark.parametrize(
    ("emails", "usd"),
    [
        # e-mails of thirty days, US dollars for each
        (999, None),
        (1000, 0.031),
        (2000, 0.0155),
        (3000, (31.0 + 1000 * 0.01) / 3000),
    ],
)
def test_an_email_costs_its_share_of_the_plan_and_what_goes_beyond(
    emails: int, usd: float | None
) -> None:
    assert email_cost(SETTINGS, emails) == usd


def test_emails_of_the_last_thirty_days_are_counted(stage: Stage) -> None:
    for age, number in ((timedelta(days=29), 1200), (timedelta(days=31), 500)):
        stage.connection.execute(MAILS, (stage.wall - age, number))
    assert run(stage).values("CostPerEmail") == [31.0 / 1200]


def test_without_the_database_the_days_are_told_and_the_run_fails(stage: Stage) -> None:
    stage.gateway.refuse()
    with pytest.raises(CollectionError, match="could not connect"):
        run(stage)
    assert len(days_of(stage.emitted)) == 10
    assert stage.emitted.labels("CostPerEmail") == set()
    stage.gateway.normal()
    assert days_of(run(stage)) == ["01-30 12:00"]
