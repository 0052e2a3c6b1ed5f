"""Turn dashboard definitions into CloudWatch dashboards.

Every name and ARN in them is spelled out, so that a dashboard can be read from the template.
"""

from collections.abc import Iterable, Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.cloudwatch.metrics import renamed, to_cdk_metric
from watchkeeper.definitions.alarm import AlarmDefinition, Expression, Threshold
from watchkeeper.definitions.dashboard import (
    AlarmStatusWidget,
    DashboardDefinition,
    GraphWidget,
    Line,
    TextWidget,
    View,
    Widget,
)
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.severity import Severity
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names

DEFAULT_RANGE = Duration.days(1)
VIEWS = {
    View.LINE: cloudwatch.GraphWidgetView.TIME_SERIES,
    View.STACKED_AREA: cloudwatch.GraphWidgetView.TIME_SERIES,
    View.BAR: cloudwatch.GraphWidgetView.BAR,
    View.STACKED_BAR: cloudwatch.GraphWidgetView.BAR,
    View.PIE: cloudwatch.GraphWidgetView.PIE,
}
STACKED = {View.STACKED_AREA, View.STACKED_BAR}
# Views that show one value a line: the range as a whole, not its last period.
ONE_VALUE = {View.PIE}
COLORS = {
    Severity.P1: cloudwatch.Color.RED,
    Severity.P2: cloudwatch.Color.ORANGE,
    Severity.P3: "#dbab09",
    Severity.P4: cloudwatch.Color.GREY,
}


class WorkloadDashboards:
    """Create the dashboards of one workload below a scope."""

    def __init__(
        self, scope: Construct, alarms: Iterable[AlarmDefinition], environment: Environment
    ) -> None:
        self._scope = scope
        self._environment = environment
        self._names = Names(environment)
        self._alarms: Mapping[str, AlarmDefinition] = {alarm.name: alarm for alarm in alarms}
        self._shown: dict[str, cloudwatch.IAlarm] = {}

    def create(self, definition: DashboardDefinition) -> None:
        """Create one dashboard."""
        cloudwatch.Dashboard(
            self._scope,
            definition.name,
            dashboard_name=self._environment.named(definition.name),
            default_interval=DEFAULT_RANGE,
            widgets=[[self._widget(each) for each in row] for row in definition.rows],
        )

    def _widget(self, widget: Widget) -> cloudwatch.IWidget:
        match widget:
            case GraphWidget(view=View.SINGLE_VALUE):
                return self._single_value(widget)
            case GraphWidget():
                return self._graph(widget)
            case AlarmStatusWidget():
                return self._alarm_status(widget)
            case TextWidget():
                return cloudwatch.TextWidget(
                    markdown=widget.markdown, width=widget.width, height=widget.height
                )

    def _graph(self, widget: GraphWidget) -> cloudwatch.IWidget:
        metrics = plotted(widget)
        return cloudwatch.GraphWidget(
            title=widget.title,
            region=self._environment.region,
            view=VIEWS[widget.view],
            stacked=widget.view in STACKED,
            set_period_to_time_range=widget.view in ONE_VALUE,
            start=f"-P{widget.range_days}D" if widget.range_days else None,
            period=Duration.seconds(widget.period_seconds),
            left=[metric for line, metric in metrics if not line.right_axis],
            right=[metric for line, metric in metrics if line.right_axis],
            left_annotations=[self._annotation(name) for name in widget.thresholds_of],
            left_y_axis=cloudwatch.YAxisProps(
                label=widget.axis_label or None, show_units=not widget.axis_label, min=0
            ),
            width=widget.width,
            height=widget.height,
        )

    def _single_value(self, widget: GraphWidget) -> cloudwatch.IWidget:
        return cloudwatch.SingleValueWidget(
            title=widget.title,
            region=self._environment.region,
            metrics=[metric for _, metric in plotted(widget)],
            period=Duration.seconds(widget.period_seconds),
            start=f"-P{widget.range_days}D" if widget.range_days else None,
            width=widget.width,
            height=widget.height,
        )

    def _annotation(self, name: str) -> cloudwatch.HorizontalAnnotation:
        """Draw the very number an alarm enforces."""
        alarm = self._alarms[name]
        if not isinstance(alarm.condition, Threshold):
            raise DefinitionError(f"alarm {name} is a composite: it has no threshold to draw")
        held = alarm.condition
        return cloudwatch.HorizontalAnnotation(
            value=held.value,
            label=f"{alarm.severity.name} {self._environment.named(name)} "
            f"{held.comparison.sign} {held.value:g} ({held.window})",
            color=COLORS[alarm.severity],
        )

    def _alarm_status(self, widget: AlarmStatusWidget) -> cloudwatch.IWidget:
        return cloudwatch.AlarmStatusWidget(
            title=widget.title,
            alarms=[self._alarm(name) for name in widget.alarms],
            sort_by=cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
            width=widget.width,
            height=widget.height,
        )

    def _alarm(self, name: str) -> cloudwatch.IAlarm:
        if name not in self._shown:
            self._shown[name] = cloudwatch.Alarm.from_alarm_arn(
                self._scope, f"shown-{name}", self._names.alarm_arn(name)
            )
        return self._shown[name]


def plotted(widget: GraphWidget) -> list[tuple[Line, cloudwatch.IMetric]]:
    """Return the lines of a widget with their metrics, all ids in the widget different."""
    expressions = sum(isinstance(line.plots, Expression) for line in widget.lines)
    metrics = []
    for number, line in enumerate(widget.lines, start=1):
        watched = line.plots
        if isinstance(watched, Expression) and expressions > 1:
            watched = renamed(watched, f"line{number}")
        metrics.append(
            (
                line,
                to_cdk_metric(watched, period_seconds=widget.period_seconds, label=line.label),
            )
        )
    return metrics
