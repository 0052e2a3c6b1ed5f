"""What a range of slots decides: M of N, four treatments of missing data, premature alarms.

The rule set reproduces every cell of the two published tables (User Guide, "Configuring how
CloudWatch alarms treat missing data") and every recorded evaluation: the newest N real points
decide when they can; only where they leave it open does the treatment of missing data matter.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rehearsal.engine.alarm import Comparison, MetricAlarm, State, Treatment
from rehearsal.engine.evaluation.slots import Values
from rehearsal.engine.inferred import Inference

Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]

# What an evaluation says; KEEP leaves the alarm in the state it is in.
OK: Final = 0
ALARM: Final = 1
INSUFFICIENT_DATA: Final = 2
KEEP: Final = 3
STATES: Final = (State.OK, State.ALARM, State.INSUFFICIENT_DATA)

_COMPARE: Final = {
    Comparison.ABOVE: np.greater,
    Comparison.AT_LEAST: np.greater_equal,
    Comparison.BELOW: np.less,
    Comparison.AT_MOST: np.less_equal,
}


def decide(alarm: MetricAlarm, values: Values) -> Codes:
    """Return what each evaluation says of its slots: `values` is (T, K), NaN where missing."""
    needed, count = alarm.datapoints_to_alarm, alarm.evaluation_periods
    taken = choose_points(values, count)
    breaching = taken & find_breaching(alarm, values)
    bad = np.count_nonzero(breaching, axis=1)
    good = np.count_nonzero(taken, axis=1) - bad
    codes = np.where(bad >= needed, ALARM, OK).astype(np.int8)
    undecided = (bad < needed) & (good < count - needed + 1)
    if undecided.any():
        codes[undecided] = _fill(alarm, taken[undecided], good[undecided])
    return codes


def choose_points(values: Values, count: int) -> Flags:
    """Mark the newest `count` real points of each range."""
    real = ~np.isnan(values)
    rank = np.cumsum(real[:, ::-1], axis=1)[:, ::-1]
    return real & (rank <= count)


def find_breaching(alarm: MetricAlarm, values: Values) -> Flags:
    """Mark the points on the wrong side of the threshold; a missing one is on neither."""
    with np.errstate(invalid="ignore"):
        flags: Flags = _COMPARE[alarm.comparison](values, alarm.threshold)
    return flags


def _fill(alarm: MetricAlarm, taken: Flags, good: NDArray[np.int64]) -> Codes:
    """Decide ranges whose real points leave it open."""
    if alarm.treatment is Treatment.BREACHING:
        return np.full(len(taken), ALARM, np.int8)
    if alarm.treatment is Treatment.NOT_BREACHING:
        return np.full(len(taken), OK, np.int8)
    empty = ~taken.any(axis=1)
    if alarm.treatment is Treatment.IGNORE:
        return np.where(good > 0, OK, KEEP).astype(np.int8)
    # Only breaching points, fewer than M: premature unless the oldest is M periods old.
    oldest_age = taken.shape[1] - taken.argmax(axis=1)
    alone = np.where(oldest_age >= alarm.datapoints_to_alarm, ALARM, INSUFFICIENT_DATA)
    return np.where(good > 0, OK, np.where(empty, INSUFFICIENT_DATA, alone)).astype(np.int8)


def list_inferences(alarm: MetricAlarm, values: Values) -> frozenset[Inference]:
    """Name the inferred rules that one evaluation's verdict rests on; `values` is (1, K)."""
    code = decide(alarm, values)[0]
    found = set()
    if decide(alarm, values[:, -alarm.evaluation_periods :])[0] != code:
        found.add(Inference.EVALUATION_RANGE)
    taken = choose_points(values, alarm.evaluation_periods)
    breaching = taken & find_breaching(alarm, values)
    bad, good = int(breaching.sum()), int(taken.sum() - breaching.sum())
    undecided = bad < alarm.datapoints_to_alarm and (
        good < alarm.evaluation_periods - alarm.datapoints_to_alarm + 1
    )
    if undecided and bad and not good and code == INSUFFICIENT_DATA:
        found.add(Inference.YOUNG_BREACH)
    if undecided and good and alarm.treatment is Treatment.IGNORE:
        found.add(Inference.IGNORED_WITH_GOOD_POINT)
    if alarm.timezone is not None:
        found.add(Inference.WALL_CLOCK_RANGE)
    return frozenset(found)
