"""Every statistic, against values that the real service was recorded to answer."""

import math

import pytest

from rehearsal.engine.errors import AlarmError
from rehearsal.engine.inferred import HISTOGRAM_RATIO, Inference
from rehearsal.engine.metrics.samples import Sample
from rehearsal.engine.metrics.statistics import Kind, parse_statistic
from tests.engine.metrics.store_play import (
    START,
    read_minute,
    sample,
    spans,
    stat,
    statistic_set,
    view_of,
)

ONE_TO_TEN = [sample(*range(1, 11))]
WEIGHTED = [sample(1, 3, 7, 11, 23, counts=[1, 2, 4, 2, 1])]
SCALED = [sample(20, 100, counts=[2, 3])]
SMALL = [sample(0.2, 1, counts=[2, 3])]
TIGHT = [sample(9.9, 9.95, 10, 10.05, 10.1)]
WITH_SET = [sample(2, 10, counts=[2, 3]), statistic_set(3, 21, 7, 7)]

RECORDED = [
    (ONE_TO_TEN, "p10", 1.1),
    (ONE_TO_TEN, "p25", 2.992374046230249),
    (ONE_TO_TEN, "p50", 5.054470284992944),
    (ONE_TO_TEN, "p75", 7.761447620208641),
    (ONE_TO_TEN, "p90", 9.849732675807628),
    (ONE_TO_TEN, "ts90", 44.93892108480814),
    (ONE_TO_TEN, "PR(2:10)", 87.36837635385871),
    (WEIGHTED, "p50", 7.055861472916946),
    (WEIGHTED, "p90", 11.918176537727234),
    (WEIGHTED, "IQM", 7.051979596891094),
    (SCALED, "p25", 20.689021529142646),
    (SCALED, "p50", 97.50811024109721),
    (SCALED, "p90", 99.4965788435331),
    (SCALED, "TM(:100%)", 67.32792548453227),
    (SMALL, "p25", 0.21084310185642943),
    (SMALL, "p50", 1.0),
    (SMALL, "p90", 1.0),
    (TIGHT, "p50", 9.999499987499378),
    (TIGHT, "p90", 10.079819514511751),
    (TIGHT, "TM(:100%)", 10.0),
    (WITH_SET, "p25", 2.143588810000001),
    (WITH_SET, "p50", 7.168838993848631),
    (WITH_SET, "p90", 9.959705991913674),
    (WITH_SET, "wm90", 6.88772509463035),
]


@pytest.mark.parametrize(("samples", "statistic", "expected"), RECORDED)
def test_a_recorded_answer_of_the_service_is_reproduced(
    samples: list[Sample], statistic: str, expected: float
) -> None:
    assert read_minute(statistic, *samples) == pytest.approx(expected, rel=1e-9)


