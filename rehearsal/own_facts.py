"""What Watchkeeper's own definitions tell about its templates, as facts for the design rules."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path

from rehearsal.lint.facts import (
    CostFact,
    EmitterFact,
    ExceptionFact,
    Facts,
    MetricFact,
    RunbookFact,
)
from rehearsal.lint.markdown import list_anchors
from rehearsal.lint.prices import MONTH_SECONDS
from watchkeeper.definitions.alarm import AlarmDefinition, Threshold, TreatMissingData
from watchkeeper.definitions.metric import Kind, MetricDefinition
from watchkeeper.definitions.severity import Severity
from watchkeeper.definitions.workload import WorkloadDefinition, read_series
from watchkeeper.engine_metrics import PER_FUNCTION, RUN_DURATION
from watchkeeper.environment.loader import load_environment
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names
from watchkeeper.workloads.registry import workloads
from watchkeeper.workloads.storytailor.deploy.workload import pipeline_types
from watchkeeper.workloads.storytailor.metrics import (
    BY_TYPE_AND_REASON,
    CHECK_LATENCY,
    MINUTES_OVERDUE,
    MINUTES_SINCE_LAST_EXECUTION,
)
from watchkeeper.workloads.storytailor.metrics_canary import CANARY_ROUND_TRIP
from watchkeeper.workloads.storytailor.metrics_control import (
    BY_TYPE_AND_OVERRIDE,
    OVERRIDE_RATE,
    RULE_ENABLED,
)
from watchkeeper.workloads.storytailor.metrics_database import FUNCTION_MEAN_TIME
from watchkeeper.workloads.storytailor.sources import OTHER, SLA_MISSED
from watchkeeper.workloads.storytailor.sources_database import FUNCTION_TARGETS, WATCHED_TABLES

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / "environments"
RUNBOOKS = ROOT / "docs" / "runbooks"

# Runs take seconds; their timeouts are for the worst night. Generous.
USUAL_RUN_SECONDS = 10.0
DAY_SECONDS = 86_400
# Of an ordinary day's rehearsed runs: 6.3 MB of 900 runs.
RUN_LOG_KILOBYTES = 7.0
# Of a run that keeps a ledger, by the calls it makes: a lease, five buckets read and written.
LEDGER_WRITES, LEDGER_READS = 12.0, 20.0
# Of any run: the database's secret; and the key's data keys, which S3 and SNS keep for a while.
RUN_SECRET_REQUESTS, RUN_KEY_REQUESTS = 1.0, 1.0
# Three weeks of ledgers; a year of exports, reports and packages. Archived rows are extra.
LEDGER_GIGABYTES, BUCKET_GIGABYTES = 0.5, 5.0
BUCKET_WRITES = 1_000.0
REPORT_EMAILS = 40.0
COST_QUERIES = 31.0
# A monthly run has no beat of its own: the age of its export is checked every five minutes.
WATCHED_BY_OTHERS = {
    # Rows that nobody moves stay, and the table grows.
    "archive": "storytailor-table-size",
    "ssm_backup": "storytailor-backup-stale",
    "alarm_drill": "watchkeeper-dead-letters",
    # The daily comparison tells when the copy of the code is too old.
    "code_snapshot": "watchkeeper-config-drift-silent",
    # The daily summary tells when one of these has not gone out.
    "weekly_review": "watchkeeper-daily-summary-silent",
    "monthly_report": "watchkeeper-daily-summary-silent",
}
# Distributions have a datapoint for each row; these two have one for each run.
# Of these most values never occur: they have datapoints, and cost, only where they do.
SPARSE_SETS = (BY_TYPE_AND_REASON, BY_TYPE_AND_OVERRIDE)
EVERY_RUN = frozenset({CHECK_LATENCY, RUN_DURATION})
# Gauges that say nothing where there is nothing to say.
NOT_EVERY_RUN = frozenset({FUNCTION_MEAN_TIME, OVERRIDE_RATE, CANARY_ROUND_TRIP})

Values = Mapping[str, tuple[str, ...]]


def own_facts(environment_name: str) -> Facts:
    """Build the facts of one of the environments in `environments/`."""
    environment = load_environment(environment_name, ENVIRONMENTS)
    watched = workloads(environment)
    names = Names(environment)
    jobs = [job for workload in watched for job in workload.jobs]
    return Facts(
        metrics=tuple(_metrics(environment, watched)),
        emitters=tuple(
            EmitterFact(name=job.name, heartbeat_alarm=_heartbeat(environment, watched, job.name))
            for job in jobs
        ),
        runbooks=tuple(_runbooks(environment, watched)),
        objectives=(),
        routes={
            severity.name: tuple(names.topic(workload.name, severity) for workload in watched)
            for severity in Severity
        },
        exceptions=(
            ExceptionFact(
                rule="emitter-has-heartbeat",
                where=environment.named("watchkeeper-dead-letters"),
                reason="Whoever gets no test page in a quarter's first week notices that there was "
                "no drill; one that failed ends in this queue.",
            ),
        ),
        cost=CostFact(
            budget_usd=environment.monthly_budget_usd,
            run_seconds={names.function(job): USUAL_RUN_SECONDS for job in jobs},
            run_log_kilobytes=RUN_LOG_KILOBYTES,
            usage=_usage(watched),
        ),
    )


def _usage(watched: Sequence[WorkloadDefinition]) -> Mapping[str, float]:
    """Estimate the units a month that no template tells."""
    runs = counting_runs = 0.0
    for workload in watched:
        for job in workload.jobs:
            each = MONTH_SECONDS / (job.schedule.cadence_seconds or DAY_SECONDS)
            runs += each
            counting_runs += each if "ledger_table" in workload.settings[job.name] else 0
    return {
        "table write": counting_runs * LEDGER_WRITES,
        "table read": counting_runs * LEDGER_READS,
        "table storage": LEDGER_GIGABYTES,
        "table recovery": LEDGER_GIGABYTES,
        "object storage": BUCKET_GIGABYTES,
        "object write": BUCKET_WRITES,
        "secret request": runs * RUN_SECRET_REQUESTS,
        "key request": runs * RUN_KEY_REQUESTS,
        "cost query": COST_QUERIES,
        "e-mail": REPORT_EMAILS,
    }


def _heartbeat(environment: Environment, watched: Sequence[WorkloadDefinition], job: str) -> str:
    """Name the alarm that takes the silence of a job's own metrics for a breach."""
    for workload in watched:
        for alarm in workload.alarms:
            if _hears_silence(alarm, job):
                return environment.named(alarm.name)
    return environment.named(WATCHED_BY_OTHERS[job]) if job in WATCHED_BY_OTHERS else ""


