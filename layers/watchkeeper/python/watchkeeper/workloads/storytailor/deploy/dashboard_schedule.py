"""What the pipelines' dashboard shows of schedules: what is overdue, and the daily test event."""

from watchkeeper.definitions.alarm import Statistic
from watchkeeper.definitions.dashboard import GraphWidget, Line
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.metrics import MINUTES_OVERDUE
from watchkeeper.workloads.storytailor.metrics_canary import CANARY_ROUND_TRIP


def schedule_widgets(alarming: Alarming) -> tuple[GraphWidget, ...]:
    """Return the row of widgets on schedules and events."""
    return (_overdue(alarming), _round_trip(alarming))


def _overdue(alarming: Alarming) -> GraphWidget:
    pipelines = (rule.replace("-", "_") for rule in alarming.storytailor.rules)
    return GraphWidget(
        title="Minutes overdue",
        lines=tuple(
            Line(
                label=one,
                plots=Statistic(
                    series=alarming.series(MINUTES_OVERDUE, PipelineType=one), statistic="Maximum"
                ),
            )
            for one in pipelines
        ),
        period_seconds=300,
        axis_label="minutes",
    )


def _round_trip(alarming: Alarming) -> GraphWidget:
    round_trip = Statistic(series=alarming.series(CANARY_ROUND_TRIP), statistic="Maximum")
    return GraphWidget(
        title="Round trip of the daily test event (30 d)",
        range_days=30,
        lines=(Line(label="from sending to the curator's log", plots=round_trip),),
        period_seconds=86_400,
        axis_label="s",
    )