# The bin of 2 reaches up to 1.1 ** 8, the bin of 10 begins at 1.1 ** 24 and is clipped at 10.
TWO_AND_TEN = [sample(2, 10, counts=[2, 3])]
EDGE_2, EDGE_10 = HISTOGRAM_RATIO**8, HISTOGRAM_RATIO**24
WIDTH_10 = 10 - EDGE_10
UP_TO_9_9 = 3 * (9.9 - EDGE_10) / WIDTH_10
MIDDLE_2, MIDDLE_10 = (2 + EDGE_2) / 2, (EDGE_10 + 10) / 2


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("TC(2:5)", 2),  # the whole bin that begins at the excluded bound
        ("TC(:5)", 2),
        ("TC(5:)", 3),
        ("TC(3:8)", 0),
        ("TC(0:9.9)", 2 + UP_TO_9_9),
        ("TC(2.05:)", 3 + 2 * (EDGE_2 - 2.05) / (EDGE_2 - 2)),
        ("TS(0:5)", 2 * MIDDLE_2),
        ("TS(3:8)", 0),
        ("TS(0:9.9)", 2 * MIDDLE_2 + UP_TO_9_9 * (EDGE_10 + 9.9) / 2),
        ("TM(0:5)", MIDDLE_2),
        ("TM(3:8)", None),
        ("PR(:9.9)", 100 * (2 + UP_TO_9_9) / 5),
        ("PR(3:8)", 0),
        ("WM(3:8)", (2 * 3 + 3 * 8) / 5),
        ("WM(0:3)", (2 * MIDDLE_2 + 3 * 3) / 5),
        ("WM(5:)", (2 * 5 + 3 * MIDDLE_10) / 5),
        ("WM(:2.05)", (2 * (2.05 - 2) / (EDGE_2 - 2) * (2.025 - 2.05) + 5 * 2.05) / 5),
        ("TC(25%:75%)", 2.5),
        ("TC(60%:)", 2),
        ("TC(:10%)", 0.5),
        ("TS(60%:)", 2 * (EDGE_10 + WIDTH_10 / 3 + 10) / 2),
        ("TM(75%:)", (EDGE_10 + WIDTH_10 * 1.75 / 3 + 10) / 2),
        # What lies below counts as the end of the bin that the bound falls into.
        ("WM(60%:)", (3 * 10 + 2 * (EDGE_10 + WIDTH_10 / 3 + 10) / 2) / 5),
    ],
)
def test_bounds_cut_through_bins_evenly(statistic: str, expected: float | None) -> None:
    value = read_minute(statistic, *TWO_AND_TEN)
    assert math.isnan(value) if expected is None else value == pytest.approx(expected)


def test_whole_bins_between_the_ends_count_by_the_geometric_middle_of_their_edges() -> None:
    # 7 lies between 2 and 10, in the bin from 1.1 ** 20 to 1.1 ** 21.
    value = read_minute("TS(:100%)", sample(2, 7, 10))
    middle = math.sqrt(HISTOGRAM_RATIO**20 * HISTOGRAM_RATIO**21)
    assert value == pytest.approx(MIDDLE_2 + middle + MIDDLE_10)


def test_zero_has_a_bin_of_its_own() -> None:
    samples = [sample(0, 10, counts=[3, 1])]
    assert read_minute("p50", *samples) == 0
    assert read_minute("p75", *samples) == 0
    assert read_minute("TS(:75%)", *samples) == 0
    assert read_minute("TC(:0)", *samples) == 3
    assert read_minute("p90", *samples) > 9.8


def test_equal_values_have_one_value_for_every_share_of_them() -> None:
    samples = [sample(7, counts=[2.5])]
    for statistic, expected in [
        ("p10", 7), ("p99.9", 7), ("TM(25%:75%)", 7), ("WM(50%:)", 7), ("TS(50%:)", 8.75),
        ("TC(7:8)", 0), ("TC(6:7)", 2.5), ("WM(:2.05)", 2.05), ("WM(8:9)", 8),
    ]:  # fmt: skip
        assert read_minute(statistic, *samples) == pytest.approx(expected), statistic


def test_a_percentile_lands_on_the_rank_that_exact_arithmetic_gives() -> None:
    # 0.999 * 1000 is below 999 in no float, and 99.9 / 100 * 1000 above it in many.
    samples = [sample(1, 1000, counts=[999, 1])]
    assert read_minute("p99.9", *samples) == pytest.approx(HISTOGRAM_RATIO)
    assert read_minute("p99.91", *samples) > 900


ALL_SHARES = ["p50", "p99", "tm90", "TC(10%:90%)", "ts10", "wm90", "IQM"]
BY_VALUE = ["TC(0:5)", "TS(0:5)", "TM(0:5)", "WM(0:5)", "PR(0:5)"]
SIMPLE = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]


@pytest.mark.parametrize("statistic", [*ALL_SHARES, *BY_VALUE, "p0", "p100"])
def test_a_datapoint_with_a_negative_value_has_no_statistic_of_values(statistic: str) -> None:
    assert math.isnan(read_minute(statistic, sample(-1, 3)))
    assert not math.isnan(read_minute(statistic, sample(1, 3)))


