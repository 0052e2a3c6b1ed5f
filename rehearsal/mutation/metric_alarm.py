"""The mutants of a metric alarm: those that PutMetricAlarm would refuse are not made."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from rehearsal.engine.alarm import Comparison, MetricAlarm, Query, Treatment
from rehearsal.engine.errors import AlarmError
from rehearsal.engine.evaluation.slots import WALL_CLOCK_PERIODS
from rehearsal.mutation.mutant import Mutant, Varied

STEP: Final = 0.1  # of a threshold
SMALLEST_WHOLE_STEP: Final = 1.0

# With and without equality, and turned round.
_COMPARISONS: Final = {
    Comparison.ABOVE: (Comparison.AT_LEAST, Comparison.BELOW),
    Comparison.AT_LEAST: (Comparison.ABOVE, Comparison.AT_MOST),
    Comparison.BELOW: (Comparison.AT_MOST, Comparison.ABOVE),
    Comparison.AT_MOST: (Comparison.BELOW, Comparison.AT_LEAST),
}


def mutate_metric_alarm(alarm: MetricAlarm) -> Iterator[Mutant]:
    """Yield every mutant of a metric alarm that CloudWatch would take."""
    step = find_step(alarm.threshold)
    for threshold in (alarm.threshold + step, alarm.threshold - step):
        yield from _vary(
            alarm, Varied.THRESHOLD, f"{alarm.threshold:g}", f"{threshold:g}", threshold=threshold
        )
    for comparison in _COMPARISONS[alarm.comparison]:
        yield from _vary(
            alarm, Varied.COMPARISON, alarm.comparison, comparison, comparison=comparison
        )
    yield from _vary_period(alarm, alarm.period_seconds * 2)
    yield from _vary_period(alarm, alarm.period_seconds // 2)
    yield from _vary_counts(alarm)
    for treatment in Treatment:
        if treatment is not alarm.treatment:
            yield from _vary(
                alarm, Varied.MISSING_DATA, alarm.treatment, treatment, treatment=treatment
            )


def find_step(threshold: float) -> float:
    """Return how far a threshold is moved: a tenth, and whole numbers stay whole."""
    step = abs(threshold) * STEP
    if not threshold.is_integer():
        return step
    return max(SMALLEST_WHOLE_STEP, math.floor(step))


def _vary_counts(alarm: MetricAlarm) -> Iterator[Mutant]:
    """Move N with M kept, and M with N kept, by one each way."""
    count, needed = alarm.evaluation_periods, alarm.datapoints_to_alarm
    for other in (count + 1, count - 1):
        yield from _vary(
            alarm, Varied.EVALUATION_PERIODS, str(count), str(other), evaluation_periods=other
        )
    for other in (needed + 1, needed - 1):
        yield from _vary(
            alarm, Varied.DATAPOINTS_TO_ALARM, str(needed), str(other), datapoints_to_alarm=other
        )


def _vary_period(alarm: MetricAlarm, period_seconds: int) -> Iterator[Mutant]:
    """Move the period, of all queries together."""
    if alarm.timezone is not None and period_seconds not in WALL_CLOCK_PERIODS:
        return
    yield from _vary(
        alarm,
        Varied.PERIOD,
        f"{alarm.period_seconds} s",
        f"{period_seconds} s",
        period_seconds=period_seconds,
        queries=tuple(_with_period(query, period_seconds) for query in alarm.queries),
    )


def _with_period(query: Query, period_seconds: int) -> Query:
    if query.stat:
        return replace(query, stat=replace(query.stat, period_seconds=period_seconds))
    if query.period_seconds:
        return replace(query, period_seconds=period_seconds)
    return query


def _vary(
    alarm: MetricAlarm, varied: Varied, before: str, after: str, **changes: Any
) -> Iterator[Mutant]:
    """Yield the alarm with these changes, unless it then is none."""
    try:
        mutated = replace(alarm, **changes)
    except AlarmError:
        return
    yield Mutant(alarm=mutated, varied=varied, before=before, after=after)
