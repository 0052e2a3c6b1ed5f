"""Count what people override of the pipelines' decisions, and how often that is."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache

from watchkeeper.collection.counting import CountResult
from watchkeeper.collection.counting_job import CountingJob
from watchkeeper.collection.database import Database
from watchkeeper.collection.ledgers import BUSY
from watchkeeper.collection.minute_source import MinuteSource, SeriesOf
from watchkeeper.definitions.datapoint import OLDEST_ACCEPTED, Datapoint
from watchkeeper.definitions.errors import LedgerBusyError
from watchkeeper.definitions.metric import MetricSeries
from watchkeeper.engine_metrics import ROWS_FOLDED
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import OverrideMetricsSettings
from watchkeeper.workloads.storytailor.metrics_control import HUMAN_OVERRIDES, OVERRIDE_RATE
from watchkeeper.workloads.storytailor.sources import OTHER
from watchkeeper.workloads.storytailor.sources_overrides import (
    QUERY_OVERRIDE_RATE,
    QUERY_OVERRIDES,
)

LEDGER = "human_overrides"
# Longer than anything can be counted again (13 days), or than CloudWatch takes it (14 days).
KEPT_DAYS = OLDEST_ACCEPTED.days + 3
# Overrides are judged in hindsight, and rare: a shorter look says nothing. CloudWatch's longest
# window is a week, so the function looks back itself.
RATED_DAYS = 30

OverrideRun = Run[OverrideMetricsSettings]


def count_overrides(run: OverrideRun) -> Mapping[str, object]:
    """Count overrides since the last time, then each group's overrides in percent of its runs."""
    source = MinuteSource(
        query=QUERY_OVERRIDES,
        parameters={
            "types": list(run.settings.pipeline_types),
            "reasons": list(run.settings.override_types),
            "other": OTHER,
        },
        series=override_series(run.settings.environment, run.job),
    )
    with CountingJob(run) as job:
        try:
            result = job.count(source, name=LEDGER, kept_days=KEPT_DAYS)
        except LedgerBusyError:
            return BUSY
        job.report(_expected(run), result)
        rates = dict(_rates(run, job.database))
    run.emit(
        Datapoint(
            series=OVERRIDE_RATE.series(Environment=run.settings.environment, PipelineGroup=group),
            values=(rate,),
            timestamp=run.now,
        )
        for group, rate in rates.items()
    )
    return _summary(result, rates)


def override_series(environment: str, job: str) -> SeriesOf:
    """Return what names the series that an override of a pipeline counts in."""

    @cache
    def series(measure: str, pipeline_type: str, override: str) -> tuple[MetricSeries, ...]:
        match measure:
            case "override":
                names = {"PipelineType": pipeline_type, "OverrideType": override}
                return (HUMAN_OVERRIDES.series(Environment=environment, **names),)
            case "folded":
                return (ROWS_FOLDED.series(Environment=environment, Function=job),)
            case _:
                return ()

    return series


def _expected(run: OverrideRun) -> Iterator[MetricSeries]:
    # Of overrides by type there are many series and few that ever occur: no zeros for those.
    yield ROWS_FOLDED.series(Environment=run.settings.environment, Function=run.job)


def _rates(run: OverrideRun, database: Database) -> Iterator[tuple[str, float]]:
    # Of too few runs no share can be told: not 0 %, and not 100 % after the first one.
    stretch = {"since": run.now - timedelta(days=RATED_DAYS), "until": run.now}
    with database.snapshot() as snapshot:
        for group, types in sorted(run.settings.override_groups.items()):
            wanted = {**stretch, "types": list(types)}
            for overrides, runs in snapshot.rows(QUERY_OVERRIDE_RATE, wanted):
                if runs >= run.settings.override_minimum_runs:
                    yield group, round(100 * overrides / runs, 2)


def _summary(result: CountResult, rates: Mapping[str, float]) -> dict[str, object]:
    by_type: dict[str, int] = {}
    for series, value in result.totals.items():
        if series.metric == HUMAN_OVERRIDES:
            name = dict(series.dimensions)["PipelineType"]
            by_type[name] = by_type.get(name, 0) + round(value)
    return {
        HUMAN_OVERRIDES.name: by_type,
        OVERRIDE_RATE.name: dict(rates),
        "minutes_behind": result.minutes_behind,
    }
