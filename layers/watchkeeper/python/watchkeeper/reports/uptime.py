"""How well functions, rules and the database held, as CloudWatch counted it over a period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watchkeeper.aws_metrics import (
    LAMBDA_ERRORS,
    LAMBDA_INVOCATIONS,
    RULE_FAILED_INVOCATIONS,
    RULE_INVOCATIONS,
)
from watchkeeper.definitions.errors import ReportPartError
from watchkeeper.definitions.metric import MetricSeries
from watchkeeper.reports.cloudwatch import pages
from watchkeeper.reports.period import Period
from watchkeeper.reports.target import Share
from watchkeeper.workloads.storytailor.metrics import CHECK_PASSED

DAY_SECONDS = 86_400
DATABASE_CHECK = "database"


@dataclass(frozen=True, kw_only=True)
class Uptime:
    """Be what went wrong of all that was tried, and what went right of all that was checked."""

    function_errors: Mapping[str, Share]
    rule_failures: Share
    database_passed: Share


@dataclass(frozen=True)
class Wanted:
    """Be one sum to ask for."""

    series: MetricSeries
    statistic: str


def read_uptime(
    cloudwatch: Any,
    *,
    environment: str,
    functions: Mapping[str, str],
    rules: Sequence[str],
    period: Period,
) -> Uptime:
    """Read all sums of a period; `functions` maps what people call each to its name.

    Raise `ReportPartError` when CloudWatch does not give them.
    """
    check = CHECK_PASSED.series(Environment=environment, Check=DATABASE_CHECK)
    wanted = [
        *(_sum(LAMBDA_ERRORS.series(FunctionName=name)) for name in functions.values()),
        *(_sum(LAMBDA_INVOCATIONS.series(FunctionName=name)) for name in functions.values()),
        *(_sum(RULE_FAILED_INVOCATIONS.series(RuleName=name)) for name in rules),
        *(_sum(RULE_INVOCATIONS.series(RuleName=name)) for name in rules),
        _sum(check),
        Wanted(check, "SampleCount"),
    ]
    sums = iter(_read_sums(cloudwatch, wanted, period))
    errors, invocations = ([next(sums) for _ in functions] for _ in range(2))
    failed, tried = (sum(next(sums) for _ in rules) for _ in range(2))
    return Uptime(
        function_errors={
            name: Share(part=part, whole=whole)
            for name, part, whole in zip(functions, errors, invocations, strict=True)
        },
        rule_failures=Share(part=failed, whole=tried),
        database_passed=Share(part=next(sums), whole=next(sums)),
    )


def _sum(series: MetricSeries) -> Wanted:
    return Wanted(series, "Sum")


def _read_sums(cloudwatch: Any, wanted: Sequence[Wanted], period: Period) -> list[float]:
    sums = [0.0] * len(wanted)
    queries = [_query(number, each) for number, each in enumerate(wanted)]
    for page in pages(
        cloudwatch.get_metric_data,
        MetricDataQueries=queries,
        StartTime=period.since,
        EndTime=period.until,
        ScanBy="TimestampAscending",
    ):
        for result in page["MetricDataResults"]:
            if result.get("StatusCode") in ("Forbidden", "InternalError"):
                raise ReportPartError(f"CloudWatch gave no data ({result['StatusCode']})")
            sums[int(result["Id"].removeprefix("m"))] += sum(result["Values"])
    return sums


def _query(number: int, wanted: Wanted) -> Mapping[str, Any]:
    series = wanted.series
    dimensions = [{"Name": name, "Value": value} for name, value in series.dimensions]
    metric = {
        "Namespace": series.metric.namespace,
        "MetricName": series.metric.name,
        "Dimensions": dimensions,
    }
    stat = {"Metric": metric, "Period": DAY_SECONDS, "Stat": wanted.statistic}
    return {"Id": f"m{number}", "MetricStat": stat, "ReturnData": True}
