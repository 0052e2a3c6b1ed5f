"""The mutants of an alarm are exactly those that differ in one thing and that AWS would take."""

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.engine.alarm import Comparison, MetricAlarm, Query, Treatment
from rehearsal.engine.composite.grammar import parse_rule
from rehearsal.mutation.composite_alarm import write_rule
from rehearsal.mutation.metric_alarm import find_step
from rehearsal.mutation.mutant import Mutant, Varied
from rehearsal.mutation.mutate import list_mutants
from tests.rehearsals.test_mutation import composite, metric_alarm


def show(mutants: tuple[Mutant, ...]) -> list[str]:
    """Show what each mutant differs in."""
    return [str(mutant).partition(": ")[2] for mutant in mutants]


def list_kind(varied: Varied, **parts: Any) -> list[tuple[str, str]]:
    """List the mutants of an alarm that differ in this, as from and to."""
    mutants = list_mutants(metric_alarm(**parts))
    return [(each.before, each.after) for each in mutants if each.varied is varied]


def test_a_small_alarm_has_exactly_these_mutants() -> None:
    alarm = metric_alarm(period_seconds=300, evaluation_periods=3, datapoints_to_alarm=2)
    assert show(list_mutants(alarm)) == [
        "threshold 2 -> 3",
        "threshold 2 -> 1",
        "comparison GreaterThanThreshold -> GreaterThanOrEqualToThreshold",
        "comparison GreaterThanThreshold -> LessThanThreshold",
        "period 300 s -> 600 s",
        "evaluation periods 3 -> 4",
        "evaluation periods 3 -> 2",
        "datapoints to alarm 2 -> 3",
        "datapoints to alarm 2 -> 1",
        "missing data notBreaching -> missing",
        "missing data notBreaching -> ignore",
        "missing data notBreaching -> breaching",
    ]


def test_a_mutant_differs_from_its_alarm_in_what_it_says_alone() -> None:
    fields = {
        Varied.THRESHOLD: {"threshold"},
        Varied.COMPARISON: {"comparison"},
        Varied.PERIOD: {"period_seconds", "queries"},
        Varied.EVALUATION_PERIODS: {"evaluation_periods"},
        Varied.DATAPOINTS_TO_ALARM: {"datapoints_to_alarm"},
        Varied.MISSING_DATA: {"treatment"},
    }
    alarm = metric_alarm(evaluation_periods=3, datapoints_to_alarm=2)
    for mutant in list_mutants(alarm):
        before, after = vars(alarm), vars(mutant.alarm)
        assert {name for name in before if before[name] != after[name]} == fields[mutant.varied]


@pytest.mark.parametrize(
    ("threshold", "step"),
    [
        (0.0, 1.0),
        (1.0, 1.0),
        (-1.0, 1.0),
        (10.0, 1.0),
        (19.0, 1.0),
        (20.0, 2.0),
        (-30.0, 3.0),
        (240_000.0, 24_000.0),
        (0.5, 0.05),
        (12.5, 1.25),
    ],
)
def test_a_threshold_moves_by_a_tenth_and_whole_ones_by_whole_numbers(
    threshold: float, step: float
) -> None:
    assert find_step(threshold) == step
    moved = list_kind(Varied.THRESHOLD, threshold=threshold)
    assert moved == [
        (f"{threshold:g}", f"{threshold + step:g}"),
        (f"{threshold:g}", f"{threshold - step:g}"),
    ]


@pytest.mark.parametrize(
    ("comparison", "others"),
    [
        (Comparison.ABOVE, [Comparison.AT_LEAST, Comparison.BELOW]),
        (Comparison.AT_LEAST, [Comparison.ABOVE, Comparison.AT_MOST]),
        (Comparison.BELOW, [Comparison.AT_MOST, Comparison.ABOVE]),
        (Comparison.AT_MOST, [Comparison.BELOW, Comparison.AT_LEAST]),
    ],
)
def test_a_comparison_loses_or_gains_equality_or_is_turned_round(
    comparison: Comparison, others: list[Comparison]
) -> None:
    found = list_kind(Varied.COMPARISON, comparison=comparison)
    assert found == [(comparison, other) for other in others]


@pytest.mark.parametrize(
    ("parts", "periods"),
    [
        ({"period_seconds": 10}, ["20 s"]),
        ({"period_seconds": 20}, ["10 s"]),
        ({"period_seconds": 60}, ["120 s", "30 s"]),
        ({"period_seconds": 120}, ["240 s", "60 s"]),
        ({"period_seconds": 300}, ["600 s"]),
        ({"period_seconds": 3_600, "evaluation_periods": 49}, ["7200 s"]),
        ({"period_seconds": 86_400}, ["172800 s", "43200 s"]),
        ({"period_seconds": 86_400, "evaluation_periods": 7}, ["43200 s"]),
        ({"period_seconds": 86_400, "timezone": "Europe/Rome"}, []),
    ],
)
def test_a_period_is_doubled_and_halved_where_cloudwatch_allows_it(
    parts: dict[str, Any], periods: list[str]
) -> None:
    assert [after for _, after in list_kind(Varied.PERIOD, **parts)] == periods


