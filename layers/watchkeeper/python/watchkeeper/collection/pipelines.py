"""Count pipeline runs into metrics: executions, vetoes, failures, durations, delays, silence."""

from collections.abc import Iterator, Mapping
from functools import cache

from watchkeeper.collection.counting import CountResult
from watchkeeper.collection.counting_job import CountingJob, total
from watchkeeper.collection.deadlines import report_deadlines
from watchkeeper.collection.ledgers import BUSY
from watchkeeper.collection.minute_source import MinuteSource, SeriesOf
from watchkeeper.definitions.datapoint import OLDEST_ACCEPTED
from watchkeeper.definitions.errors import LedgerBusyError
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries
from watchkeeper.engine_metrics import ROWS_FOLDED, ROWS_UNREADABLE
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import PipelineMetricsSettings
from watchkeeper.workloads.storytailor.metrics import (
    EVENT_TO_PROCESSING_DELAY,
    PIPELINE_DURATION,
    PIPELINE_EXECUTIONS,
    PIPELINE_FAILURES,
    PIPELINE_VETOES,
    SLA_VIOLATIONS,
)
from watchkeeper.workloads.storytailor.sources import (
    OTHER,
    QUERY_PIPELINE_EXECUTIONS,
    SLA_MISSED,
    TIME_CRITICAL_TYPES,
)

LEDGER = "pipeline_executions"
# Longer than anything can be counted again (13 days), or than CloudWatch takes it (14 days).
KEPT_DAYS = OLDEST_ACCEPTED.days + 3

PipelineRun = Run[PipelineMetricsSettings]


def count_pipelines(run: PipelineRun) -> Mapping[str, object]:
    """Count runs since the last time, then say which scheduled pipelines are overdue."""
    source = MinuteSource(
        query=QUERY_PIPELINE_EXECUTIONS,
        parameters={
            "types": _types(run),
            "reasons": [*run.settings.veto_reasons, SLA_MISSED],
            "other": OTHER,
            "sla_missed": SLA_MISSED,
        },
        series=pipeline_series(run.settings.environment, run.job),
    )
    with CountingJob(run) as job:
        try:
            result = job.count(source, name=LEDGER, kept_days=KEPT_DAYS)
        except LedgerBusyError:
            return BUSY
        job.report(expected_series(run), result)
        report_deadlines(run, job.database)
    return _summary(result)


def pipeline_series(environment: str, job: str) -> SeriesOf:
    """Return what names the series that a measure of a type and reason counts in."""
    everywhere = {"Environment": environment}
    function = {**everywhere, "Function": job}

    @cache
    def series(measure: str, pipeline_type: str, reason: str) -> tuple[MetricSeries, ...]:
        by_type = {**everywhere, "PipelineType": pipeline_type}
        by_reason = {**by_type, "VetoReason": reason}
        counted_in: dict[str, tuple[tuple[MetricDefinition, dict[str, str]], ...]] = {
            "execution": ((PIPELINE_EXECUTIONS, by_type), (PIPELINE_EXECUTIONS, everywhere)),
            "veto": (
                (PIPELINE_VETOES, by_type),
                (PIPELINE_VETOES, by_reason),
                (PIPELINE_VETOES, everywhere),
            ),
            "sla_missed": ((SLA_VIOLATIONS, by_type),),
            "failure": ((PIPELINE_FAILURES, by_type),),
            "duration": ((PIPELINE_DURATION, by_type),),
            "delay": ((EVENT_TO_PROCESSING_DELAY, by_type),),
            "folded": ((ROWS_FOLDED, function),),
            "unreadable": ((ROWS_UNREADABLE, function),),
        }
        return tuple(
            metric.series(**dimensions) for metric, dimensions in counted_in.get(measure, ())
        )

    return series


def expected_series(run: PipelineRun) -> Iterator[MetricSeries]:
    """List the counters that each run has a value for, be it zero."""
    series = pipeline_series(run.settings.environment, run.job)
    for pipeline_type in _types(run):
        for measure in ("execution", "sla_missed", "failure"):
            yield series(measure, pipeline_type, "")[0]
        yield PIPELINE_VETOES.series(
            Environment=run.settings.environment, PipelineType=pipeline_type
        )
    for pipeline_type in TIME_CRITICAL_TYPES:
        yield PIPELINE_VETOES.series(
            Environment=run.settings.environment,
            PipelineType=pipeline_type,
            VetoReason=SLA_MISSED,
        )
    yield PIPELINE_EXECUTIONS.series(Environment=run.settings.environment)
    yield PIPELINE_VETOES.series(Environment=run.settings.environment)
    yield from series("folded", "", "")
    yield from series("unreadable", "", "")


def _types(run: PipelineRun) -> list[str]:
    return list(dict.fromkeys((*run.settings.pipeline_types, *TIME_CRITICAL_TYPES)))


def _summary(result: CountResult) -> dict[str, object]:
    counted = (PIPELINE_EXECUTIONS, PIPELINE_VETOES)
    return {
        **{metric.name: total(result, metric).get("", 0) for metric in counted},
        PIPELINE_FAILURES.name: total(result, PIPELINE_FAILURES, by="PipelineType"),
        "minutes_behind": result.minutes_behind,
    }
