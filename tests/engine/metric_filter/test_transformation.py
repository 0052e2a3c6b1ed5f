"""Metric filters: the datapoints of a log group's lines."""

from collections.abc import Sequence
from typing import Any

import pytest

from rehearsal.engine.errors import PatternError
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metric_filter.pattern import parse_pattern
from rehearsal.engine.metric_filter.transformation import MetricFilter, check_log_group
from rehearsal.engine.metrics.identity import MetricIdentity

NOON = 1_767_268_800
Row = tuple[int, tuple[float, ...], tuple[float, ...]]


def filter_of(pattern: str, **settings: Any) -> MetricFilter:
    facts = {
        "name": "errors",
        "log_group": "/app",
        "namespace": "App",
        "metric_name": "Errors",
        **settings,
    }
    return MetricFilter(pattern=parse_pattern(pattern), **facts)


def read(metric_filter: MetricFilter, events: Sequence[tuple[int, str]]) -> list[Row]:
    """Read events at seconds after noon, and give (second after noon, values, counts)."""
    samples = metric_filter.read([(NOON + second, line) for second, line in events])
    assert all(sample.arrives == sample.at + 60 for sample in samples)
    return [(sample.at - NOON, sample.values, sample.counts) for sample in samples]


JSON = {"value": "$.ms"}
FIELD = {"value": "$ms"}


@pytest.mark.parametrize(
    ("pattern", "settings", "events", "rows"),
    [
        pytest.param(
            "ERROR", {}, [(0, "ERROR"), (59, "ERROR"), (60, "ERROR")],
            [(0, (1.0,), (2.0,)), (60, (1.0,), (1.0,))],
            id="a constant is added once for each event and reported each minute",
        ),
        pytest.param(
            "ERROR", {"value": "2.5"}, [(0, "ERROR ERROR")], [(0, (2.5,), (1.0,))],
            id="once for an event, however often the term is in it",
        ),
        pytest.param("ERROR", {}, [(0, "fine")], [], id="no match and no default value: nothing"),
        pytest.param(
            "ERROR", {"default": 0.0}, [(0, "fine"), (30, "fine")], [(0, (0.0,), (1.0,))],
            id="lines and no match: the default value, once for the minute",
        ),
        pytest.param(
            "ERROR", {"default": 0.0}, [(0, "fine"), (30, "ERROR")], [(0, (1.0,), (1.0,))],
            id="a match in the minute: no default value",
        ),
        pytest.param(
            "ERROR", {"default": 0.0}, [(0, "ERROR"), (180, "fine")],
            [(0, (1.0,), (1.0,)), (180, (0.0,), (1.0,))],
            id="no lines in a minute: nothing, whatever the default value",
        ),
        pytest.param("ERROR", {"default": 0.0}, [], [], id="no lines at all: nothing"),
        pytest.param(
            "{ $.ms = * }", JSON, [(0, '{"ms": 5}'), (1, '{"ms": 7.5}'), (2, '{"ms": 5}')],
            [(0, (5.0, 7.5), (2.0, 1.0))],
            id="a field of JSON, each value as often as it came",
        ),
        pytest.param(
            "{ $.a = 1 }", {"value": "$.b[1].c"}, [(0, '{"a": 1, "b": [0, {"c": 1e2}]}')],
            [(0, (100.0,), (1.0,))],
            id="a selector that the pattern does not test",
        ),
        pytest.param(
            "{ $.ms = * }", JSON, [(0, '{"ms": "12"}')], [(0, (12.0,), (1.0,))],
            id="a string that reads as a number",
        ),
        pytest.param(
            "[level, ms]", FIELD, [(0, "INFO 12"), (1, "INFO 3")], [(0, (3.0, 12.0), (1.0, 1.0))],
            id="a field between spaces",
        ),
        pytest.param("{ $.a = 1 }", JSON, [(0, '{"a": 1}')], [], id="the value is absent"),
        pytest.param(
            "{ $.a = 1 }", {**JSON, "default": 9.0}, [(0, '{"a": 1}')], [],
            id="the value is absent, and there was a match: no default value either",
        ),
        pytest.param("[l, ms]", FIELD, [(0, "INFO -")], [], id="the value is no number"),
        pytest.param("[l, ms]", FIELD, [(0, "INFO nan")], [], id="the value is not a number"),
        pytest.param("[l, ms]", FIELD, [(0, "INFO 1e999")], [], id="the value is infinite"),
        pytest.param("[l, ms]", FIELD, [(0, "INFO 1e200")], [], id="too large to publish"),
        pytest.param("{ $.ms = * }", JSON, [(0, '{"ms": true}')], [], id="the value is a boolean"),
        pytest.param(
            "{ $.a = 1 }", JSON, [(0, '{"a": 1, "ms": [1]}')], [], id="the value is an array"
        ),
        pytest.param(
            "ERROR", {}, [(60, "ERROR"), (0, "ERROR")], [(0, (1.0,), (1.0,)), (60, (1.0,), (1.0,))],
            id="minutes come in order, whatever the order of the lines",
        ),
    ],
)  # fmt: skip
def test_a_minute_of_lines_becomes_datapoints(
    pattern: str, settings: dict[str, Any], events: list[tuple[int, str]], rows: list[Row]
) -> None:
    assert read(filter_of(pattern, **settings), events) == rows


