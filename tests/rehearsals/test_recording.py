"""What a rehearsal's log lines become: metrics, and counters of the lines that cannot be read."""

import numpy as np

from rehearsal.engine.alarm import MetricStat
from rehearsal.engine.evaluation.slots import Slots
from rehearsal.engine.metric_filter.pattern import parse_pattern
from rehearsal.engine.metric_filter.transformation import MetricFilter
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.store import MetricStore
from rehearsal.runner.recording import Line, Recording

GROUP = "/aws/lambda/curator"
START = 1_772_409_600  # a full minute
SLOW = MetricFilter(
    name="slow",
    log_group=GROUP,
    pattern=parse_pattern("{ $.seconds > 1 }"),
    namespace="Provider",
    metric_name="Slow",
    value="$.seconds",
    default=0,
)


def read_sum(store: MetricStore, metric: MetricIdentity, minutes: int) -> list[float]:
    view = store.view()
    view.advance_to(START + 3_600)
    starts = START + 60 * np.arange(minutes)[None, :]
    slots = Slots(
        ticks=np.array([START + 3_600]), starts=starts, ends=starts + 60, period_seconds=60
    )
    stat = MetricStat(metric=metric, statistic="Sum", period_seconds=60)
    return [float(value) for value in view.read(stat, slots)[0]]


def line(text: str, minute: int, group: str = GROUP) -> Line:
    at = START + 60 * minute + 10
    return Line(log_group=group, text=text, at=at, arrives=at + 15)


def test_a_metric_filter_of_the_template_counts_the_lines_of_its_own_log_group() -> None:
    recording = Recording(
        lines=[
            line('{"seconds": 2.5}', 0),
            line('{"seconds": 3}', 0),
            line('{"seconds": 9}', 0, group="/aws/lambda/other"),
            line('{"seconds": 0.5}', 1),
            line("a line of text", 1),
        ]
    )
    metric = MetricIdentity.of("Provider", "Slow")
    assert read_sum(recording.to_store([SLOW]), metric, 2) == [5.5, 0.0]
    assert metric not in recording.to_store().metrics


def test_an_emf_line_that_cannot_be_read_is_counted_against_its_log_group() -> None:
    bad = '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": "none"}}'
    store = Recording(lines=[line(bad, 0), line(bad, 0)]).to_store()
    (metric,) = store.metrics
    assert metric.namespace == "AWS/Logs"
    assert metric.dimensions == (("LogGroupName", GROUP),)
    assert read_sum(store, metric, 1) == [2.0]
