"""Alarms on the database itself and on what an e-mail costs."""

from collections.abc import Iterator

from watchkeeper.definitions.alarm import (
    AlarmDefinition,
    Comparison,
    Expression,
    Statistic,
    Threshold,
    TreatMissingData,
    Window,
)
from watchkeeper.definitions.conditions import (
    FIFTEEN_MINUTES,
    ONE_HOUR,
    above,
    numbered,
)
from watchkeeper.definitions.severity import Severity
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.metrics_database import (
    CONNECTIONS_USED,
    COST_PER_EMAIL,
    FUNCTION_MEAN_TIME,
    TABLE_GROWTH,
    TABLE_SIZE,
)
from watchkeeper.workloads.storytailor.sources_database import FUNCTION_TARGETS, WATCHED_TABLES

DATABASE_DASHBOARD = "Storytailor-Database"
MEGABYTE = 1_000_000
TWO_OF_THREE_QUARTERS = Window(period_seconds=900, evaluation_periods=3, datapoints_to_alarm=2)


def database_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarms on connections, slow functions, table growth and the cost of an e-mail."""
    yield _connections(alarming)
    yield from _slow_functions(alarming)
    yield from _table_growth(alarming)
    yield _email_cost(alarming)


def _connections(alarming: Alarming) -> AlarmDefinition:
    limit = alarming.storytailor.database.max_connections
    percent = alarming.numbers("db-connections", 80)
    return alarming.alarm(
        "db-connections",
        Severity.P3,
        above(
            Statistic(series=alarming.series(CONNECTIONS_USED), statistic="Maximum"),
            percent * limit / 100,
            FIFTEEN_MINUTES,
        ),
        meaning=(
            f"Of the database's {limit} connections nearly all are in use: soon users and "
            "pipelines are turned away."
        ),
        checks=(
            "Who holds them? pg_stat_activity by application_name and state.",
            "Sessions that are idle in a transaction: LongestTransaction on the dashboard.",
            "A deployment or a burst of traffic: more curator instances than usual?",
        ),
        rationale=(
            f"{percent:g} % of the {limit} connections the pooler allows. One look in fifteen "
            "minutes is enough to tell: the limit is a hard one."
        ),
        dashboard=DATABASE_DASHBOARD,
    )


def _slow_functions(alarming: Alarming) -> Iterator[AlarmDefinition]:
    conditions = {}
    for function, target in FUNCTION_TARGETS.items():
        name = f"slow-{function.replace('_', '-')}"
        conditions[name] = above(
            Statistic(
                series=alarming.series(FUNCTION_MEAN_TIME, Function=function), statistic="Maximum"
            ),
            alarming.numbers(f"{name}-milliseconds", target),
            TWO_OF_THREE_QUARTERS,
        )
    yield from alarming.any_of(
        "slow-queries",
        Severity.P3,
        conditions,
        meaning="A database function takes longer than its target: users wait for every story.",
        checks=(
            "Which function, since when? The red child alarm and FunctionMeanTime name it.",
            "EXPLAIN (ANALYZE, BUFFERS) of its statement; MissingIndexes and table sizes.",
            "Locks and long transactions at that time; the provider's CPU and disk graphs.",
        ),
        rationale=(
            "Each function's own target. The mean of a quarter of an hour counts, and two of "
            "three of them must be too slow: one slow call pages nobody."
        ),
        dashboard=DATABASE_DASHBOARD,
    )


def _table_growth(alarming: Alarming) -> Iterator[AlarmDefinition]:
    sizes = numbered(
        [alarming.series(TABLE_SIZE, Table=table) for table in WATCHED_TABLES], "Maximum"
    )
    megabytes = alarming.numbers("table-size-megabytes", 100)
    percent = alarming.numbers("table-growth-percent", 100)
    conditions = {
        "table-size": above(
            Expression(text=f"MAX([{', '.join(sizes)}])", metrics=sizes),
            megabytes * MEGABYTE,
            FIFTEEN_MINUTES,
        ),
        "table-doubled": Threshold(
            watches=Statistic(series=alarming.series(TABLE_GROWTH), statistic="Maximum"),
            comparison=Comparison.GREATER_OR_EQUAL,
            value=percent,
            window=FIFTEEN_MINUTES,
            treat_missing_data=TreatMissingData.NOT_BREACHING,
        ),
    }
    yield from alarming.any_of(
        "table-growth",
        Severity.P3,
        conditions,
        meaning=(
            "A watched table is large or grows fast: queries will slow down and the plan's disk "
            "will fill."
        ),
        checks=(
            "TableSize on the dashboard: which table, slowly or all at once?",
            "A job that writes in a loop, or an archive that no longer runs?",
            "Rows by day and type: what is new?",
        ),
        rationale=(
            f"More than {megabytes:g} MB with indexes, or {percent:g} % more than seven days ago; "
            "a table below 10 MB may double in peace."
        ),
        dashboard=DATABASE_DASHBOARD,
    )


def _email_cost(alarming: Alarming) -> AlarmDefinition:
    limit = alarming.numbers("email-cost-usd", 0.01)
    return alarming.alarm(
        "email-cost",
        Severity.P4,
        above(
            Statistic(series=alarming.series(COST_PER_EMAIL), statistic="Maximum"),
            limit,
            # Told once a day, and believed until it is told again.
            ONE_HOUR,
            TreatMissingData.IGNORE,
        ),
        meaning=f"An e-mail costs more than ${limit:g}: the plan is too large or overrun.",
        checks=(
            "E-mails of the last thirty days against what the plan includes.",
            "The provider's invoice against the prices in the environment file.",
            "Would the next smaller or larger plan be cheaper?",
        ),
        rationale=(
            f"${limit:g} for each e-mail of the last thirty days; below 1000 e-mails in thirty "
            "days it is not told."
        ),
        dashboard=DATABASE_DASHBOARD,
    )
