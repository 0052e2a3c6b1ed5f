"""The detector sees what is unusual, leaves out what was, and knows what it does not know."""

import pytest

from tests.unit.detection_samples import EVENING, FIRST, TONIGHT, WEEKS, history
from watchkeeper.detection.baseline import Baseline
from watchkeeper.detection.detector import Anomaly, Detector, Kind
from watchkeeper.detection.drift import drift
from watchkeeper.detection.history import SLOTS_A_DAY, SLOTS_A_WEEK, SLOTS_AN_HOUR, History


def judge(counts: History, slot: int = TONIGHT + SLOTS_AN_HOUR) -> Anomaly | None:
    return Detector(counts).judge(slot)


def test_a_spike_is_found_with_what_was_expected() -> None:
    found = judge(history({TONIGHT + 2: 9, TONIGHT + 9: 9}))
    assert found is not None
    assert (found.kind, found.observed) == (Kind.SPIKE, 18)
    assert found.expected == pytest.approx(4, abs=1.5)
    assert found.log10_probability < -4.5
    assert found.lift > 3


@pytest.mark.parametrize(
    ("why", "count"),
    [("as usual", 4), ("twice as many", 8), ("one below ten", 9), ("2.4 times", 9)],
)
def test_what_is_not_much_is_none(why: str, count: int) -> None:
    assert judge(history({TONIGHT + 5: count})) is None, why


def test_the_same_number_is_usual_on_an_evening_that_always_has_it() -> None:
    assert judge(history({TONIGHT + 5: 18}, usual=lambda _day: 18)) is None


def test_a_weekday_has_its_own_usual() -> None:
    counts = history({TONIGHT + 5: 16}, usual=lambda day: 16 if day % 7 == 0 else 2)
    assert judge(counts) is None
    assert judge(history({TONIGHT + 5: 16}, usual=lambda _day: 2)) is not None


def test_a_spike_of_last_week_that_was_left_out_does_not_hide_one_today() -> None:
    last_week = range(TONIGHT - SLOTS_A_WEEK, TONIGHT - SLOTS_A_WEEK + SLOTS_AN_HOUR)
    spikes = {last_week.start + 5: 60, TONIGHT + 5: 18}
    left_out = Baseline.before(history(spikes, excluded=frozenset(last_week)), TONIGHT)
    kept = Baseline.before(history(spikes), TONIGHT)
    clean = Baseline.before(history(), TONIGHT)
    assert left_out is not None
    assert kept is not None
    assert clean is not None
    until = TONIGHT + SLOTS_AN_HOUR
    expected = clean.expect(until, SLOTS_AN_HOUR).mean
    assert left_out.expect(until, SLOTS_AN_HOUR).mean == pytest.approx(expected, rel=0.2)
    assert kept.expect(until, SLOTS_AN_HOUR).mean < 3 * expected


def test_little_data_widens_what_is_usual() -> None:
    long = Baseline.before(history(), TONIGHT)
    short = Baseline.before(history(days=17), FIRST + 16 * SLOTS_A_DAY + EVENING)
    assert long is not None
    assert short is not None
    evening = SLOTS_AN_HOUR
    assert (
        short.expect(FIRST + 16 * SLOTS_A_DAY + EVENING + evening, evening).spread
        > long.expect(TONIGHT + evening, evening).spread
    )


@pytest.mark.parametrize(("days", "is_known"), [(15, False), (16, True)])
def test_two_weeks_and_a_day_have_to_pass_first(days: int, *, is_known: bool) -> None:
    tonight = FIRST + (days - 1) * SLOTS_A_DAY + EVENING
    counts = history({tonight + 5: 60}, days=days)
    assert (judge(counts, tonight + SLOTS_AN_HOUR) is not None) is is_known


def test_without_mails_nothing_is_judged() -> None:
    until = FIRST + 40 * SLOTS_A_DAY
    counts = History.of(FIRST, until, sent={}, left={until - 1: 60})
    assert judge(counts, until) is None


def test_a_slow_drift_is_found_over_days() -> None:
    counts = history(usual=lambda day: 8 if day >= WEEKS * 7 - 12 else 4)
    found = judge(counts, FIRST + WEEKS * 7 * SLOTS_A_DAY + 1)
    assert found is not None
    assert found.kind is Kind.DRIFT
    assert found.lift == pytest.approx(2, rel=0.1)
    assert judge(history(), FIRST + WEEKS * 7 * SLOTS_A_DAY + 1) is None


def test_evidence_of_a_drift_goes_back_to_nothing() -> None:
    counts = history(usual=lambda day: 3 if day >= WEEKS * 7 - 12 else 4)
    found = drift(counts, FIRST + WEEKS * 7 * SLOTS_A_DAY)
    assert found is not None
    assert found.evidence == 0.0


def test_totals_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 totals of sent and 1 of left"):
        History(first=0, sent=[0, 1], left=[0])
