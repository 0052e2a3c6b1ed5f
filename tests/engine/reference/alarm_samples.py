"""Alarms on one metric, their datapoints and their times, in as few words as tests need."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rehearsal.engine.alarm import Comparison, MetricAlarm, MetricStat, Query, Treatment
from rehearsal.engine.metrics.identity import MetricIdentity
from tests.engine.reference.slow_evaluation import Datapoint

METRIC = MetricIdentity.of("App", "Errors")


def alarm_of(
    n: int = 1, m: int | None = None, *, period: int = 60, statistic: str = "Sum", **facts: Any
) -> MetricAlarm:
    """Build an alarm of M of N periods that breaches above 0, unless told otherwise."""
    settings = {
        "comparison": Comparison.ABOVE,
        "threshold": 0.0,
        "treatment": Treatment.MISSING,
        **facts,
    }
    stat = MetricStat(metric=METRIC, statistic=statistic, period_seconds=period)
    return MetricAlarm(
        name="errors",
        arn="arn:aws:cloudwatch:us-east-1:111111111111:alarm:errors",
        account="111111111111",
        region="us-east-1",
        queries=(Query(id="m", stat=stat),),
        is_math=False,
        period_seconds=period,
        evaluation_periods=n,
        datapoints_to_alarm=n if m is None else m,
        **settings,
    )


def points(
    moments: Iterable[tuple[int, float]], *, delay: int = 0, high_resolution: bool = False
) -> list[Datapoint]:
    """Publish one value at each (moment, value); all arrive `delay` seconds late."""
    return [
        Datapoint(
            at=moment, arrives=moment + delay, values=(value,), high_resolution=high_resolution
        )
        for moment, value in moments
    ]


def at(text: str) -> int:
    """Read a time of one Monday, or a date and time, in UTC."""
    moment = text if "T" in text else f"2026-03-02T{text}"
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())


def clock(moment: int) -> str:
    """Write a time of day in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S")
