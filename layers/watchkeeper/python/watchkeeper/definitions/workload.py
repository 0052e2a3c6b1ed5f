"""What a workload is: everything watched for one application, cross-checked."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from watchkeeper.definitions.alarm import AlarmDefinition, AnyOf, Expression, Statistic
from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.dashboard import (
    AlarmStatusWidget,
    DashboardDefinition,
    GraphWidget,
    Widget,
)
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.log_metric import LogMetricDefinition
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries
from watchkeeper.definitions.query import LogQueryDefinition
from watchkeeper.definitions.schedule import JobDefinition


def read_series(watched: Statistic | Expression) -> tuple[MetricSeries, ...]:
    """List the series that a statistic or an expression reads."""
    if isinstance(watched, Statistic):
        return (watched.series,)
    return tuple(statistic.series for statistic in watched.metrics.values())


@dataclass(frozen=True, kw_only=True)
class WorkloadDefinition:
    """Declare one workload for one environment; refuse names that lead nowhere.

    `name` prefixes topics and alarms. `metrics` are those Watchkeeper itself emits for the
    workload; each must be alarmed or plotted, or nobody would ever see it. `settings` is what each
    job is told when it is deployed, as JSON by job name. `thresholds` are the numbers in force
    by the keys under which an environment's file may override them. `pages_also_by_email`
    sends what goes to the pager by e-mail too: for alarms that may be about the pager itself.
    """

    name: str
    title: str
    metrics: tuple[MetricDefinition, ...]
    alarms: tuple[AlarmDefinition, ...]
    dashboards: tuple[DashboardDefinition, ...]
    log_queries: tuple[LogQueryDefinition, ...] = ()
    log_metrics: tuple[LogMetricDefinition, ...] = ()
    jobs: tuple[JobDefinition, ...] = ()
    checks: tuple[CheckDefinition, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    pages_also_by_email: bool = False
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse duplicates, unknown references, orphans and unseen metrics."""
        for label, names in self._names():
            repeated = [name for name, count in Counter(names).items() if count > 1]
            if repeated:
                raise DefinitionError(f"workload {self.name}: {label} {repeated} declared twice")
        if {job.name for job in self.jobs} != set(self.settings):
            raise DefinitionError(
                f"workload {self.name}: settings for {sorted(self.settings)}, expected one for "
                f"each of its jobs {sorted(job.name for job in self.jobs)}"
            )
        self._check_alarms()
        self._check_dashboards()
        self._check_metrics_are_seen()

    def _names(self) -> Iterator[tuple[str, list[str]]]:
        yield "metrics", [f"{metric.namespace} {metric.name}" for metric in self.metrics]
        yield "alarms", [alarm.name for alarm in self.alarms]
        yield "dashboards", [dashboard.name for dashboard in self.dashboards]
        yield "log queries", [query.name for query in self.log_queries]
        yield "log metrics", [each.name for each in self.log_metrics]
        yield "jobs", [job.name for job in self.jobs]
        yield "checks", [check.name for check in self.checks]

    def _check_alarms(self) -> None:
        names = {alarm.name for alarm in self.alarms}
        dashboards = {dashboard.name for dashboard in self.dashboards}
        loud_children = {child for alarm in self.alarms for child in alarm.children}
        for alarm in self.alarms:
            if not alarm.name.startswith(f"{self.name}-"):
                raise DefinitionError(f"alarm {alarm.name}: expected the prefix {self.name}-")
            self._refuse_unknown(f"alarm {alarm.name}", alarm.children, names)
            if alarm.dashboard not in dashboards:
                raise DefinitionError(f"alarm {alarm.name}: no dashboard {alarm.dashboard!r}")
            if alarm.silent and alarm.name not in loud_children:
                raise DefinitionError(
                    f"alarm {alarm.name} is silent and in no composite: it would page nobody"
                )

    def _check_dashboards(self) -> None:
        names = {alarm.name for alarm in self.alarms if not isinstance(alarm.condition, AnyOf)}
        every_name = {alarm.name for alarm in self.alarms}
        for widget in self.widgets:
            if isinstance(widget, GraphWidget):
                self._refuse_unknown(f"widget {widget.title!r}", widget.thresholds_of, names)
            elif isinstance(widget, AlarmStatusWidget):
                self._refuse_unknown(f"widget {widget.title!r}", widget.alarms, every_name)

    def _check_metrics_are_seen(self) -> None:
        seen = {series.metric for series in self.read_series}
        for metric in self.metrics:
            if metric not in seen:
                raise DefinitionError(
                    f"metric {metric.namespace} {metric.name} is neither alarmed nor plotted"
                )

    def _refuse_unknown(self, what: str, found: Iterable[str], known: set[str]) -> None:
        unknown = sorted(set(found) - known)
        if unknown:
            raise DefinitionError(f"{what} names {unknown}, which {self.name} does not declare")

    @property
    def widgets(self) -> tuple[Widget, ...]:
        """List the widgets of all dashboards."""
        return tuple(widget for board in self.dashboards for row in board.rows for widget in row)

    @property
    def read_series(self) -> tuple[MetricSeries, ...]:
        """List every series that an alarm watches or a widget plots."""
        watched = [
            alarm.condition.watches
            for alarm in self.alarms
            if not isinstance(alarm.condition, AnyOf)
        ]
        plotted = [
            line.plots
            for widget in self.widgets
            if isinstance(widget, GraphWidget)
            for line in widget.lines
        ]
        return tuple(series for item in (*watched, *plotted) for series in read_series(item))
