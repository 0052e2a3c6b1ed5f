"""Storytailor as a whole, for one environment."""

from collections.abc import Mapping

from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.schedule import JobDefinition
from watchkeeper.definitions.severity import Severity
from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.environment.model import Environment, Storytailor
from watchkeeper.environment.names import Names
from watchkeeper.environment.thresholds import Thresholds
from watchkeeper.runtime.settings import (
    AlarmDrillSettings,
    ArchiveSettings,
    CodeSnapshotSettings,
    ConfigDriftSettings,
    CostMetricsSettings,
    DatabaseMetricsSettings,
    EmailMetricsSettings,
    EventbridgeCanarySettings,
    HealthCheckSettings,
    KillSwitchMetricsSettings,
    OverrideMetricsSettings,
    PipelineMetricsSettings,
    ReferralMetricsSettings,
    ReportSettings,
    Settings,
    SsmBackupSettings,
)
from watchkeeper.workloads.storytailor import jobs
from watchkeeper.workloads.storytailor.checks import storytailor_checks
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.deploy.alarms_canary import canary_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_configuration import configuration_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_database import database_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_email import email_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_email_delivery import email_delivery_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_health import health_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_lambda import lambda_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_overrides import override_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_pipelines import pipeline_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_referrals import referral_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_schedule import schedule_alarms
from watchkeeper.workloads.storytailor.deploy.alarms_unsubscribes import (
    unsubscribe_alarms,
    unsubscribe_settings,
)
from watchkeeper.workloads.storytailor.deploy.dashboard_database import database_dashboard
from watchkeeper.workloads.storytailor.deploy.dashboards import Boards
from watchkeeper.workloads.storytailor.deploy.log_metrics import log_metrics
from watchkeeper.workloads.storytailor.deploy.log_queries import log_queries
from watchkeeper.workloads.storytailor.deploy.log_queries_configuration import (
    configuration_query,
)
from watchkeeper.workloads.storytailor.metrics import METRICS

# The suite's own topics are drilled with the application's: they carry the pages about it.
DRILLED = ("storytailor", "watchkeeper")
ALARM_FAMILIES = (
    pipeline_alarms,
    health_alarms,
    lambda_alarms,
    email_alarms,
    email_delivery_alarms,
    database_alarms,
    referral_alarms,
    override_alarms,
    schedule_alarms,
    configuration_alarms,
    canary_alarms,
    unsubscribe_alarms,
)


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
        dashboards=(*boards.dashboards(), database_dashboard(alarming, alarms)),
        log_queries=(
            *log_queries(environment.name, storytailor.rules),
            configuration_query(environment),
        ),
        log_metrics=log_metrics(environment),
        jobs=deployed_jobs(environment),
        checks=checks,
        settings={
            job: settings.to_json()
            for job, settings in {
                **_settings(environment, storytailor),
                **_archive_settings(environment, storytailor),
                jobs.UNSUBSCRIBE_SPIKE.name: unsubscribe_settings(
                    environment, storytailor, numbers
                ),
            }.items()
        },
    )


def deployed_jobs(environment: Environment) -> tuple[JobDefinition, ...]:
    """List the jobs that an environment runs: what may not archive does not even exist."""
    is_archived = environment.allowed_actions.archive_rows
    return tuple(job for job in jobs.JOBS if is_archived or job is not jobs.ARCHIVE)


def _archive_settings(
    environment: Environment, storytailor: Storytailor
) -> Mapping[str, ArchiveSettings]:
    login = storytailor.database.archive_secret
    if not environment.allowed_actions.archive_rows or login is None:
        return {}
    names = Names(environment)
    return {
        jobs.ARCHIVE.name: ArchiveSettings(
            environment=environment.name,
            archive_secret=login,
            archive_bucket=names.archive_bucket,
            archive_key_arn=names.backup_key_arn,
        )
    }


def pipeline_types(storytailor: Storytailor) -> tuple[str, ...]:
    """List the values of `pipeline_type` that get a label of their own."""
    return tuple(name.replace("-", "_") for name in (*storytailor.rules, *storytailor.pipelines))


def _override_groups(storytailor: Storytailor) -> Mapping[str, tuple[str, ...]]:
    rated = storytailor.false_positives
    return {
        group: tuple(name.replace("-", "_") for name in names)
        for group, names in (("therapeutic", rated.therapeutic), ("crisis", rated.crisis))
    }


def _report_settings(environment: Environment, storytailor: Storytailor) -> ReportSettings:
    names = Names(environment)
    mail = environment.reports
    return ReportSettings(
        environment=environment.name,
        database_secret=storytailor.database.secret,
        report_bucket=names.backup_bucket,
        report_key_arn=names.backup_key_arn,
        alarm_prefix="storytailor-",
        alarm_suffix=environment.suffix,
        measured_functions={
            "curator": f"storytailor-intelligence-curator-{environment.name}",
            "universal agent": f"storytailor-universal-agent-{environment.name}",
        },
        measured_rules=tuple(
            f"storytailor-{rule}-{environment.name}" for rule in storytailor.rules
        ),
        override_groups=_override_groups(storytailor),
        docs_url=environment.docs_url,
        identity_arn=names.arn("ses", f"identity/{mail.identity}") if mail else "",
        sender=mail.sender if mail else "",
        recipients=mail.recipients if mail else (),
        info_topic="" if mail else names.topic_arn("storytailor", Severity.P4),
    )


