"""The metrics of Storytailor's database and of what it all costs."""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit

DATABASE = "Storytailor/Database"
COSTS = "Storytailor/Costs"

TOTAL = ("Environment",)
BY_TABLE = ("Environment", "Table")
BY_FUNCTION = ("Environment", "Function")
BY_SERVICE = ("Environment", "Service")

JOB = "database_metrics"
COST_JOB = "cost_metrics"


def _gauge(
    name: str, unit: Unit, description: str, by: tuple[str, ...] = TOTAL
) -> MetricDefinition:
    return MetricDefinition(
        namespace=DATABASE,
        name=name,
        unit=unit,
        kind=Kind.GAUGE,
        dimension_sets=(by,),
        description=description,
        source=JOB,
    )


DATABASE_AVAILABLE = _gauge(
    "DatabaseAvailable", Unit.COUNT, "1 when the database answered, 0 when it could not be reached."
)
CONNECTIONS_USED = _gauge(
    "ConnectionsUsed", Unit.COUNT, "Client connections to the database, those of the suite too."
)
TABLE_SIZE = _gauge(
    "TableSize", Unit.BYTES, "A watched table with its indexes and long values.", BY_TABLE
)
TABLE_GROWTH = _gauge(
    "TableGrowth",
    Unit.PERCENT,
    "How much the fastest growing watched table of 10 MB or more has grown in seven days.",
)
SLOW_QUERY_MEAN_TIME = _gauge(
    "SlowQueryMeanTime",
    Unit.MILLISECONDS,
    "Mean time of the slowest statement on watched tables, since statements are counted.",
)
FUNCTION_MEAN_TIME = _gauge(
    "FunctionMeanTime",
    Unit.MILLISECONDS,
    "Mean time of a function's calls since the run before; absent when there were none.",
    BY_FUNCTION,
)
UNUSED_INDEXES = _gauge(
    "UnusedIndexes",
    Unit.COUNT,
    "Indexes of watched tables that no query has used, those that enforce something left out.",
)
MISSING_INDEXES = _gauge(
    "MissingIndexes",
    Unit.COUNT,
    "Recommended indexes that no index of the database does the work of.",
)
LONGEST_TRANSACTION = _gauge(
    "LongestTransaction", Unit.SECONDS, "For how long the oldest open transaction has been open."
)
DEADLOCKS = MetricDefinition(
    namespace=DATABASE,
    name="Deadlocks",
    unit=Unit.COUNT,
    kind=Kind.COUNTER,
    dimension_sets=(TOTAL,),
    description="Deadlocks the database broke up since the run before.",
    source=JOB,
)

DAILY_COST = MetricDefinition(
    namespace=COSTS,
    name="DailyCost",
    unit=Unit.NONE,
    kind=Kind.GAUGE,
    dimension_sets=(BY_SERVICE, TOTAL),
    description=(
        "US dollars of a whole day, at its noon: by listed service, `other` for the rest, and in "
        "total; plans that are paid by the month by the day."
    ),
    source=COST_JOB,
)
COST_PER_EMAIL = MetricDefinition(
    namespace=COSTS,
    name="CostPerEmail",
    unit=Unit.NONE,
    kind=Kind.GAUGE,
    dimension_sets=(TOTAL,),
    description=(
        "US dollars the e-mail plan costs for each e-mail of the last thirty days; absent below "
        "1000 e-mails."
    ),
    source=COST_JOB,
)

DATABASE_METRICS = (
    DATABASE_AVAILABLE,
    CONNECTIONS_USED,
    TABLE_SIZE,
    TABLE_GROWTH,
    SLOW_QUERY_MEAN_TIME,
    FUNCTION_MEAN_TIME,
    UNUSED_INDEXES,
    MISSING_INDEXES,
    LONGEST_TRANSACTION,
    DEADLOCKS,
)
COST_METRICS = (DAILY_COST, COST_PER_EMAIL)