def _hears_silence(alarm: AlarmDefinition, job: str) -> bool:
    held = alarm.condition
    return (
        isinstance(held, Threshold)
        and held.treat_missing_data is TreatMissingData.BREACHING
        and any(dict(each.dimensions).get("Function") == job for each in read_series(held.watches))
    )


def _runbooks(
    environment: Environment, watched: Sequence[WorkloadDefinition]
) -> Iterator[RunbookFact]:
    for workload in watched:
        text = (RUNBOOKS / f"{workload.name}.md").read_text(encoding="utf-8")
        yield RunbookFact(
            page=f"{environment.docs_url}/runbooks/{workload.name}.md", anchors=list_anchors(text)
        )


def _metrics(
    environment: Environment, watched: Sequence[WorkloadDefinition]
) -> Iterator[MetricFact]:
    known = _label_values(environment, watched)
    cadences = {
        job.name: job.schedule.cadence_seconds or (DAY_SECONDS if job.schedule.is_daily else None)
        for workload in watched
        for job in workload.jobs
    }
    own = {metric for workload in watched for metric in workload.metrics}
    for metric in dict.fromkeys(each for workload in watched for each in workload.metrics):
        for emitter in _emitters(metric, tuple(cadences)):
            yield from _own_metric(metric, emitter, cadences[emitter], known)
    read = {series.metric for workload in watched for series in workload.read_series}
    for metric in sorted(read - own, key=lambda each: (each.namespace, each.name)):
        yield MetricFact(
            namespace=metric.namespace,
            name=metric.name,
            dimension_sets=metric.dimension_sets,
            unit=metric.unit.value,
            sparse=True,
        )


def _emitters(metric: MetricDefinition, jobs: tuple[str, ...]) -> tuple[str, ...]:
    if metric.source == "every function":
        return jobs
    return tuple(name.strip() for name in metric.source.split(","))


def _own_metric(
    metric: MetricDefinition, emitter: str, cadence: int | None, known: Values
) -> Iterator[MetricFact]:
    """Yield the facts of a metric from one emitter: sets that come all the time, then the rest."""
    values = {**known, "Function": (emitter,)} if metric.dimension_sets == PER_FUNCTION else known
    if metric in (MINUTES_SINCE_LAST_EXECUTION, MINUTES_OVERDUE):
        values = {**known, "PipelineType": known["ScheduledType"]}
    if metric is RULE_ENABLED:
        values = {**known, "Pipeline": tuple(known["Rule"])}
    if metric is FUNCTION_MEAN_TIME:
        values = {**known, "Function": tuple(FUNCTION_TARGETS)}
    if metric is CHECK_LATENCY:
        values = {**known, "Check": known["Latency"]}
    is_by_row = metric.kind is Kind.DISTRIBUTION and metric not in EVERY_RUN
    for names in metric.dimension_sets:
        is_sparse = is_by_row or names in SPARSE_SETS or metric in NOT_EVERY_RUN
        yield MetricFact(
            namespace=metric.namespace,
            name=metric.name,
            dimension_sets=(names,),
            unit=metric.unit.value,
            cadence_seconds=None if is_sparse else cadence,
            sparse=is_sparse,
            emitter=emitter,
            values={name: values[name] for name in names},
            series=prod(len(values[name]) for name in names),
        )


def _label_values(environment: Environment, watched: Sequence[WorkloadDefinition]) -> Values:
    """List every value that a dimension of our own metrics may have."""
    checks = [check for workload in watched for check in workload.checks]
    values = {
        "Environment": (environment.name,),
        "Check": tuple(check.name for check in checks),
        "Latency": tuple(name for check in checks for name in check.latency_names),
    }
    storytailor = environment.storytailor
    if storytailor is None:
        return values
    return {
        **values,
        "PipelineType": (*pipeline_types(storytailor), OTHER),
        "ScheduledType": tuple(rule.replace("-", "_") for rule in storytailor.rules),
        "VetoReason": tuple(dict.fromkeys((*storytailor.veto_reasons, SLA_MISSED, OTHER))),
        "EmailType": (*storytailor.email_types, OTHER),
        "Source": (*storytailor.reward_sources, OTHER),
        "OverrideType": (*storytailor.override_types, OTHER),
        "PipelineGroup": ("therapeutic", "crisis"),
        "Pipeline": (*storytailor.rules, *storytailor.pipelines),
        "Rule": tuple(storytailor.rules),
        "Service": (*storytailor.costs.services, *storytailor.costs.monthly_usd, OTHER),
        "Table": WATCHED_TABLES,
    }
