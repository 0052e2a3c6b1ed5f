"""The suite itself as a workload, for one environment."""

from watchkeeper.definitions.alarm import Statistic
from watchkeeper.definitions.dashboard import (
    AlarmStatusWidget,
    DashboardDefinition,
    GraphWidget,
    Line,
)
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.definitions.schedule import JobDefinition
from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.engine_metrics import (
    ENGINE_METRICS,
    MINUTES_BEHIND,
    ROWS_FOLDED,
    RUN_DURATION,
    RUN_SUCCEEDED,
)
from watchkeeper.environment.model import Environment
from watchkeeper.environment.thresholds import Thresholds
from watchkeeper.workloads.watchkeeper.deploy.alarms import DASHBOARD, SelfAlarms, emitters


def workload(
    environment: Environment, jobs: tuple[JobDefinition, ...], topics: tuple[str, ...]
) -> WorkloadDefinition:
    """Return the alarms and the dashboard on the given jobs and the topics that carry pages."""
    numbers = Thresholds(f"{environment.name}.toml", "self_thresholds", environment.self_thresholds)
    parts = SelfAlarms(environment=environment, jobs=jobs, topics=topics, numbers=numbers)
    alarms = tuple(parts.alarms())
    numbers.refuse_unused()
    every_job = tuple(job.name for job in jobs)
    return WorkloadDefinition(
        name="watchkeeper",
        title="Self",
        metrics=ENGINE_METRICS,
        pages_also_by_email=True,
        alarms=alarms,
        thresholds=numbers.in_force,
        dashboards=(
            DashboardDefinition(
                name=DASHBOARD,
                description="Whether the suite itself can be trusted tonight.",
                rows=(
                    (
                        AlarmStatusWidget(
                            title="Alarm states", alarms=tuple(alarm.name for alarm in alarms)
                        ),
                    ),
                    (
                        _graph(environment, "Runs that succeeded", RUN_SUCCEEDED, "Sum", every_job),
                        _graph(
                            environment, "Run duration", RUN_DURATION, "Maximum", every_job, "ms"
                        ),
                    ),
                    (
                        _graph(
                            environment,
                            "Minutes behind",
                            MINUTES_BEHIND,
                            "Maximum",
                            emitters(MINUTES_BEHIND),
                        ),
                        _graph(
                            environment,
                            "Rows under `other`",
                            ROWS_FOLDED,
                            "Sum",
                            emitters(ROWS_FOLDED),
                        ),
                    ),
                ),
            ),
        ),
    )


def _graph(
    environment: Environment,
    title: str,
    metric: MetricDefinition,
    statistic: str,
    jobs: tuple[str, ...],
    axis_label: str = "",
) -> GraphWidget:
    return GraphWidget(
        title=title,
        lines=tuple(
            Line(
                label=job,
                plots=Statistic(
                    series=metric.series(Environment=environment.name, Function=job),
                    statistic=statistic,
                ),
            )
            for job in jobs
        ),
        period_seconds=300,
        axis_label=axis_label,
    )
