"""The dashboard of Storytailor's database and of its costs."""

from collections.abc import Iterable

from watchkeeper.definitions.alarm import AlarmDefinition, Statistic
from watchkeeper.definitions.dashboard import (
    AlarmStatusWidget,
    DashboardDefinition,
    GraphWidget,
    Line,
    View,
)
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.deploy.alarms_database import DATABASE_DASHBOARD
from watchkeeper.workloads.storytailor.metrics_database import (
    CONNECTIONS_USED,
    COST_PER_EMAIL,
    DAILY_COST,
    DATABASE_AVAILABLE,
    DEADLOCKS,
    FUNCTION_MEAN_TIME,
    LONGEST_TRANSACTION,
    MISSING_INDEXES,
    SLOW_QUERY_MEAN_TIME,
    TABLE_GROWTH,
    TABLE_SIZE,
    UNUSED_INDEXES,
)
from watchkeeper.workloads.storytailor.sources import OTHER
from watchkeeper.workloads.storytailor.sources_database import FUNCTION_TARGETS, WATCHED_TABLES

QUARTER = 900
HOUR = 3600
DAY = 86_400


def database_dashboard(
    alarming: Alarming, alarms: Iterable[AlarmDefinition]
) -> DashboardDefinition:
    """Draw the database: connections, sizes, slow queries, functions, indexes, costs."""
    names = tuple(alarm.name for alarm in alarms if alarm.dashboard == DATABASE_DASHBOARD)
    return DashboardDefinition(
        name=DATABASE_DASHBOARD,
        description="Whether the database has room, answers in time, and what it all costs.",
        rows=(
            (AlarmStatusWidget(title="Alarm states", alarms=names),),
            (_connections(alarming), _transactions(alarming)),
            (_sizes(alarming), _growth(alarming)),
            (_functions(alarming), _statements(alarming), _indexes(alarming)),
            (_costs(alarming), _email_cost(alarming)),
        ),
    )


def _line(
    alarming: Alarming, label: str, metric: MetricDefinition, statistic: str, **labels: str
) -> Line:
    series = alarming.series(metric, **labels)
    return Line(label=label, plots=Statistic(series=series, statistic=statistic))


def _connections(alarming: Alarming) -> GraphWidget:
    return GraphWidget(
        title="Connections, and whether it answers (1 = well)",
        lines=(
            _line(alarming, "connections", CONNECTIONS_USED, "Maximum"),
            _line(alarming, "available", DATABASE_AVAILABLE, "Minimum"),
        ),
        period_seconds=QUARTER,
        thresholds_of=("storytailor-db-connections",),
    )


def _transactions(alarming: Alarming) -> GraphWidget:
    deadlocks = _line(alarming, "deadlocks", DEADLOCKS, "Sum")
    return GraphWidget(
        title="Longest transaction and deadlocks",
        lines=(
            _line(alarming, "longest transaction, s", LONGEST_TRANSACTION, "Maximum"),
            Line(label=deadlocks.label, plots=deadlocks.plots, right_axis=True),
        ),
        period_seconds=QUARTER,
        axis_label="s",
    )


def _sizes(alarming: Alarming) -> GraphWidget:
    return GraphWidget(
        title="Table sizes (7 d)",
        range_days=7,
        lines=tuple(
            _line(alarming, table, TABLE_SIZE, "Maximum", Table=table) for table in WATCHED_TABLES
        ),
        period_seconds=HOUR,
        view=View.STACKED_AREA,
        axis_label="bytes",
        thresholds_of=("storytailor-table-size",),
    )


def _growth(alarming: Alarming) -> GraphWidget:
    return GraphWidget(
        title="Fastest growth in seven days",
        range_days=7,
        lines=(_line(alarming, "growth of the fastest table", TABLE_GROWTH, "Maximum"),),
        period_seconds=HOUR,
        axis_label="%",
        thresholds_of=("storytailor-table-doubled",),
    )


def _functions(alarming: Alarming) -> GraphWidget:
    return GraphWidget(
        title="Functions: mean time of a quarter of an hour",
        lines=tuple(
            _line(alarming, function, FUNCTION_MEAN_TIME, "Maximum", Function=function)
            for function in FUNCTION_TARGETS
        ),
        period_seconds=QUARTER,
        axis_label="ms",
        thresholds_of=tuple(
            f"storytailor-slow-{function.replace('_', '-')}" for function in FUNCTION_TARGETS
        ),
        width=8,
    )


def _statements(alarming: Alarming) -> GraphWidget:
    return GraphWidget(
        title="Slowest statement on watched tables, mean",
        lines=(_line(alarming, "mean of the slowest", SLOW_QUERY_MEAN_TIME, "Maximum"),),
        period_seconds=QUARTER,
        axis_label="ms",
        width=8,
    )


def _indexes(alarming: Alarming) -> GraphWidget:
    return GraphWidget(
        title="Indexes: unused, and recommended ones missing",
        lines=(
            _line(alarming, "unused", UNUSED_INDEXES, "Maximum"),
            _line(alarming, "missing", MISSING_INDEXES, "Maximum"),
        ),
        period_seconds=QUARTER,
        width=8,
    )


def _costs(alarming: Alarming) -> GraphWidget:
    costs = alarming.storytailor.costs
    services = (*costs.services, *costs.monthly_usd, OTHER)
    return GraphWidget(
        title="Costs by day (30 d)",
        range_days=30,
        lines=(
            *(
                _line(alarming, service, DAILY_COST, "Maximum", Service=service)
                for service in services
            ),
            _line(alarming, "total", DAILY_COST, "Maximum"),
        ),
        period_seconds=DAY,
        axis_label="USD",
    )


def _email_cost(alarming: Alarming) -> GraphWidget:
    return GraphWidget(
        title="Cost of an e-mail (30 d)",
        range_days=30,
        lines=(_line(alarming, "USD for each e-mail", COST_PER_EMAIL, "Maximum"),),
        period_seconds=DAY,
        axis_label="USD",
        thresholds_of=("storytailor-email-cost",),
    )
