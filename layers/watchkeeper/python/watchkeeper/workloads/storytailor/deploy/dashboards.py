"""The dashboards of Storytailor."""

from collections.abc import Iterable

from watchkeeper.aws_metrics import (
    LAMBDA_CONCURRENT_EXECUTIONS,
    LAMBDA_DURATION,
    LAMBDA_ERRORS,
    LAMBDA_THROTTLES,
)
from watchkeeper.definitions.alarm import AlarmDefinition, Expression, Statistic
from watchkeeper.definitions.conditions import percent
from watchkeeper.definitions.dashboard import (
    AlarmStatusWidget,
    DashboardDefinition,
    GraphWidget,
    Line,
    View,
)
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.workloads.storytailor.deploy.alarming import (
    PIPELINES_DASHBOARD,
    Alarming,
)
from watchkeeper.workloads.storytailor.deploy.dashboard_email import email_dashboard
from watchkeeper.workloads.storytailor.deploy.dashboard_referrals import (
    control_widgets,
    override_widgets,
    referrals_dashboard,
)
from watchkeeper.workloads.storytailor.deploy.dashboard_schedule import schedule_widgets
from watchkeeper.workloads.storytailor.metrics import (
    CHECK_LATENCY,
    CHECK_PASSED,
    EVENT_TO_PROCESSING_DELAY,
    MINUTES_SINCE_LAST_EXECUTION,
    PIPELINE_DURATION,
    PIPELINE_EXECUTIONS,
    PIPELINE_FAILURES,
    PIPELINE_VETOES,
    SLA_VIOLATIONS,
)
from watchkeeper.workloads.storytailor.sources import TIME_CRITICAL_TYPES

HOUR = 3600
DAY = 86_400
FIVE_MINUTES = 300


