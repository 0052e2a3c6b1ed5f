"""What anybody's alarms would have done: every transition over a set of samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rehearsal.engine.alarm import Alarm, MetricAlarm
from rehearsal.engine.evaluation.engine import AlarmEngine
from rehearsal.engine.inferred import count_extra_slots
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.metrics.samples import Points, Sample
from rehearsal.engine.metrics.store import MetricStore


@dataclass(frozen=True, kw_only=True)
class Span:
    """Be the time that alarms live: created at `start`, looked at up to `until` (seconds)."""

    start: int
    until: int


def find_span(alarms: Sequence[Alarm], samples: Sequence[Sample | Points]) -> Span:
    """Return from the first datapoint's minute to when every alarm has felt the last one leave."""
    if not samples:
        return Span(start=0, until=0)
    first = min(int(np.min(sample.at)) for sample in samples)
    last = max(int(np.max(sample.arrives)) for sample in samples)
    ranges = [
        (alarm.evaluation_periods + count_extra_slots(alarm.period_seconds)) * alarm.period_seconds
        for alarm in alarms
        if isinstance(alarm, MetricAlarm)
    ]
    return Span(start=first // 60 * 60, until=-(-last // 60) * 60 + max(ranges, default=0) + 60)


def list_transitions(
    alarms: Sequence[Alarm], samples: Sequence[Sample | Points], span: Span
) -> tuple[Transition, ...]:
    """Return every transition of the alarms in that time, in order."""
    return AlarmEngine(alarms, MetricStore(samples), span.start).advance(span.until).transitions
