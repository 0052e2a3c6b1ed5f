"""The reasons of states: recorded transitions of the real service, and what they leave open."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.alarm import (
    Comparison,
    MetricAlarm,
    MetricStat,
    Query,
    State,
    Treatment,
)
from rehearsal.engine.composite.suppression import Phase
from rehearsal.engine.evaluation.decision import KEEP, STATES, decide
from rehearsal.engine.messages.reason import ChildState, explain, explain_composite, suppress
from rehearsal.engine.messages.transition import CREATED, Reason, Standing
from rehearsal.engine.metrics.identity import MetricIdentity
from tests.engine.messages.samples import HOME, composite_alarm, metric_alarm, moment

DAY = "2026-09-14T"
NAN = float("nan")
SIGNAL = MetricIdentity.of("Probe", "Signal")


@dataclass(frozen=True)
class Recorded:
    """Be one recorded evaluation of an alarm with N = 3 on 10 s periods, `> 50`.

    `slots` are the nine of the range, oldest first: X breaches, 0 does not, - is missing.
    """

    case: str
    alarm: str  # its M and its treatment
    tick: str
    newest: str
    slots: str
    new: State
    text: str
    evaluated: str
    recent: str


OK_2 = (
    "was not greater than the threshold (50.0) (minimum 2 datapoints for ALARM -> OK transition)."
)
OK_1 = "was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition)."
UP_2 = "greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition)."
UP_3 = "greater than the threshold (50.0) (minimum 3 datapoints for OK -> ALARM transition)."
ONE, TWO = "1 out of the last 3 datapoints", "2 out of the last 3 datapoints"
NOTHING = "no datapoints were received for 3 periods and 3 missing datapoints were treated as"
UNKNOWN = "Insufficient Data: 3 datapoints were unknown."

RECORDED = [
    Recorded(
        "M points of N breach", "2 missing", "05:43:07.551", "05:42:40", "------X0X", State.ALARM,
        f"{TWO} [100.0 (14/09/26 05:42:40), 100.0 (14/09/26 05:42:20)] were {UP_2}",
        "05:42:40=X 05:42:20=X", "X0X",
    ),
    Recorded(
        "real points outweigh the treatment", "3 breaching", "05:43:04.472", "05:42:40",
        "------X0X", State.OK, f"{ONE} [0.0 (14/09/26 05:42:30)] {OK_1}", "05:42:30=0", "X0X",
    ),
    Recorded(
        "the last point is not there yet", "3 missing", "05:42:58.775", "05:42:30", "-------X0",
        State.OK, f"{ONE} [0.0 (14/09/26 05:42:30)] {OK_1}", "05:42:30=0", "X0",
    ),
    Recorded(
        "the oldest breach has left the range", "2 missing", "05:44:17.553", "05:43:50",
        "0X-------", State.OK, f"{ONE} [0.0 (14/09/26 05:42:30)] {OK_2}",
        "05:43:50 05:42:30=0", "0X",
    ),
    Recorded(
        "the last breach is old", "2 missing", "05:44:27.550", "05:44:00", "X--------",
        State.ALARM, f"{ONE} [100.0 (14/09/26 05:42:40)] was {UP_2}",
        "05:44:00 05:42:40=X", "X",
    ),
    Recorded(
        "the last breach is old, three needed", "3 missing", "05:44:28.774", "05:44:00",
        "X--------", State.ALARM, f"{ONE} [100.0 (14/09/26 05:42:40)] was {UP_3}",
        "05:44:00 05:43:50 05:42:40=X", "X",
    ),
    Recorded(
        "everything has left the range", "3 missing", "05:44:38.775", "05:44:10", "---------",
        State.INSUFFICIENT_DATA, UNKNOWN, "05:44:10 05:44:00 05:43:50", "",
    ),
    Recorded(
        "everything has left, two needed", "2 missing", "05:44:37.552", "05:44:10", "---------",
        State.INSUFFICIENT_DATA, UNKNOWN, "05:44:10 05:44:00", "",
    ),
    Recorded(
        "a premature alarm", "2 missing", "05:47:27.551", "05:47:00", "-------X-", State.ALARM,
        f"{ONE} [100.0 (14/09/26 05:46:50)] was {UP_2}", "05:47:00 05:46:50=X", "X",
    ),
    Recorded(
        "gaps between the points", "3 missing", "05:51:48.775", "05:51:20", "-----0-X-",
        State.OK, f"{ONE} [0.0 (14/09/26 05:50:50)] {OK_1}", "05:50:50=0", "0-X",
    ),
    Recorded(
        "gaps and enough points", "3 breaching", "05:51:54.473", "05:51:30", "----0-X-X",
        State.OK, f"{ONE} [0.0 (14/09/26 05:50:50)] {OK_1}", "05:50:50=0", "0-X-X",
    ),
    Recorded(
        "breaches that are not neighbours", "2 missing", "05:51:57.551", "05:51:30", "----0-X-X",
        State.ALARM,
        f"{TWO} [100.0 (14/09/26 05:51:30), 100.0 (14/09/26 05:51:10)] were {UP_2}",
        "05:51:30=X 05:51:10=X", "0-X-X",
    ),
    Recorded(
        "the old good point has left", "3 missing", "05:52:48.775", "05:52:20", "-X-X-----",
        State.ALARM,
        f"{TWO} [100.0 (14/09/26 05:51:30), 100.0 (14/09/26 05:51:10)] were {UP_3}",
        "05:52:20 05:51:30=X 05:51:10=X", "X-X",
    ),
    Recorded(
        "the treatment tips the balance", "3 breaching", "05:52:44.472", "05:52:20", "-X-X-----",
        State.ALARM,
        f"{TWO} [100.0 (14/09/26 05:51:30), 100.0 (14/09/26 05:51:10)] were "
        "greater than the threshold (50.0) and 1 missing datapoint was treated as [Breaching] "
        "(minimum 3 datapoints for OK -> ALARM transition).",
        "05:52:20 05:51:30=X 05:51:10=X", "X-X",
    ),
    Recorded(
        "one good point against the treatment", "3 breaching", "05:54:34.473", "05:54:10",
        "--------0", State.OK,
        f"{ONE} [0.0 (14/09/26 05:54:10)] was not greater than the threshold (50.0) and "
        "2 missing datapoints were treated as [Breaching] "
        "(minimum 1 datapoint for ALARM -> OK transition).",
        "05:54:10=0", "0",
    ),
    Recorded(
        "one good point where two are needed", "2 missing", "05:54:37.550", "05:54:10",
        "--------0", State.OK, f"{ONE} [0.0 (14/09/26 05:54:10)] {OK_2}",
        "05:54:10=0 05:54:00", "0",
    ),
    Recorded(
        "silence that breaches", "3 breaching", "05:56:04.474", "05:55:40", "---------",
        State.ALARM, f"{NOTHING} [Breaching].", "05:55:40 05:55:30 05:55:20", "",
    ),
]  # fmt: skip


VALUES = {"X": 100.0, "0": 0.0, "-": NAN}


def probe(needed: int, treatment: str) -> MetricAlarm:
    """Build the alarm that was recorded."""
    stat = MetricStat(metric=SIGNAL, statistic="Average", period_seconds=10, unit="Count")
    return metric_alarm(stat=stat, periods=3, needed=needed, treatment=Treatment(treatment))


def explain_slots(
    alarm: MetricAlarm, tick: float, newest: float, values: list[float], new: State
) -> Reason:
    """Explain a range of consecutive slots with one sample in each, none in metric math."""
    slots = np.array(values)
    ages = np.arange(len(values))[::-1] * alarm.period_seconds
    counts = None if alarm.is_math else np.where(np.isnan(slots), NAN, 1.0)
    starts = (newest - ages).astype(np.int64)
    return explain(alarm, tick=tick, starts=starts, values=slots, counts=counts, new=new)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.case)
def test_a_recorded_transition_is_explained_as_it_was(recorded: Recorded) -> None:
    needed, treatment = recorded.alarm.split()
    reason = explain_slots(
        probe(int(needed), treatment),
        moment(DAY + recorded.tick),
        moment(DAY + recorded.newest),
        [VALUES[slot] for slot in recorded.slots],
        recorded.new,
    )
    is_crossed = recorded.new is not State.INSUFFICIENT_DATA
    assert reason.text == ("Threshold Crossed: " if is_crossed else "") + recorded.text
    points = []
    for written in recorded.evaluated.split():
        time, _, value = written.partition("=")
        point: dict[str, object] = {"timestamp": f"{DAY}{time}.000+0000"}
        points.append({**point, "sampleCount": 1, "value": VALUES[value]} if value else point)
    first = len(recorded.slots.lstrip("-"))
    oldest = moment(DAY + recorded.newest) - 10 * (first - 1)
    start = {"startDate": f"{DAY}{clock(oldest)}.000+0000"} if first else {}
    assert reason.data == {
        "version": "1.0",
        "queryDate": f"{DAY}{recorded.tick}+0000",
        **start,
        "unit": "Count",
        "statistic": "Average",
        "period": 10,
        "recentDatapoints": [None if slot == "-" else VALUES[slot] for slot in recorded.recent],
        "threshold": 50,
        "evaluatedDatapoints": points,
    }


def clock(at: float) -> str:
    """Write the time of day of a moment."""
    seconds = int(at) % 86_400
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def test_reason_data_keeps_the_recorded_order_of_its_keys() -> None:
    reason = explain_slots(probe(2, "missing"), 100, 80, [NAN, 1.0], State.OK)
    assert list(reason.data) == [
        *("version", "queryDate", "startDate", "unit", "statistic", "period"),
        *("recentDatapoints", "threshold", "evaluatedDatapoints"),
    ]


def test_an_expression_has_neither_statistic_nor_unit_nor_sample_counts() -> None:
    stat = MetricStat(metric=SIGNAL, statistic="p90", period_seconds=10, unit="Count")
    queries = (
        Query(id="m1", stat=stat, returns_data=False),
        Query(id="e1", expression="m1 + 1"),
    )
    reason = explain_slots(
        metric_alarm(queries=queries, threshold=5),
        moment(DAY + "06:46:28.197"),
        moment(DAY + "06:46:10"),
        [NAN] * 6 + [11.0],
        State.ALARM,
    )
    assert reason.text == (
        "Threshold Crossed: 1 out of the last 1 datapoints [11.0 (14/09/26 06:46:10)] was "
        "greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert reason.data == {
        "version": "1.0",
        "queryDate": "2026-09-14T06:46:28.197+0000",
        "startDate": "2026-09-14T06:46:10.000+0000",
        "period": 10,
        "recentDatapoints": [11],
        "threshold": 5,
        "evaluatedDatapoints": [{"timestamp": "2026-09-14T06:46:10.000+0000", "value": 11}],
    }


def test_a_metric_without_unit_has_none_in_its_data() -> None:
    stat = MetricStat(metric=SIGNAL, statistic="p90", period_seconds=10)
    reason = explain_slots(metric_alarm(stat=stat), 100, 80, [1.0], State.OK)
    assert reason.data["statistic"] == "p90"
    assert "unit" not in reason.data


@pytest.mark.parametrize(
    ("treatment", "new", "text"),
    [
        (
            Treatment.BREACHING,
            State.ALARM,
            "no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[Breaching].",
        ),
        (
            Treatment.NOT_BREACHING,
            State.OK,
            "no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[NonBreaching].",
        ),
    ],
)
def test_one_silent_period_is_singular(treatment: Treatment, new: State, text: str) -> None:
    reason = explain_slots(metric_alarm(treatment=treatment), 600, 0, [NAN] * 3, new)
    assert reason.text == f"Threshold Crossed: {text}"


def test_one_unknown_datapoint_is_singular() -> None:
    alarm = metric_alarm(treatment=Treatment.MISSING)
    reason = explain_slots(alarm, 600, 0, [NAN] * 3, State.INSUFFICIENT_DATA)
    assert reason.text == "Insufficient Data: 1 datapoint was unknown."


def test_a_lone_young_breach_leaves_the_other_points_unknown() -> None:
    alarm = metric_alarm(periods=3, needed=3, treatment=Treatment.MISSING)
    reason = explain_slots(alarm, 900, 600, [NAN] * 4 + [99.0], State.INSUFFICIENT_DATA)
    assert reason.text == "Insufficient Data: 2 datapoints were unknown."
    assert reason.data["recentDatapoints"] == [99]


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (Comparison.ABOVE, "greater than"),
        (Comparison.AT_LEAST, "greater than or equal to"),
        (Comparison.BELOW, "less than"),
        (Comparison.AT_MOST, "less than or equal to"),
    ],
)
def test_each_comparison_has_its_words(comparison: Comparison, words: str) -> None:
    alarm = metric_alarm(comparison=comparison, threshold=7)
    value = 8.0 if comparison in (Comparison.ABOVE, Comparison.AT_LEAST) else 6.0
    reason = explain_slots(alarm, 600, 300, [value], State.ALARM)
    assert f"] was {words} the threshold (7.0) (minimum" in reason.text
    negated = explain_slots(alarm, 600, 300, [14 - value], State.OK)
    assert f"] was not {words} the threshold (7.0) (minimum" in negated.text


def test_only_as_many_points_are_named_as_the_change_needed() -> None:
    alarm = metric_alarm(periods=5, needed=2)
    alarmed = explain_slots(alarm, 3_000, 1_200, [99.0] * 7, State.ALARM)
    assert alarmed.text.startswith("Threshold Crossed: 2 out of the last 5 datapoints [99.0 (01/01")
    recovered = explain_slots(alarm, 3_000, 1_200, [1.0] * 7, State.OK)
    assert recovered.text.startswith("Threshold Crossed: 4 out of the last 5 datapoints [1.0")
    assert "were not greater than" in recovered.text


def test_silence_that_outweighs_the_real_points_counts_only_its_own_periods() -> None:
    alarm = metric_alarm(periods=3, needed=2, treatment=Treatment.BREACHING)
    reason = explain_slots(alarm, 900, 600, [NAN] * 4 + [1.0], State.ALARM)
    assert reason.text == (
        "Threshold Crossed: no datapoints were received for 2 periods and "
        "2 missing datapoints were treated as [Breaching]."
    )


@given(
    st.integers(1, 4).flatmap(lambda count: st.tuples(st.just(count), st.integers(1, count))),
    st.sampled_from(Treatment),
    st.lists(st.sampled_from([NAN, 1.0, 99.0]), min_size=6, max_size=6),
)
def test_every_verdict_has_a_reason_with_points_that_speak_for_it(
    size: tuple[int, int], treatment: Treatment, values: list[float]
) -> None:
    alarm = metric_alarm(periods=size[0], needed=size[1], treatment=treatment)
    values = values[-size[0] - 2 :]
    code = decide(alarm, np.array([values]))[0]
    if code == KEEP:
        return
    new = STATES[code]
    reason = explain_slots(alarm, 3_000, 2_400, values, new)
    assert reason.text.endswith(".")
    assert "out of" not in reason.text or f"out of the last {size[0]} datapoints [" in reason.text
    evaluated: Any = reason.data["evaluatedDatapoints"]
    stamps = [point["timestamp"] for point in evaluated]
    assert stamps == sorted(stamps, reverse=True)
    for point in evaluated:
        assert "value" not in point or (point["value"] > 50) is (new is State.ALARM)


def test_an_alarm_is_created_unchecked() -> None:
    assert (CREATED.text, CREATED.data) == ("Unchecked: Initial alarm creation", {})


CHILD = ChildState(arn=HOME + "child", state=State.ALARM, since=moment(DAY + "11:18:52.496"))


def test_a_composite_names_the_child_that_changed() -> None:
    reason = explain_composite(composite_alarm(), new=State.ALARM, triggers=[CHILD], cause=CHILD)
    assert reason.text == (
        f"{HOME}child transitioned to ALARM at Monday 14 September, 2026 11:18:52 UTC"
    )
    state = {"value": "ALARM", "timestamp": "2026-09-14T11:18:52.496+0000"}
    assert reason.data == {"triggeringAlarms": [{"arn": HOME + "child", "state": state}]}


@pytest.mark.parametrize(
    ("updated", "words"),
    [
        (False, "was created and its alarm rule evaluates to OK"),
        (True, "was updated and its new alarm rule evaluates to OK"),
    ],
)
def test_a_composite_is_evaluated_when_it_is_made_and_when_it_is_changed(
    updated: bool, words: str
) -> None:
    reason = explain_composite(
        composite_alarm(), new=State.OK, triggers=[], cause=None, updated=updated
    )
    assert reason == Reason(text=f"{HOME}both {words}", data={"triggeringAlarms": []})


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (Phase.WAIT, "Actions suppressed by WaitPeriod"),
        (Phase.EXTENSION, "Actions suppressed by ExtensionPeriod"),
        (
            Phase.ALARM,
            f"Actions suppressed by {HOME}child that transitioned to ALARM at "
            "Monday 14 September, 2026 11:18:52 UTC",
        ),
    ],
)
def test_a_suppressed_alarm_says_what_holds_its_actions_back(phase: Phase, words: str) -> None:
    standing = Standing(state=State.OK, since=1, reason=CREATED)
    held = suppress(standing, phase=phase, now=2, suppressor=CHILD)
    assert (held.suppressed_by, held.suppressed_reason, held.since) == (phase, words, 2)
    assert (held.state, held.reason) == (standing.state, standing.reason)


def test_the_end_of_a_suppression_leaves_the_state_and_moves_its_time() -> None:
    held = Standing(state=State.OK, since=1, reason=CREATED, suppressed_by="Alarm")
    released = suppress(held, phase=None, now=9, suppressor=CHILD)
    assert released == Standing(state=State.OK, since=9, reason=CREATED)