def _checks(environment: Environment, storytailor: Storytailor) -> tuple[CheckDefinition, ...]:
    return storytailor_checks(
        environment=environment.name,
        database_secret=storytailor.database.secret,
        rules=tuple(storytailor.rules),
        backup_bucket=Names(environment).backup_bucket,
    )


def _settings(environment: Environment, storytailor: Storytailor) -> Mapping[str, Settings]:
    names = Names(environment)
    reports = (jobs.DAILY_SUMMARY, jobs.WEEKLY_REVIEW, jobs.MONTHLY_REPORT)
    return {
        **{job.name: _report_settings(environment, storytailor) for job in reports},
        jobs.HEALTH_CHECK.name: HealthCheckSettings(
            environment=environment.name, checks=_checks(environment, storytailor)
        ),
        jobs.PIPELINE_METRICS.name: PipelineMetricsSettings(
            environment=environment.name,
            database_secret=storytailor.database.secret,
            ledger_table=names.ledger_table,
            pipeline_types=pipeline_types(storytailor),
            schedules={
                rule.replace("-", "_"): expression for rule, expression in storytailor.rules.items()
            },
            veto_reasons=storytailor.veto_reasons,
        ),
        jobs.EMAIL_METRICS.name: EmailMetricsSettings(
            environment=environment.name,
            database_secret=storytailor.database.secret,
            ledger_table=names.ledger_table,
            email_types=storytailor.email_types,
        ),
        jobs.DATABASE_METRICS.name: DatabaseMetricsSettings(
            environment=environment.name,
            database_secret=storytailor.database.secret,
            ledger_table=names.ledger_table,
        ),
        jobs.COST_METRICS.name: CostMetricsSettings(
            environment=environment.name,
            database_secret=storytailor.database.secret,
            ledger_table=names.ledger_table,
            cost_services=storytailor.costs.services,
            monthly_usd=storytailor.costs.monthly_usd,
            email_plan=storytailor.costs.email_plan,
            email_included=storytailor.costs.email_included,
            email_extra_usd=storytailor.costs.email_extra_usd,
        ),
        jobs.REFERRAL_METRICS.name: ReferralMetricsSettings(
            environment=environment.name,
            database_secret=storytailor.database.secret,
            ledger_table=names.ledger_table,
            reward_sources=storytailor.reward_sources,
        ),
        jobs.OVERRIDE_METRICS.name: OverrideMetricsSettings(
            environment=environment.name,
            database_secret=storytailor.database.secret,
            ledger_table=names.ledger_table,
            pipeline_types=pipeline_types(storytailor),
            override_types=storytailor.override_types,
            override_groups=_override_groups(storytailor),
            override_minimum_runs=storytailor.false_positives.minimum_runs,
        ),
        jobs.KILL_SWITCH_METRICS.name: KillSwitchMetricsSettings(
            environment=environment.name,
            kill_switches={
                one: f"/storytailor-{environment.name}/pipelines/{one}/enabled"
                for one in (*storytailor.rules, *storytailor.pipelines)
            },
            rules={one: f"storytailor-{one}-{environment.name}" for one in storytailor.rules},
        ),
        jobs.EVENTBRIDGE_CANARY.name: EventbridgeCanarySettings(
            environment=environment.name,
            canary_rule=f"storytailor-health-check-{environment.name}",
            canary_log_group=f"/aws/lambda/storytailor-intelligence-curator-{environment.name}",
        ),
        jobs.SSM_BACKUP.name: SsmBackupSettings(
            environment=environment.name,
            parameter_path=f"/storytailor-{environment.name}",
            bucket=names.backup_bucket,
            key_arn=names.backup_key_arn,
        ),
        jobs.CODE_SNAPSHOT.name: CodeSnapshotSettings(
            environment=environment.name,
            snapshot_functions=tuple(
                f"storytailor-{function}-{environment.name}"
                for function in ("intelligence-curator", "universal-agent")
            ),
            snapshot_bucket=names.backup_bucket,
            snapshot_key_arn=names.backup_key_arn,
        ),
        jobs.CONFIG_DRIFT.name: ConfigDriftSettings(
            environment=environment.name,
            compared_path=f"/storytailor-{environment.name}",
            export_bucket=names.backup_bucket,
            rule_schedules={
                f"storytailor-{rule}-{environment.name}": expression
                for rule, expression in storytailor.rules.items()
            },
            rule_target=f"storytailor-intelligence-curator-{environment.name}",
        ),
        jobs.ALARM_DRILL.name: AlarmDrillSettings(
            environment=environment.name,
            drilled_topics=tuple(
                names.topic_arn(workload, severity) for workload in DRILLED for severity in Severity
            ),
        ),
    }