@pytest.mark.parametrize(
    ("count", "needed", "counts", "neededs"),
    [
        (1, 1, ["2"], []),
        (2, 1, ["3", "1"], ["2"]),
        (3, 3, ["4"], ["2"]),
        (1_440, 2, ["1439"], ["3", "1"]),
    ],
)
def test_counts_move_by_one_within_what_cloudwatch_allows(
    count: int, needed: int, counts: list[str], neededs: list[str]
) -> None:
    parts = {"evaluation_periods": count, "datapoints_to_alarm": needed}
    assert [after for _, after in list_kind(Varied.EVALUATION_PERIODS, **parts)] == counts
    assert [after for _, after in list_kind(Varied.DATAPOINTS_TO_ALARM, **parts)] == neededs


@pytest.mark.parametrize("treatment", list(Treatment))
def test_missing_data_is_treated_in_each_of_the_other_ways(treatment: Treatment) -> None:
    found = list_kind(Varied.MISSING_DATA, treatment=treatment)
    assert found == [(treatment, other) for other in Treatment if other is not treatment]


def test_the_period_of_all_queries_moves_together() -> None:
    stat = metric_alarm().returned.stat
    assert stat
    alarm = metric_alarm(
        is_math=True,
        queries=(
            Query(id="e1", expression="m1 + m2", period_seconds=60),
            Query(id="e2", expression="m1 - m2", returns_data=False),
            Query(id="m1", stat=stat, returns_data=False),
            Query(id="m2", stat=replace(stat, statistic="Maximum"), returns_data=False),
        ),
    )
    doubled = next(each.alarm for each in list_mutants(alarm) if each.after == "120 s")
    assert isinstance(doubled, MetricAlarm)
    assert [each.period_seconds for each in doubled.queries] == [120, None, None, None]
    stats = [each.stat.period_seconds for each in doubled.queries if each.stat]
    assert stats == [120, 120]


@pytest.mark.parametrize(
    ("rule", "others"),
    [
        ("ALARM(a)", []),
        ("TRUE", []),
        ("NOT ALARM(a)", []),
        ('ALARM(a) OR ALARM("b")', ['ALARM("b")', 'ALARM("a")', 'ALARM("a") AND ALARM("b")']),
        (
            "ALARM(a) AND NOT OK(b)",
            ['NOT OK("b")', 'ALARM("a")', 'ALARM("a") OR NOT OK("b")'],
        ),
        (
            "(ALARM(a) OR ALARM(b)) AND TRUE",
            [
                'ALARM("b") AND TRUE',
                'ALARM("a") AND TRUE',
                '(ALARM("a") OR ALARM("b")) OR TRUE',
                '(ALARM("a") AND ALARM("b")) AND TRUE',
            ],
        ),
        (
            "NOT (ALARM(a) OR OK(a) OR ALARM(b))",
            [
                'NOT ALARM("b")',
                'NOT (ALARM("a") OR OK("a"))',
                'NOT (ALARM("a") AND OK("a") AND ALARM("b"))',
            ],
        ),
        (
            "AT_LEAST(2, NOT OK, (a, b))",
            ['AT_LEAST(1, NOT OK, ("b"))', 'AT_LEAST(1, NOT OK, ("a"))'],
        ),
        (
            "AT_LEAST(1, ALARM, (a)) OR ALARM(b)",
            [
                'ALARM("b")',
                'AT_LEAST(1, ALARM, ("a"))',
                'AT_LEAST(1, ALARM, ("a")) AND ALARM("b")',
            ],
        ),
        ("AT_LEAST(1, ALARM, (a))", []),
    ],
)
def test_a_composite_loses_each_child_and_confuses_and_with_or(
    rule: str, others: list[str]
) -> None:
    mutants = list_mutants(composite(rule))
    assert [each.after for each in mutants] == others
    assert {each.before for each in mutants} <= {rule}
    assert {each.varied for each in mutants} <= {Varied.RULE}
    for each in mutants:
        parse_rule(each.after)


@pytest.mark.parametrize(
    "rule",
    [
        "TRUE OR FALSE",
        "NOT NOT ALARM(a)",
        "NOT (ALARM(a) AND NOT (OK(b) OR INSUFFICIENT_DATA(c)))",
        'AT_LEAST(50%, NOT ALARM, (a, b, "c d"))',
        'ALARM("a \\"quoted\\" name (1)")',
        "ALARM(arn:aws:cloudwatch:eu-west-1:111111111111:alarm:a)",
    ],
)
def test_a_written_rule_reads_as_the_one_it_was_written_from(rule: str) -> None:
    root = parse_rule(rule).root
    assert parse_rule(write_rule(root)).root == root
