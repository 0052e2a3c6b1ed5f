"""The reasons of alarms: the sentence and the data that CloudWatch stores with a new state.

The wording follows recorded transitions. A reason names only the points that justify the state:
as many as the change needed, the newest first, and missing slots where real points are too few.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rehearsal.engine.alarm import Comparison, CompositeAlarm, MetricAlarm, State, Treatment
from rehearsal.engine.composite.suppression import Phase
from rehearsal.engine.evaluation.decision import Flags, choose_points, find_breaching
from rehearsal.engine.evaluation.slots import Seconds, Values
from rehearsal.engine.messages.transition import Reason, Standing
from rehearsal.engine.messages.wording import (
    write_long_date,
    write_number,
    write_short_date,
    write_timestamp,
)

_WORDS = {
    Comparison.ABOVE: "greater than",
    Comparison.AT_LEAST: "greater than or equal to",
    Comparison.BELOW: "less than",
    Comparison.AT_MOST: "less than or equal to",
}
_TREATED_AS = {Treatment.BREACHING: "[Breaching]", Treatment.NOT_BREACHING: "[NonBreaching]"}


def explain(
    alarm: MetricAlarm,
    *,
    tick: float,
    starts: Seconds,
    values: Values,
    counts: Values | None,
    new: State,
) -> Reason:
    """Give the reason of the state that an evaluation at `tick` (seconds) put an alarm in.

    `starts`, `values` (NaN for a slot without data) and `counts` (the samples of each slot, None
    for metric math) are the whole evaluation range, (K,), oldest to newest.
    """
    taken = choose_points(values[None, :], alarm.evaluation_periods)[0]
    evidence = _choose_evidence(alarm, values, taken, new)
    data = _write_data(alarm, tick, starts, values, counts, (taken, evidence))
    points = [
        f"{write_number(values[slot])} ({write_short_date(starts[slot])})"
        for slot in evidence
        if taken[slot]
    ]
    missing = alarm.evaluation_periods - int(taken.sum())
    return Reason(text=_write_text(alarm, points, missing, new), data=data)


def _choose_evidence(alarm: MetricAlarm, values: Values, taken: Flags, new: State) -> list[int]:
    """List the slots that justify a state, newest first."""
    chosen: list[int] = []
    if new is not State.INSUFFICIENT_DATA:
        telling = taken & (find_breaching(alarm, values) == (new is State.ALARM))
        chosen = np.flatnonzero(telling)[::-1].tolist()
    needed = _count_needed(alarm, new)
    empty = np.flatnonzero(np.isnan(values))[::-1].tolist()
    return sorted(chosen[:needed] + empty[: max(0, needed - len(chosen))], reverse=True)


def _count_needed(alarm: MetricAlarm, new: State) -> int:
    if new is State.OK:
        return alarm.evaluation_periods - alarm.datapoints_to_alarm + 1
    return alarm.datapoints_to_alarm


def _write_text(alarm: MetricAlarm, points: Sequence[str], missing: int, new: State) -> str:
    if new is State.INSUFFICIENT_DATA:
        return f"Insufficient Data: {_plural(missing, 'datapoint')} {_were(missing)} unknown."
    treated = ""
    if missing and alarm.treatment in _TREATED_AS:
        subject = f"{_plural(missing, 'missing datapoint')} {_were(missing)} treated as"
        treated = f" and {subject} {_TREATED_AS[alarm.treatment]}"
    if not points:
        nothing = f"no datapoints were received for {_plural(missing, 'period')}"
        return f"Threshold Crossed: {nothing}{treated}."
    verb = _were(len(points)) + ("" if new is State.ALARM else " not")
    change = "OK -> ALARM" if new is State.ALARM else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(points)} out of the last {alarm.evaluation_periods} datapoints "
        f"[{', '.join(points)}] {verb} {_WORDS[alarm.comparison]} the threshold "
        f"({write_number(alarm.threshold)}){treated} "
        f"(minimum {_plural(_count_needed(alarm, new), 'datapoint')} for {change} transition)."
    )


def _write_data(
    alarm: MetricAlarm,
    tick: float,
    starts: Seconds,
    values: Values,
    counts: Values | None,
    chosen: tuple[Flags, list[int]],
) -> dict[str, object]:
    """Write stateReasonData; its keys stand in the recorded order."""
    taken, evidence = chosen
    real = np.flatnonzero(taken)
    data: dict[str, object] = {"version": "1.0", "queryDate": write_timestamp(tick)}
    if real.size:
        data["startDate"] = write_timestamp(float(starts[real[0]]))
    stat = alarm.returned.stat
    if stat is not None and not alarm.is_math:
        data |= {"unit": stat.unit} if stat.unit else {}
        data["statistic"] = stat.statistic
    recent = values[real[0] : real[-1] + 1] if real.size else values[:0]
    data |= {
        "period": alarm.period_seconds,
        "recentDatapoints": [None if np.isnan(value) else float(value) for value in recent],
        "threshold": float(alarm.threshold),
        "evaluatedDatapoints": [_write_point(starts, values, counts, slot) for slot in evidence],
    }
    return data


def _write_point(
    starts: Seconds, values: Values, counts: Values | None, slot: int
) -> dict[str, object]:
    point: dict[str, object] = {"timestamp": write_timestamp(float(starts[slot]))}
    if not np.isnan(values[slot]):
        point |= {} if counts is None else {"sampleCount": float(counts[slot])}
        point["value"] = float(values[slot])
    return point


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


@dataclass(frozen=True, kw_only=True)
class ChildState:
    """Be an alarm that a composite's rule names, with its state and since when (seconds)."""

    arn: str
    state: State
    since: float


def explain_composite(
    alarm: CompositeAlarm,
    *,
    new: State,
    triggers: Sequence[ChildState],
    cause: ChildState | None,
    updated: bool = False,
) -> Reason:
    """Give the reason of a composite's state.

    `triggers` are the children that make the rule what it is; `cause` is the child that changed
    just now, None when the alarm itself was created, or `updated`.
    """
    if cause is not None:
        text = f"{cause.arn} transitioned to {cause.state} at {write_long_date(cause.since)}"
    elif updated:
        text = f"{alarm.arn} was updated and its new alarm rule evaluates to {new}"
    else:
        text = f"{alarm.arn} was created and its alarm rule evaluates to {new}"
    listed = [
        {
            "arn": child.arn,
            "state": {"value": str(child.state), "timestamp": write_timestamp(child.since)},
        }
        for child in triggers
    ]
    return Reason(text=text, data={"triggeringAlarms": listed})


def suppress(
    standing: Standing, *, phase: Phase | None, now: float, suppressor: ChildState
) -> Standing:
    """Return where a change of the suppression's phase leaves a composite; None ends it."""
    if phase is None:
        return replace(standing, since=now, suppressed_by=None, suppressed_reason=None)
    by = str(phase)
    if phase is Phase.ALARM:
        date = write_long_date(suppressor.since)
        by = f"{suppressor.arn} that transitioned to {suppressor.state} at {date}"
    reason = f"Actions suppressed by {by}"
    return replace(standing, since=now, suppressed_by=str(phase), suppressed_reason=reason)
