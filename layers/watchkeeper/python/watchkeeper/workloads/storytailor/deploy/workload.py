"""Storytailor as a whole, for one environment."""

from collections.abc import Mapping

from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.environment.model import Environment, Storytailor
from watchkeeper.environment.names import Names
from watchkeeper.environment.thresholds import Thresholds
from watchkeeper.runtime.settings import (
    HealthCheckSettings,
    PipelineMetricsSettings,
    Settings,
    SsmBackupSettings,
    UnsubscribeSpikeSettings,
)
from watchkeeper.workloads.storytailor import jobs
from watchkeeper.workloads.storytailor.checks import storytailor_checks
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.deploy.alarms_email import email_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_health import health_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_lambda import lambda_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_pipelines import pipeline_alarms
from watchkeeper.workloads.storytailor.deploy.dashboards import Boards
from watchkeeper.workloads.storytailor.deploy.log_queries import log_queries
from watchkeeper.workloads.storytailor.metrics import METRICS

ALARM_FAMILIES = (pipeline_alarms, health_alarms, lambda_alarms, email_alarms)


def workload(environment: Environment, storytailor: Storytailor) -> WorkloadDefinition:
    """Return everything watched of Storytailor; raise for thresholds no alarm uses."""
    numbers = Thresholds(
        f"{environment.name}.toml", "storytailor.thresholds", storytailor.thresholds
    )
    alarming = Alarming(environment=environment, storytailor=storytailor, numbers=numbers)
    alarms = tuple(alarm for family in ALARM_FAMILIES for alarm in family(alarming))
    numbers.refuse_unused()
    checks = _checks(environment, storytailor)
    boards = Boards(
        alarming,
        alarms,
        pipeline_types=(*pipeline_types(storytailor), "other"),
        checks=tuple(check.name for check in checks),
        latencies=tuple(name for check in checks for name in check.latency_names),
    )
    return WorkloadDefinition(
        name="storytailor",
        title="Storytailor",
        metrics=METRICS,
        alarms=alarms,
        thresholds=numbers.in_force,
        dashboards=boards.dashboards(),
        log_queries=log_queries(environment.name),
        jobs=jobs.JOBS,
        checks=checks,
        settings={
            job: settings.to_json() for job, settings in _settings(environment, storytailor).items()
        },
    )


def pipeline_types(storytailor: Storytailor) -> tuple[str, ...]:
    """List the values of `pipeline_type` that get a label of their own."""
    return tuple(name.replace("-", "_") for name in (*storytailor.rules, *storytailor.pipelines))


def _checks(environment: Environment, storytailor: Storytailor) -> tuple[CheckDefinition, ...]:
    return storytailor_checks(
        environment=environment.name,
        database_secret=storytailor.database.secret,
        rules=tuple(storytailor.rules),
        backup_bucket=Names(environment).backup_bucket,
    )


def _settings(environment: Environment, storytailor: Storytailor) -> Mapping[str, Settings]:
    names = Names(environment)
    return {
        jobs.HEALTH_CHECK.name: HealthCheckSettings(
            environment=environment.name, checks=_checks(environment, storytailor)
        ),
        jobs.PIPELINE_METRICS.name: PipelineMetricsSettings(
            environment=environment.name,
            database_secret=storytailor.database.secret,
            ledger_table=names.ledger_table,
            pipeline_types=pipeline_types(storytailor),
            scheduled_types=tuple(rule.replace("-", "_") for rule in storytailor.rules),
            veto_reasons=storytailor.veto_reasons,
        ),
        jobs.UNSUBSCRIBE_SPIKE.name: UnsubscribeSpikeSettings(
            environment=environment.name,
            database_secret=storytailor.database.secret,
            ledger_table=names.ledger_table,
            email_types=storytailor.email_types,
        ),
        jobs.SSM_BACKUP.name: SsmBackupSettings(
            environment=environment.name,
            parameter_path=f"/storytailor-{environment.name}",
            bucket=names.backup_bucket,
            key_arn=names.backup_key_arn,
        ),
    }