class Boards:
    """Draw the dashboards of one environment."""

    def __init__(
        self,
        alarming: Alarming,
        alarms: Iterable[AlarmDefinition],
        pipeline_types: tuple[str, ...],
        checks: tuple[str, ...],
        latencies: tuple[str, ...],
    ) -> None:
        self._alarming = alarming
        self._alarms = tuple(alarms)
        self._types = pipeline_types
        self._checks = checks
        self._latencies = latencies

    def dashboards(self) -> tuple[DashboardDefinition, ...]:
        """Return every dashboard."""
        return (
            self._pipelines(),
            email_dashboard(self._alarming, self._alarms),
            referrals_dashboard(self._alarming, self._alarms),
        )

    def _pipelines(self) -> DashboardDefinition:
        return DashboardDefinition(
            name=PIPELINES_DASHBOARD,
            description="What the pipelines do, what holds them back, and whether they stand.",
            rows=(
                (self._states(PIPELINES_DASHBOARD),),
                (self._executions(), self._veto_rate()),
                (self._veto_reasons(), self._sla(), self._failures()),
                (self._durations(), self._delays()),
                (self._curator_counts(), self._curator_duration()),
                (self._health(), self._latency(), self._since_last()),
                schedule_widgets(self._alarming),
                control_widgets(self._alarming),
                override_widgets(self._alarming, self._types),
            ),
        )

    def _line(self, label: str, metric: MetricDefinition, statistic: str, **names: str) -> Line:
        series = self._alarming.series(metric, **names)
        return Line(label=label, plots=Statistic(series=series, statistic=statistic))

    def _by_type(self, metric: MetricDefinition, statistic: str) -> tuple[Line, ...]:
        return tuple(self._line(one, metric, statistic, PipelineType=one) for one in self._types)

    def _states(self, board: str) -> AlarmStatusWidget:
        names = tuple(alarm.name for alarm in self._alarms if alarm.dashboard == board)
        return AlarmStatusWidget(title="Alarm states", alarms=names)

    def _executions(self) -> GraphWidget:
        return GraphWidget(
            title="Executions by type",
            lines=self._by_type(PIPELINE_EXECUTIONS, "Sum"),
            period_seconds=HOUR,
            view=View.STACKED_AREA,
            axis_label="runs an hour",
        )

    def _veto_rate(self) -> GraphWidget:
        series = self._alarming.series
        rates = (
            (one, percent(series(PIPELINE_VETOES, PipelineType=one),
                          series(PIPELINE_EXECUTIONS, PipelineType=one), minimum=1))
            for one in self._types
        )  # fmt: skip
        return GraphWidget(
            title="Veto rate by type",
            lines=tuple(Line(label=one, plots=rate) for one, rate in rates),
            period_seconds=HOUR,
            axis_label="% of runs",
        )

    def _veto_reasons(self) -> GraphWidget:
        reasons = (*self._alarming.storytailor.veto_reasons, "other")
        return GraphWidget(
            title="Veto reasons (24 h)",
            lines=tuple(Line(label=one, plots=self._reason_total(one)) for one in reasons),
            period_seconds=DAY,
            view=View.PIE,
            width=8,
        )

    def _reason_total(self, reason: str) -> Expression:
        """Add a reason up over all types."""
        metrics = {
            f"m{number}": Statistic(
                series=self._alarming.series(PIPELINE_VETOES, PipelineType=one, VetoReason=reason),
                statistic="Sum",
            )
            for number, one in enumerate(self._types, start=1)
        }
        return Expression(text=f"SUM([{', '.join(metrics)}])", metrics=metrics)

    def _sla(self) -> GraphWidget:
        return GraphWidget(
            title="SLA violations",
            lines=tuple(
                self._line(one, SLA_VIOLATIONS, "Sum", PipelineType=one)
                for one in TIME_CRITICAL_TYPES
            ),
            period_seconds=HOUR,
            view=View.STACKED_BAR,
            thresholds_of=("storytailor-sla-violations", "storytailor-crisis-sla-violations"),
            width=8,
        )

    def _failures(self) -> GraphWidget:
        return GraphWidget(
            title="Failures by type",
            lines=self._by_type(PIPELINE_FAILURES, "Sum"),
            period_seconds=HOUR,
            width=8,
        )

    def _durations(self) -> GraphWidget:
        return GraphWidget(
            title="Run duration, p95",
            lines=self._by_type(PIPELINE_DURATION, "p95"),
            period_seconds=HOUR,
            axis_label="ms",
        )

    def _delays(self) -> GraphWidget:
        return GraphWidget(
            title="Event to processing, p95",
            lines=tuple(
                self._line(one, EVENT_TO_PROCESSING_DELAY, "p95", PipelineType=one)
                for one in TIME_CRITICAL_TYPES
            ),
            period_seconds=HOUR,
            axis_label="s",
        )

    def _curator(self, label: str, metric: MetricDefinition, statistic: str) -> Line:
        series = metric.series(FunctionName=self._alarming.app("intelligence-curator"))
        return Line(label=label, plots=Statistic(series=series, statistic=statistic))

    def _curator_counts(self) -> GraphWidget:
        return GraphWidget(
            title="Curator: errors, throttles, concurrency",
            lines=(
                self._curator("errors", LAMBDA_ERRORS, "Sum"),
                self._curator("throttles", LAMBDA_THROTTLES, "Sum"),
                self._curator("concurrency", LAMBDA_CONCURRENT_EXECUTIONS, "Maximum"),
            ),
            period_seconds=FIVE_MINUTES,
            thresholds_of=("storytailor-curator-errors",),
        )

    def _curator_duration(self) -> GraphWidget:
        return GraphWidget(
            title="Curator: duration",
            lines=tuple(
                self._curator(statistic, LAMBDA_DURATION, statistic)
                for statistic in ("p50", "p95", "p99")
            ),
            period_seconds=FIVE_MINUTES,
            axis_label="ms",
            thresholds_of=("storytailor-curator-duration",),
        )

    def _health(self) -> GraphWidget:
        return GraphWidget(
            title="Health checks and kill switches (1 = well)",
            lines=tuple(
                self._line(check, CHECK_PASSED, "Minimum", Check=check) for check in self._checks
            ),
            period_seconds=FIVE_MINUTES,
            width=8,
        )

    def _latency(self) -> GraphWidget:
        return GraphWidget(
            title="Health check latency",
            lines=tuple(
                self._line(name, CHECK_LATENCY, "Maximum", Check=name) for name in self._latencies
            ),
            period_seconds=FIVE_MINUTES,
            axis_label="ms",
            width=8,
        )

    def _since_last(self) -> GraphWidget:
        scheduled = (rule.replace("-", "_") for rule in self._alarming.storytailor.rules)
        return GraphWidget(
            title="Minutes since last run",
            lines=tuple(
                self._line(one, MINUTES_SINCE_LAST_EXECUTION, "Maximum", PipelineType=one)
                for one in scheduled
            ),
            period_seconds=FIVE_MINUTES,
            width=8,
        )
