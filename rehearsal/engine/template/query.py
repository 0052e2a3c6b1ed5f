"""What an alarm watches: one metric, or the entries of its Metrics."""

from typing import Final

from rehearsal.engine.alarm import MetricStat, Query
from rehearsal.engine.errors import RefusedError
from rehearsal.engine.expression.plan import MathPlan
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.statistics import SIMPLE, parse_statistic
from rehearsal.engine.template.fields import Fields

MOST_DIMENSIONS: Final = 30
MOST_QUERIES: Final = 20
SINGLE_ID: Final = "m1"

_SIMPLE_NAMES: Final = tuple(sorted(kind.value for kind in SIMPLE))
_QUERY_PROPERTIES: Final = (
    "AccountId",
    "Expression",
    "Id",
    "Label",
    "MetricStat",
    "Period",
    "ReturnData",
)


def read_single_metric(fields: Fields) -> Query:
    """Read the one metric of an alarm without Metrics."""
    return Query(
        id=SINGLE_ID,
        stat=MetricStat(
            metric=_read_identity(fields),
            statistic=_read_statistic(fields),
            period_seconds=fields.whole("Period"),
            unit=fields.optional_text("Unit"),
        ),
    )


def _read_statistic(fields: Fields) -> str:
    simple = fields.optional_text("Statistic")
    extended = fields.optional_text("ExtendedStatistic")
    if (simple is None) == (extended is None):
        message = f"found {'both' if simple else 'neither'} of Statistic and ExtendedStatistic"
        raise fields.error(f"{message}, expected one")
    if simple is not None and simple not in _SIMPLE_NAMES:
        message = f"Statistic is {simple!r}, expected one of {', '.join(_SIMPLE_NAMES)}"
        raise fields.error(message)
    statistic = parse_statistic(simple or extended or "")
    if not statistic.allowed_in_alarm:
        message = f"ExtendedStatistic is {extended!r}, expected bounds from 10% to 90%"
        raise fields.error(message)
    return statistic.name


def read_queries(fields: Fields, account: str) -> tuple[tuple[Query, ...], int]:
    """Read Metrics; return them with the period they share, in seconds."""
    queries = tuple(_read_query(each, account) for each in fields.parts("Metrics", MOST_QUERIES))
    returned = [query.id for query in queries if query.returns_data]
    if len(returned) != 1:
        message = f"Metrics returns the data of {', '.join(returned) or 'nothing'}, expected one"
        raise fields.error(message)
    MathPlan.build(queries)
    return queries, _find_period(fields, queries)


def _find_period(fields: Fields, queries: tuple[Query, ...]) -> int:
    """Return the metrics' period; an alarm without any metric has its expressions' period."""
    periods = {query.stat.period_seconds for query in queries if query.stat}
    periods = periods or {query.period_seconds for query in queries if query.period_seconds}
    if len(periods) != 1:
        message = f"Metrics has {len(periods)} different periods, expected one"
        raise fields.error(message)
    return periods.pop()


def _read_query(fields: Fields, account: str) -> Query:
    fields.refuse_unknown(_QUERY_PROPERTIES, "an entry of Metrics")
    name = fields.text("Id")
    owner = fields.optional_text("AccountId")
    if owner not in (None, account):
        message = f"{name} is a metric of another account, {owner}"
        raise RefusedError(message)
    return Query(
        id=name,
        stat=_read_stat(fields.part("MetricStat")) if "MetricStat" in fields else None,
        expression=fields.optional_text("Expression"),
        label=fields.shown_text("Label") or None,
        returns_data=fields.flag("ReturnData", default=True),
        period_seconds=fields.whole("Period") if "Period" in fields else None,
        account=owner,
    )


def _read_stat(fields: Fields) -> MetricStat:
    fields.refuse_unknown(("Metric", "Period", "Stat", "Unit"), "a metric's statistic")
    return MetricStat(
        metric=_read_identity(fields.part("Metric")),
        statistic=parse_statistic(fields.text("Stat")).name,
        period_seconds=fields.whole("Period"),
        unit=fields.optional_text("Unit"),
    )


def _read_identity(fields: Fields) -> MetricIdentity:
    dimensions: dict[str, str] = {}
    for part in fields.parts("Dimensions", MOST_DIMENSIONS):
        name = part.text("Name")
        if name in dimensions:
            message = f"dimension {name!r} stands twice, expected it once"
            raise part.error(message)
        dimensions[name] = part.text("Value")
    return MetricIdentity.of(fields.text("Namespace"), fields.text("MetricName"), dimensions)