def test_negative_values_have_simple_statistics() -> None:
    found = [read_minute(statistic, sample(-1, 3)) for statistic in SIMPLE]
    assert found == [2, 2, 1, -1, 3]


@pytest.mark.parametrize("statistic", ALL_SHARES)
def test_one_set_that_hides_its_values_makes_all_shares_unavailable(statistic: str) -> None:
    assert math.isnan(read_minute(statistic, sample(2, 3), statistic_set(3, 15, 1, 9)))
    assert not math.isnan(read_minute(statistic, sample(2, 3), statistic_set(3, 15, 5, 5)))


def test_extremes_and_bounds_in_values_work_beside_a_set_that_hides_its_values() -> None:
    samples = [sample(2, 10, counts=[2, 3]), statistic_set(3, 15, 1, 20)]
    assert read_minute("p0", *samples) == 1
    assert read_minute("p100", *samples) == 20
    assert read_minute("TC(:5)", *samples) == 2
    assert read_minute("PR(5:)", *samples) == 60


@pytest.mark.parametrize("statistic", [*ALL_SHARES, *BY_VALUE])
def test_a_set_that_hides_its_values_has_none_to_count_alone(statistic: str) -> None:
    assert math.isnan(read_minute(statistic, statistic_set(3, 15, 1, 9)))


@pytest.mark.parametrize("known", [(1, 9, 9, 9), (3, 21, 7, 7), (2.5, 17.5, 7, 7)])
def test_a_set_of_equal_values_qualifies(known: tuple[float, float, float, float]) -> None:
    assert read_minute("p50", statistic_set(*known)) == known[2]


@pytest.mark.parametrize("known", [(3, 22, 7, 7), (1, 3, 1, 2), (1, 8, 9, 9)])
def test_a_set_that_contradicts_itself_is_taken_and_does_not_qualify(
    known: tuple[float, float, float, float],
) -> None:
    assert math.isnan(read_minute("p50", statistic_set(*known)))
    assert read_minute("Sum", statistic_set(*known)) == known[1]


def test_less_than_one_sample_has_no_share_of_samples() -> None:
    samples = [sample(2, 10, counts=[0.2, 0.3])]
    assert math.isnan(read_minute("p50", *samples))
    assert math.isnan(read_minute("TC(10%:90%)", *samples))
    assert read_minute("TC(0:3)", *samples) == pytest.approx(0.2)
    assert read_minute("WM(3:8)", *samples) == pytest.approx(6)


@pytest.mark.parametrize("statistic", [*ALL_SHARES, *BY_VALUE, *SIMPLE, "p0"])
def test_counts_of_zero_alone_are_no_datapoint(statistic: str) -> None:
    assert math.isnan(read_minute(statistic, sample(1, 2, counts=[0, 0])))


def test_counts_of_zero_widen_the_extremes_only() -> None:
    samples = [sample(1, 2, 10, 20, counts=[0, 2, 3, 0])]
    found = [read_minute(statistic, *samples) for statistic in SIMPLE]
    assert found == [5, 34, 6.8, 1, 20]


def test_values_of_several_minutes_make_one_distribution() -> None:
    samples = [sample(value, at=START + 60 * value) for value in range(1, 11)]
    view = view_of(*samples)
    values = view.read(stat("p50"), spans((0, 660), (0, 300), (660, 720)))
    assert values[0, 0] == pytest.approx(5.054470284992944)
    assert values[0, 1] == pytest.approx(read_minute("p50", sample(1, 2, 3, 4)))
    assert math.isnan(values[0, 2])


