"""Tell what a day cost, by service, and what an e-mail costs.

A day is told once, two days later: before that AWS is still adding it up, and a figure that
changes afterwards would stand in CloudWatch beside its correction. The ledger knows which day was
told last, so that a missed run is made up for, in one call, and a repeated one asks nothing.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from watchkeeper.collection.cost_explorer import CLIENT_LIMITS as COST_LIMITS
from watchkeeper.collection.cost_explorer import DailyCosts, read_daily_costs
from watchkeeper.collection.ledgers import BUSY, open_database
from watchkeeper.collection.memory import Memory, remembered
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import CollectionError, LedgerBusyError, WatchkeeperError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import CostMetricsSettings
from watchkeeper.workloads.storytailor.metrics_database import COST_PER_EMAIL, DAILY_COST
from watchkeeper.workloads.storytailor.sources import OTHER
from watchkeeper.workloads.storytailor.sources_database import QUERY_EMAILS_OF_DAYS

LEDGER = "cost_metrics"
KEPT_DAYS = 30
# When a day has been added up.
SETTLED_AFTER_DAYS = 2
# How far back a first run, or one after an outage, reaches: CloudWatch takes two weeks.
MAX_DAYS = 10
# A month, as the price of a plan is held against the e-mails of these days.
EMAIL_DAYS = 30
# Below it a plan's price for each e-mail says more about the plan than about the e-mails.
MIN_EMAILS = 1000

CostRun = Run[CostMetricsSettings]


def tell_costs(run: CostRun) -> Mapping[str, object]:
    """Emit the days that are settled and the cost of an e-mail; raise when either cannot be had."""
    summary: dict[str, object] = {}
    failure: WatchkeeperError | None = None
    try:
        summary.update(_tell_email_cost(run))
    except CollectionError as error:
        # The other half does not need the database.
        run.log.warning("the cost of an e-mail is not known", extra={"reason": str(error)})
        failure = error
    try:
        with remembered(run, LEDGER, kept_days=KEPT_DAYS) as memory:
            summary.update(_tell_days(run, memory))
    except LedgerBusyError:
        summary.update(BUSY)
    if failure is not None:
        raise failure
    return summary


def _tell_days(run: CostRun, memory: Memory) -> Mapping[str, object]:
    first, after_last = due_days(memory.through, run.now)
    if first >= after_last:
        return {"days": 0}
    costs = read_daily_costs(run.aws("ce", **COST_LIMITS), first, after_last)
    missing = [day for day in _days(first, after_last) if day not in costs]
    if missing:
        raise CollectionError(
            f"Cost Explorer left out {missing[0]}, expected every day since {first}",
            retryable=True,
        )
    memory.settle(_datapoints(run, costs), {}, _midnight(after_last))
    newest = by_service(run.settings, after_last - timedelta(days=1), costs)
    return {"days": len(costs), "newest": {name: round(usd, 4) for name, usd in newest.items()}}


def due_days(through: datetime | None, now: datetime) -> tuple[date, date]:
    """Return the first day that is settled and not told, and the first that is not settled."""
    after_last = now.date() - timedelta(days=SETTLED_AFTER_DAYS - 1)
    earliest = after_last - timedelta(days=MAX_DAYS)
    return (earliest if through is None else max(through.date(), earliest)), after_last


def by_service(settings: CostMetricsSettings, day: date, costs: DailyCosts) -> Mapping[str, float]:
    """Return a day's cost by label: listed services, plans paid by the month, and the rest."""
    charged = costs[day]
    days = monthrange(day.year, day.month)[1]
    listed = {name: charged.get(name, 0.0) for name in settings.cost_services}
    plans = {name: usd / days for name, usd in settings.monthly_usd.items()}
    rest = sum(usd for name, usd in charged.items() if name not in listed)
    return {**listed, **plans, OTHER: rest}


def email_cost(settings: CostMetricsSettings, emails: int) -> float | None:
    """Return what an e-mail of the last month cost; None when they were too few to tell."""
    if emails < MIN_EMAILS:
        return None
    extra = max(0, emails - settings.email_included) * settings.email_extra_usd
    return (settings.monthly_usd[settings.email_plan] + extra) / emails


def _tell_email_cost(run: CostRun) -> Mapping[str, object]:
    emails = _count_emails(run, run.now - timedelta(days=EMAIL_DAYS), run.now)
    cost = email_cost(run.settings, emails)
    if cost is not None:
        series = COST_PER_EMAIL.series(Environment=run.settings.environment)
        run.emit([Datapoint(series=series, values=(cost,), timestamp=run.now)])
    return {"emails": emails, "usd_per_email": cost}


def _count_emails(run: CostRun, since: datetime, until: datetime) -> int:
    # What is left after it is for Cost Explorer.
    with (
        open_database(run, reserve_seconds=run.remaining_seconds / 3) as database,
        database.snapshot() as snapshot,
    ):
        rows = snapshot.rows(QUERY_EMAILS_OF_DAYS, {"since": since, "until": until})
        return int(next(rows)[0])


def _datapoints(run: CostRun, costs: DailyCosts) -> Iterator[Datapoint]:
    environment = run.settings.environment
    for day in sorted(costs):
        noon = datetime.combine(day, time(12), tzinfo=UTC)
        labelled = by_service(run.settings, day, costs)
        for service, usd in labelled.items():
            series = DAILY_COST.series(Environment=environment, Service=service)
            yield Datapoint(series=series, values=(usd,), timestamp=noon)
        total = DAILY_COST.series(Environment=environment)
        yield Datapoint(series=total, values=(sum(labelled.values()),), timestamp=noon)


def _days(first: date, after_last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((after_last - first).days))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
