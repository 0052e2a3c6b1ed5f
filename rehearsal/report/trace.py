"""What an alarm saw while a rehearsal went on: the value of each evaluation, and its states."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from rehearsal.engine.alarm import Alarm, MetricAlarm, State
from rehearsal.engine.evaluation.engine import AlarmEngine
from rehearsal.engine.evaluation.slots import Seconds, Values
from rehearsal.engine.messages.transition import Transition
from rehearsal.runner.result import Rehearsal


@dataclass(frozen=True, kw_only=True)
class Band:
    """Be a stretch of time in one state, in seconds since 1970."""

    state: State
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """Be one alarm's rehearsal: for a metric alarm the newest value that each evaluation saw.

    That is not always the newest slot's, whose metric may still be on its way. It is NaN where
    nothing was in sight; a composite alarm has no values.
    """

    alarm: Alarm
    bands: tuple[Band, ...]
    ticks: Seconds = field(default_factory=lambda: np.empty(0, np.int64))
    values: Values = field(default_factory=lambda: np.empty(0))


def trace_alarms(rehearsal: Rehearsal, alarms: Iterable[Alarm]) -> tuple[Trace, ...]:
    """Evaluate alarms once more over what was recorded, this time looking at their values."""
    chosen = tuple(alarms)
    scenario = rehearsal.scenario
    metric_alarms = [alarm for alarm in chosen if isinstance(alarm, MetricAlarm)]
    engine = AlarmEngine(
        metric_alarms,
        rehearsal.recorded.store,
        scenario.start,
        states={alarm.name: rehearsal.recorded.find_first_state(alarm) for alarm in metric_alarms},
    )
    seen: dict[str, list[tuple[Seconds, Values]]] = {alarm.name: [] for alarm in metric_alarms}
    for name, parts in seen.items():
        engine.watch(name, partial(_keep, parts))
    engine.advance(scenario.end)
    return tuple(_build(rehearsal, alarm, seen) for alarm in chosen)


def _keep(parts: list[tuple[Seconds, Values]], ticks: Seconds, values: Values) -> None:
    known = ~np.isnan(values)
    newest = values.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    parts.append((ticks, values[np.arange(len(values)), newest]))


def _build(
    rehearsal: Rehearsal, alarm: Alarm, seen: Mapping[str, list[tuple[Seconds, Values]]]
) -> Trace:
    bands = _list_bands(rehearsal, alarm)
    parts = seen.get(alarm.name)
    if not parts:
        return Trace(alarm=alarm, bands=bands)
    ticks, values = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Trace(alarm=alarm, bands=bands, ticks=ticks, values=values)


def _list_bands(rehearsal: Rehearsal, alarm: Alarm) -> tuple[Band, ...]:
    changes: list[Transition] = [each for each in rehearsal.transitions if each.alarm == alarm.name]
    starts = [rehearsal.scenario.start, *(each.time for each in changes)]
    ends = [*starts[1:], rehearsal.scenario.end]
    states = [rehearsal.recorded.find_first_state(alarm), *(each.new for each in changes)]
    return tuple(
        Band(state=state, start=start, end=end)
        for state, start, end in zip(states, starts, ends, strict=True)
        if end > start
    )