def test_more_values_than_fit_become_several_samples() -> None:
    rows = read(filter_of("[l, ms]", **FIELD), [(0, f"INFO {value}") for value in range(200)])
    assert [len(values) for _, values, _ in rows] == [150, 50]
    assert sum(sum(values) for _, values, _ in rows) == sum(range(200))


def test_each_set_of_dimension_values_is_a_metric_with_its_unit() -> None:
    by_route = filter_of(
        "{ $.status >= 500 }",
        unit="Count",
        dimensions=(("Route", "$.route"), ("Status", "$.status")),
    )
    samples = by_route.read(
        [
            (NOON, '{"status": 500, "route": "/a"}'),
            (NOON, '{"status": 500, "route": "/b"}'),
            (NOON, '{"status": 500, "route": "/a"}'),
            (NOON, '{"status": 503}'),
            (NOON, '{"status": 200, "route": "/a"}'),
        ]
    )
    assert {(sample.metric, sample.counts, sample.unit) for sample in samples} == {
        (MetricIdentity.of("App", "Errors", {"Route": "/a", "Status": "500"}), (2.0,), "Count"),
        (MetricIdentity.of("App", "Errors", {"Route": "/b", "Status": "500"}), (1.0,), "Count"),
        # A dimension is published only where its field is in the line.
        (MetricIdentity.of("App", "Errors", {"Status": "503"}), (1.0,), "Count"),
    }


def test_dimensions_come_from_space_delimited_fields_too() -> None:
    by_level = filter_of("[level, text]", dimensions=(("Level", "$level"),))
    (sample,) = by_level.read([(NOON, "ERROR it broke")])
    assert sample.metric == MetricIdentity.of("App", "Errors", {"Level": "ERROR"})


def test_a_dimension_value_too_long_to_publish_makes_no_datapoint() -> None:
    by_level = filter_of("[level, text]", dimensions=(("Level", "$level"),))
    assert by_level.read([(NOON, "x" * 1_025 + " y")]) == []


FOUR = tuple((f"D{number}", "$.d") for number in range(4))


@pytest.mark.parametrize(
    ("pattern", "settings", "expected"),
    [
        ("ERROR", {"value": "many"}, "'many' is no value that the pattern 'ERROR' reads"),
        ("ERROR", {"value": "$.ms"}, "is no value that the pattern"),
        ("%a%", {"value": "$ms"}, "is no value that the pattern"),
        ("{ $.a = 1 }", {"value": "$ms"}, "expected $.field of a JSON pattern"),
        ("{ $.a = 1 }", {"value": "$.a[*]"}, "is no value that the pattern"),
        ("{ $.a = 1 }", {"value": "$."}, "is no value that the pattern"),
        ("[a, b]", {"value": "$c"}, "is no value that the pattern"),
        ("[a, b]", {"value": "a"}, "is no value that the pattern"),
        ("[a, b]", {"value": "$.a"}, "is no value that the pattern"),
        ("ERROR", {"value": "1e200"}, "its value is 1e+200; expected a number from -2^360"),
        ("ERROR", {"default": float("nan")}, "its default value is nan"),
        ("ERROR", {"dimensions": (("D", "$.d"),)}, "is no value that the pattern"),
        ("{ $.a = 1 }", {"dimensions": FOUR}, "has 4 dimensions; expected at most 3"),
        (
            "{ $.a = 1 }",
            {"dimensions": (("D", "$.d"), ("D", "$.e"))},
            "names a dimension twice",
        ),
        (
            "{ $.a = 1 }",
            {"dimensions": (("D", "$.d"),), "default": 0.0},
            "has dimensions and a default value; expected one or the other",
        ),
        ("ERROR", {"metric_name": ""}, "a metric name has 1 to 255 characters"),
        ("ERROR", {"unit": "Pages"}, "'Pages' is no unit"),
    ],
)
def test_what_the_api_would_refuse_is_refused(
    pattern: str, settings: dict[str, Any], expected: str
) -> None:
    with pytest.raises(PatternError) as caught:
        filter_of(pattern, **settings)
    assert str(caught.value).startswith("metric filter 'errors': ")
    assert expected in str(caught.value)


def test_a_log_group_has_at_most_a_hundred_filters() -> None:
    check_log_group([filter_of("a")] * 100 + [filter_of("a", log_group="/other")] * 100)
    with pytest.raises(PatternError, match="'/app' has 101 metric filters; expected at most 100"):
        check_log_group([filter_of("a")] * 101)


def test_a_log_group_has_at_most_five_filters_with_regular_expressions() -> None:
    regexes = [filter_of("%a%"), filter_of("{ $.a = %b% }"), filter_of("[a=%b%, c]")]
    check_log_group([*regexes, *regexes[:2], filter_of("a")])
    with pytest.raises(PatternError, match="has 6 filters with regular expressions"):
        check_log_group(regexes * 2)


def test_a_filter_names_the_inferences_it_may_rest_on() -> None:
    assert filter_of("ERROR").inferred == frozenset()
    assert filter_of("", default=0.0).inferred == {Inference.FILTER_EMPTY_PATTERN}
    assert filter_of("{ $.a != 1 }", value="$.ms").inferred == {
        Inference.FILTER_ABSENT_FIELD,
        Inference.FILTER_VALUE,
    }
