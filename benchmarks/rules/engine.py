"""Our engine over the same rules and series."""

from collections import defaultdict

import numpy as np

from benchmarks._stopwatch import Stopwatch
from benchmarks.rules.ratios import MINUTES, THRESHOLD_PERCENT, Ratio
from rehearsal.engine.alarm import Comparison, MetricAlarm, MetricStat, Query, State, Treatment
from rehearsal.engine.evaluation.engine import AlarmEngine
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Points
from rehearsal.engine.metrics.store import MetricStore

START = 1_767_225_600  # a midnight
HOUR = 3_600


def run_engine(ratios: tuple[Ratio, ...]) -> tuple[Stopwatch, dict[int, set[str]]]:
    """Evaluate every minute of a day; return what it took and who fires by minute.

    What is read from memory is timed as well: the store is filled and the alarms are built.
    """
    with Stopwatch() as watch:
        store = MetricStore()
        at = START + 60 * np.arange(MINUTES)
        for ratio in ratios:
            for name, values in zip(("errors", "requests"), ratio.series, strict=True):
                metric = MetricIdentity.of("Benchmark", name, {"of": str(ratio.number)})
                counts = np.array(values, dtype=float)
                store.add([Points(metric=metric, at=at, arrives=at + 60, values=counts)])
        engine = AlarmEngine([_build_alarm(ratio) for ratio in ratios], store, START)
        outcome = engine.advance(START + 60 * MINUTES)
    return watch, _list_firing(outcome.transitions)


def _build_alarm(ratio: Ratio) -> MetricAlarm:
    stats = {
        name: MetricStat(
            metric=MetricIdentity.of("Benchmark", name, {"of": str(ratio.number)}),
            statistic="Sum",
            period_seconds=HOUR,
        )
        for name in ("errors", "requests")
    }
    queries = tuple(Query(id=name, stat=stat, returns_data=False) for name, stat in stats.items())
    return MetricAlarm(
        name=ratio.name,
        arn=f"arn:aws:cloudwatch:us-east-1:111111111111:alarm:{ratio.name}",
        account="111111111111",
        region="us-east-1",
        queries=(*queries, Query(id="share", expression="100 * errors / requests")),
        is_math=True,
        period_seconds=HOUR,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        comparison=Comparison.ABOVE,
        threshold=THRESHOLD_PERCENT,
        treatment=Treatment.NOT_BREACHING,
    )


def _list_firing(transitions: tuple[Transition, ...]) -> dict[int, set[str]]:
    """Return who is in ALARM after each minute's data: minute 0 is judged at its end."""
    changes = defaultdict(list)
    for change in transitions:
        changes[(change.time - START) // 60 - 1].append(change)
    now: set[str] = set()
    firing = {}
    for minute in range(MINUTES):
        for change in changes[minute]:
            (now.add if change.new is State.ALARM else now.discard)(change.alarm)
        firing[minute] = set(now)
    return firing