@pytest.mark.parametrize(
    ("text", "kind", "lower", "upper", "by_share"),
    [
        ("Sum", Kind.SUM, None, None, False),
        ("p99.9", Kind.PERCENTILE, None, 0.999, True),
        ("p100", Kind.PERCENTILE, None, 1, True),
        ("tm90", Kind.TRIMMED_MEAN, None, 0.9, True),
        ("tc5", Kind.TRIMMED_COUNT, None, 0.05, True),
        ("ts50", Kind.TRIMMED_SUM, None, 0.5, True),
        ("wm99", Kind.WINSORIZED_MEAN, None, 0.99, True),
        ("IQM", Kind.TRIMMED_MEAN, 0.25, 0.75, True),
        ("TM(10%:90%)", Kind.TRIMMED_MEAN, 0.1, 0.9, True),
        ("TS(80%:)", Kind.TRIMMED_SUM, 0.8, None, True),
        ("PR(:300)", Kind.PERCENTILE_RANK, None, 300, False),
        ("TC(0.005:0.030)", Kind.TRIMMED_COUNT, 0.005, 0.03, False),
    ],
)
def test_a_name_is_read(
    text: str, kind: Kind, lower: float | None, upper: float | None, by_share: bool
) -> None:
    statistic = parse_statistic(text)
    assert (statistic.kind, statistic.by_share) == (kind, by_share)
    for bound, expected in ((statistic.lower, lower), (statistic.upper, upper)):
        assert (bound if bound is None else float(bound)) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sum", "is no statistic of CloudWatch"),
        ("", "is no statistic of CloudWatch"),
        ("p", "is no statistic of CloudWatch"),
        ("p99%", "is no statistic of CloudWatch"),
        ("p-1", "is no statistic of CloudWatch"),
        ("p50.12345678901", "is no statistic of CloudWatch"),
        ("PR(1:2:3)", "is no statistic of CloudWatch"),
        ("iqm", "is no statistic of CloudWatch"),
        ("p101", "at most 100"),
        ("tm100.1", "at most 100"),
        ("TM(10%:101%)", "at most 100"),
        ("TM(:)", "needs one or two bounds"),
        ("TM(x:9)", "needs one or two bounds"),
        ("TM(9:x)", "needs one or two bounds"),
        ("TM(10%:5)", "mixes a percentage with a value"),
        ("PR(10%:90%)", "takes values as bounds"),
        ("TM(90%:10%)", "lower bound first"),
        ("PR(5:5)", "lower bound first"),
    ],
)
def test_what_is_no_statistic_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(AlarmError, match=reason):
        parse_statistic(text)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("Sum", True), ("p99", True), ("tm99", True), ("IQM", True), ("PR(1:2)", True),
        ("TM(10%:90%)", True), ("TC(:90%)", True), ("TM(5%:90%)", False), ("TM(10%:95%)", False),
        ("TC(1:5)", False), ("WM(:5)", False),
    ],
)  # fmt: skip
def test_alarms_take_only_some_statistics(text: str, allowed: bool) -> None:
    assert parse_statistic(text).allowed_in_alarm is allowed


@pytest.mark.parametrize(
    ("text", "expected"),
    [("p99", 1000), ("p90", 100), ("p50", 20), ("p10", 100), ("p0.1", 10_000), ("p99.9", 10_000),
     ("p0", 0), ("p100", 0), ("Sum", 0), ("tm99", 0)],
)  # fmt: skip
def test_a_percentile_says_how_many_samples_make_it_meaningful(text: str, expected: float) -> None:
    assert parse_statistic(text).min_sample_count == expected


@pytest.mark.parametrize(
    ("text", "inferred"),
    [("Sum", False), ("Maximum", False), ("p100", False), ("p0", False),
     ("p99", True), ("IQM", True), ("wm90", True), ("PR(1:2)", True), ("TC(1:2)", True)],
)  # fmt: skip
def test_a_statistic_says_whether_it_rests_on_the_inferred_histogram(
    text: str, inferred: bool
) -> None:
    assert parse_statistic(text).inferred == ({Inference.PERCENTILE} if inferred else set())
