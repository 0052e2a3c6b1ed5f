"""How datapoints become lines in the embedded metric format."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit
from watchkeeper.emission.emf import MAX_VALUES_PER_DOCUMENT, emit

NOW = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
RUNS, DURATION = (
    MetricDefinition(
        namespace="Test",
        name=name,
        unit=unit,
        kind=kind,
        dimension_sets=(("Environment",), ("Environment", "Type")),
        description="For a test.",
    )
    for name, unit, kind in (
        ("Runs", Unit.COUNT, Kind.COUNTER),
        ("Duration", Unit.MILLISECONDS, Kind.DISTRIBUTION),
    )
)


def point(metric: MetricDefinition, *values: float, at: datetime = NOW, **labels: str) -> Datapoint:
    series = metric.series(Environment="test", **labels)
    return Datapoint(series=series, values=values, timestamp=at)


def written(*points: Datapoint) -> list[dict[str, Any]]:
    out = io.StringIO()
    assert emit(points, out) == sum(len(one.values) for one in points)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_datapoint_is_one_line_that_says_all_there_is_to_say() -> None:
    assert written(point(RUNS, 3, Type="digest")) == [
        {
            "_aws": {
                "Timestamp": 1_769_889_600_000,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Test",
                        "Dimensions": [["Environment", "Type"]],
                        "Metrics": [{"Name": "Runs", "Unit": "Count"}],
                    }
                ],
            },
            "Environment": "test",
            "Type": "digest",
            "Runs": [3.0],
        }
    ]


def test_metrics_of_the_same_dimensions_and_time_share_a_line_and_no_others_do() -> None:
    lines = written(
        point(RUNS, 1),
        point(DURATION, 5, 7),
        point(RUNS, 2),
        point(RUNS, 1, Type="digest"),
        point(RUNS, 1, at=NOW + timedelta(minutes=1)),
    )
    assert [(line.get("Runs"), line.get("Duration")) for line in lines] == [
        ([1, 2], [5, 7]),
        ([1], None),
        ([1], None),
    ]


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.25, 1e9])
def test_a_correction_is_written_as_it_is(value: float) -> None:
    assert written(point(RUNS, value))[0]["Runs"] == [value]


@pytest.mark.parametrize("count", [1, 100, 101, 250])
def test_no_line_holds_more_values_than_cloudwatch_takes(count: int) -> None:
    lines = written(point(DURATION, *range(count)), point(RUNS, 1))
    assert [value for line in lines for value in line["Duration"]] == list(range(count))
    assert all(len(line["Duration"]) <= MAX_VALUES_PER_DOCUMENT for line in lines)
    assert [line.get("Runs") for line in lines] == [[1]] + [None] * (len(lines) - 1)
    named = [{one["Name"] for one in directives(line)} for line in lines]
    assert named == [{"Runs", "Duration"}] + [{"Duration"}] * (len(lines) - 1)


def directives(line: dict[str, Any]) -> list[dict[str, str]]:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    found: list[dict[str, str]] = directive["Metrics"]
    return found


def test_a_time_of_days_ago_is_kept_without_a_warning() -> None:
    """Warnings are errors in these tests; Powertools would warn of a time that is old."""
    (line,) = written(point(RUNS, 1, at=NOW - timedelta(days=12)))
    assert line["_aws"]["Timestamp"] == 1_768_852_800_000


def test_nothing_is_written_for_nothing() -> None:
    assert written() == []


def test_it_goes_to_standard_output_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    emit([point(RUNS, 1)])
    assert json.loads(capsys.readouterr().out)["Runs"] == [1]
