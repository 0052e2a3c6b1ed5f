"""The engine and the independent slow reference say the same of random alarms and data."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.alarm import Comparison, MetricAlarm, State, Treatment
from rehearsal.engine.evaluation.decision import KEEP, STATES, decide
from rehearsal.engine.evaluation.engine import AlarmEngine
from rehearsal.engine.evaluation.slots import build_slots, list_ticks
from rehearsal.engine.metrics.samples import Sample
from rehearsal.engine.metrics.store import MetricStore
from tests.engine.reference import slow_evaluation as slow
from tests.engine.reference.alarm_samples import METRIC, alarm_of, points
from tests.engine.reference.slow_evaluation import Datapoint

Change = tuple[int, State, State]

# Moments around which clocks change in some of the zones below, and ordinary ones.
MOMENTS = (1_774_746_000, 1_777_075_200, 1_792_972_800, 1_793_509_200, 1_767_268_800)
ZONES = (
    *("UTC", "+05:30", "-03:30", "UTC+05:45", "Europe/Berlin", "America/New_York"),
    *("Asia/Kathmandu", "America/Havana", "Africa/Cairo", "Australia/Adelaide"),
)
STATISTICS = ("Sum", "Average", "Minimum", "Maximum", "SampleCount")
# Sums of these have no rounding, in whichever order they are added.
VALUES = st.integers(-4, 8).map(lambda quarters: quarters / 4)
COUNTS = st.sampled_from([0.5, 1.0, 2.0, 7.0])


@st.composite
def alarms(draw: st.DrawFn, /, periods: Sequence[int], **facts: Any) -> MetricAlarm:
    """Draw an alarm of one of these periods, within what CloudWatch looks back."""
    period = draw(st.sampled_from(periods))
    longest = 86_400 if period < 3_600 else 604_800
    n = draw(st.integers(1, min(6, longest // period)))
    return alarm_of(
        n,
        draw(st.integers(1, n)),
        period=period,
        comparison=draw(st.sampled_from(Comparison)),
        threshold=draw(VALUES),
        treatment=draw(st.sampled_from(Treatment)),
        **{"statistic": draw(st.sampled_from(STATISTICS)), **facts},
    )


@st.composite
def plays(
    draw: st.DrawFn, alarm: MetricAlarm, *, values: st.SearchStrategy[float] = VALUES
) -> tuple[list[Datapoint], int, int]:
    """Draw datapoints, some of them late or early, and the span (start, until) to evaluate."""
    step = 3_600 if alarm.period_seconds * alarm.evaluation_periods > 86_400 else 60
    step = 10 if alarm.period_seconds < 60 else step
    start = draw(st.sampled_from(MOMENTS)) + draw(st.integers(-7_200, 7_200))
    until = start + draw(st.integers(1, 90)) * step
    reach = (alarm.evaluation_periods + 2) * alarm.period_seconds
    seconds = st.integers(max(start - reach, until - 13 * 86_400), until)
    delays = st.one_of(st.just(0), st.integers(-300, 300), st.integers(0, 3 * step))
    datapoints = draw(
        st.lists(
            st.builds(
                lambda at, delay, pairs, is_fine: Datapoint(
                    at=at,
                    arrives=at + delay,
                    values=tuple(value for value, _ in pairs),
                    counts=tuple(count for _, count in pairs),
                    high_resolution=is_fine,
                ),
                seconds,
                delays,
                st.lists(st.tuples(values, COUNTS), min_size=1, max_size=3),
                st.booleans(),
            ),
            min_size=draw(st.integers(0, 20)),
            max_size=30,
        )
    )
    return datapoints, start, until


def build_store(datapoints: Sequence[Datapoint]) -> MetricStore:
    return MetricStore(
        Sample(
            metric=METRIC,
            at=point.at,
            arrives=point.arrives,
            values=point.values,
            counts=point.counts,
            high_resolution=point.high_resolution,
        )
        for point in datapoints
    )


def run_engine(
    alarm: MetricAlarm,
    datapoints: Sequence[Datapoint],
    start: int,
    *stops: int,
    state: State | None = None,
) -> list[Change]:
    """Advance the engine from stop to stop and return every change."""
    states = {alarm.name: state} if state else None
    engine = AlarmEngine([alarm], build_store(datapoints), start, states=states)
    changes = [change for stop in stops for change in engine.advance(stop).transitions]
    return [(change.time, change.old, change.new) for change in changes]


def run_reference(
    alarm: MetricAlarm,
    datapoints: Sequence[Datapoint],
    start: int,
    until: int,
    *,
    state: State | None = None,
) -> list[Change]:
    first = state or State.INSUFFICIENT_DATA
    verdicts = slow.evaluate_alarm(alarm, datapoints, created=start, until=until, state=first)
    return list(slow.list_transitions(verdicts, first))


# One decision.


def test_every_range_of_up_to_six_slots_is_decided_alike() -> None:
    """All ranges of good, breaching and missing slots, for every M of N up to 4."""
    for n, extra in itertools.product(range(1, 5), range(3)):
        ranges = list(itertools.product((0.0, 1.0, None), repeat=n + extra))
        values = np.array(ranges, dtype=np.float64)
        for m, treatment in itertools.product(range(1, n + 1), Treatment):
            alarm = alarm_of(n, m, treatment=treatment)
            codes = decide(alarm, values)
            for state in State:
                said = [state if code == KEEP else STATES[code] for code in codes]
                assert said == [slow.decide(alarm, slots, state) for slots in ranges]


SLOTS = st.sampled_from([0.0, 1.0, float("nan")])


@st.composite
def ranges(draw: st.DrawFn) -> tuple[int, int, np.ndarray[Any, np.dtype[np.float64]]]:
    n = draw(st.integers(1, 12))
    slots = draw(st.lists(SLOTS, min_size=n + 2, max_size=n + 6))
    return n, draw(st.integers(1, n)), np.array([slots])


@given(drawn=ranges())
def test_treatments_agree_where_enough_real_points_exist(
    drawn: tuple[int, int, np.ndarray[Any, np.dtype[np.float64]]],
) -> None:
    n, m, values = drawn
    codes = {decide(alarm_of(n, m, treatment=each), values)[0] for each in Treatment}
    assert len(codes) == 1 or np.count_nonzero(~np.isnan(values)) < n


@given(drawn=ranges())
def test_not_breaching_is_never_worse_than_breaching(
    drawn: tuple[int, int, np.ndarray[Any, np.dtype[np.float64]]],
) -> None:
    n, m, values = drawn
    mild = decide(alarm_of(n, m, treatment=Treatment.NOT_BREACHING), values)[0]
    strict = decide(alarm_of(n, m, treatment=Treatment.BREACHING), values)[0]
    assert (STATES[mild], STATES[strict]) != (State.ALARM, State.OK)


@given(n=st.integers(1, 12), m=st.integers(1, 12), extra=st.integers(0, 6))
def test_an_empty_range_never_changes_the_state_under_ignore(n: int, m: int, extra: int) -> None:
    alarm = alarm_of(n, min(n, m), treatment=Treatment.IGNORE)
    assert decide(alarm, np.full((1, n + extra), np.nan))[0] == KEEP


# Whole runs.


@given(data=st.data(), alarm=alarms(periods=(60, 120, 300, 900, 3_600, 86_400)))
def test_an_alarm_changes_when_the_reference_says(data: st.DataObject, alarm: MetricAlarm) -> None:
    datapoints, start, until = data.draw(plays(alarm))
    state = data.draw(st.sampled_from([None, *State]))
    expected = run_reference(alarm, datapoints, start, until, state=state)
    assert run_engine(alarm, datapoints, start, until, state=state) == expected


@given(data=st.data(), alarm=alarms(periods=(10, 20, 30)))
def test_a_high_resolution_alarm_changes_when_the_reference_says(
    data: st.DataObject, alarm: MetricAlarm
) -> None:
    datapoints, start, until = data.draw(plays(alarm))
    expected = run_reference(alarm, datapoints, start, until)
    assert run_engine(alarm, datapoints, start, until) == expected


@given(data=st.data(), zone=st.sampled_from(ZONES))
def test_a_wall_clock_alarm_changes_when_the_reference_says(data: st.DataObject, zone: str) -> None:
    alarm = data.draw(alarms(periods=(60, 300, 3_600, 86_400), timezone=zone))
    datapoints, start, until = data.draw(plays(alarm))
    expected = run_reference(alarm, datapoints, start, until)
    assert run_engine(alarm, datapoints, start, until) == expected


@given(data=st.data(), share=st.sampled_from(["p50", "p90", "p10", "p25"]))
def test_a_percentile_of_few_samples_changes_when_the_reference_says(
    data: st.DataObject, share: str
) -> None:
    alarm = data.draw(alarms(periods=(60, 300), statistic=share, ignores_low_samples=True))
    # Percentiles are inferred; of equal values every reading gives that value.
    value = data.draw(st.sampled_from([0.0, 1.0, 2.0]))
    datapoints, start, until = data.draw(plays(alarm, values=st.just(value)))
    expected = run_reference(alarm, datapoints, start, until)
    assert run_engine(alarm, datapoints, start, until) == expected


@given(
    data=st.data(),
    alarm_minutes=st.integers(1, 30),
    is_whole=st.booleans(),
)
def test_a_new_alarm_warms_up_as_the_reference_says(
    data: st.DataObject, alarm_minutes: int, *, is_whole: bool
) -> None:
    alarm = data.draw(
        alarms(
            periods=(60, 120, 300),
            warm_up_minutes=alarm_minutes,
            warms_up_whole_period=is_whole,
        )
    )
    datapoints, start, until = data.draw(plays(alarm))
    expected = run_reference(alarm, datapoints, start, until)
    assert run_engine(alarm, datapoints, start, until) == expected


@given(data=st.data(), alarm=alarms(periods=(10, 60, 300, 3_600)))
def test_it_does_not_matter_how_the_clock_is_moved(data: st.DataObject, alarm: MetricAlarm) -> None:
    datapoints, start, until = data.draw(plays(alarm))
    stops = sorted(data.draw(st.lists(st.integers(start, until), max_size=6)))
    at_once = run_engine(alarm, datapoints, start, until)
    assert run_engine(alarm, datapoints, start, *stops, until) == at_once


@given(data=st.data(), alarm=alarms(periods=(10, 20, 30, 60, 300, 3_600, 86_400)))
def test_data_moved_by_whole_ticks_moves_the_changes(
    data: st.DataObject, alarm: MetricAlarm
) -> None:
    datapoints, start, until = data.draw(plays(alarm))
    # An hour is a whole number of ticks of every alarm.
    shift = 3_600 * data.draw(st.integers(-50, 50))
    moved = [
        Datapoint(
            at=point.at + shift,
            arrives=point.arrives + shift,
            values=point.values,
            counts=point.counts,
            high_resolution=point.high_resolution,
        )
        for point in datapoints
    ]
    before = run_engine(alarm, datapoints, start, until)
    after = run_engine(alarm, moved, start + shift, until + shift)
    assert after == [(time + shift, old, new) for time, old, new in before]


@given(n=st.integers(1, 6), m=st.integers(1, 6), period=st.sampled_from([10, 60, 300]))
def test_silence_under_breaching_fires_once_too_few_good_points_remain(
    n: int, m: int, period: int
) -> None:
    """With M = N that is once the last one has left the range of N and the extra periods."""
    m = min(m, n)
    alarm = alarm_of(n, m, period=period, treatment=Treatment.BREACHING)
    step = min(period, 60)
    start = MOMENTS[-1]
    last = start + 20 * period
    good = points(
        [(start + count * period, 0.0) for count in range(21)], high_resolution=period < 60
    )
    width = n + (2 if period >= 60 else 60 // period)
    # N - M + 1 good points must remain: the oldest of those decides when it leaves the range.
    oldest = last - (n - m) * period
    fires = oldest + width * period + step
    changes = run_engine(alarm, good, last, fires + 10 * period, state=State.OK)
    assert changes == [(fires, State.OK, State.ALARM)]


@given(data=st.data(), zone=st.sampled_from([None, *ZONES]))
def test_slots_are_those_of_the_reference(data: st.DataObject, zone: str | None) -> None:
    periods = (60, 300, 3_600, 86_400, 604_800) if zone else (10, 20, 30, 60, 120, 900, 86_400)
    period = data.draw(st.sampled_from(periods))
    n = data.draw(st.integers(1, 1 if period > 86_400 else 4))
    alarm = alarm_of(n, period=period, timezone=zone)
    start = data.draw(st.sampled_from(MOMENTS)) + data.draw(st.integers(-90_000, 90_000))
    until = start + data.draw(st.sampled_from([59, 600, 7_200]))
    ticks = list_ticks(alarm, start, until)
    assert ticks.tolist() == slow.list_ticks(alarm, start, until)
    if len(ticks):
        slots = build_slots(alarm, ticks)
        chosen = data.draw(st.integers(0, len(ticks) - 1))
        found = list(zip(slots.starts[chosen].tolist(), slots.ends[chosen].tolist(), strict=True))
        assert found == slow.list_windows(alarm, int(ticks[chosen]))
