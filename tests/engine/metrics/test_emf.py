"""Log lines in the embedded metric format become the metrics that CloudWatch would make of them."""

import io
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.metrics import MetricResolution, MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.metrics.emf import MAX_BYTES, Counter, EmfError, read_emf
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Sample
from tests.engine.metrics.store_play import START
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit
from watchkeeper.emission.emf import emit

LATE = START + 5
WRONG = object()


def document(root: dict[str, Any] | None = None, **directive: Any) -> dict[str, Any]:
    """Build a document of one directive; a member that is WRONG is left out."""
    whole = {
        "Namespace": "Shop",
        "Dimensions": [["Service"]],
        "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"}],
        **directive,
    }
    about = {
        "Timestamp": START * 1000 + 999,
        "CloudWatchMetrics": [{name: value for name, value in whole.items() if value is not WRONG}],
    }
    members = {"_aws": about, "Service": "api", "Latency": 12, **(root or {})}
    return {name: value for name, value in members.items() if value is not WRONG}


def read(whole: object) -> list[Sample]:
    return read_emf(json.dumps(whole), LATE)


def of(name: str, **dimensions: str) -> MetricIdentity:
    return MetricIdentity.of("Shop", name, dimensions)


def test_a_document_is_a_sample() -> None:
    assert read(document()) == [
        Sample(
            metric=of("Latency", Service="api"),
            at=START,
            arrives=LATE,
            values=(12.0,),
            unit="Milliseconds",
        )
    ]


def test_every_dimension_set_makes_a_metric_of_every_definition() -> None:
    found = read(
        document(
            {"Operation": "GET", "Orders": 2},
            Dimensions=[["Service"], ["Operation", "Service"], []],
            Metrics=[{"Name": "Latency"}, {"Name": "Orders", "StorageResolution": 1}],
        )
    )
    sets = [{"Service": "api"}, {"Service": "api", "Operation": "GET"}, {}]
    assert [one.metric for one in found] == [
        of(name, **dimensions) for name in ("Latency", "Orders") for dimensions in sets
    ]
    assert [one.high_resolution for one in found] == [False] * 3 + [True] * 3
    assert {one.unit for one in found} == {None}


def test_an_array_is_one_sample_of_several_values() -> None:
    (found,) = read(document({"Latency": [3, 1.5, 3]}))
    assert found.values == (3.0, 1.5, 3.0)
    assert found.weights == (1.0, 1.0, 1.0)


def test_several_directives_are_read() -> None:
    whole = document()
    whole["_aws"]["CloudWatchMetrics"].append(
        {"Namespace": "Other", "Dimensions": [[]], "Metrics": [{"Name": "Latency"}]}
    )
    assert [one.metric.namespace for one in read(whole)] == ["Shop", "Other"]


def test_targets_are_members_of_the_root_whatever_their_names_look_like() -> None:
    found = read(
        document(
            {"A.a": 4, "A": {"a": 5}, "b.c": "x"},
            Dimensions=[["b.c"]],
            Metrics=[{"Name": "A.a"}],
        )
    )
    assert [(one.metric, one.values) for one in found] == [(of("A.a", **{"b.c": "x"}), (4.0,))]


def test_a_directive_without_metrics_makes_none() -> None:
    assert read(document(Metrics=[])) == []
    assert read({"_aws": {"Timestamp": START * 1000, "CloudWatchMetrics": []}}) == []


@pytest.mark.parametrize(
    "line",
    [
        "",
        "START RequestId: 1 Version: $LATEST",
        '{"level": "INFO", "message": "all is well"}',
        '{"level": "INFO", "message": "the _aws member"}',
        '{"message": "a member called \\"_aws\\" in a text", "n": "\\"_aws\\""}',
        '{"inner": {"_aws": {}}}',
        '{"broken": ',
        '["_aws"]',
        'about {"_aws": {}}',
    ],
)
def test_an_ordinary_line_gives_nothing(line: str) -> None:
    assert read_emf(line, LATE) == []


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "  ",
        "2026-01-31T20:00:00.123Z\t6bc28136-xmpl-4365\tINFO\t",
        "[INFO]\t2026-01-31T20:00:00.123Z\t6bc28136-xmpl-4365\t",
        "2026-01-31T20:00:00.123Z\t\t",
    ],
)
def test_what_lambda_writes_before_a_line_is_tolerated(prefix: str) -> None:
    assert len(read_emf(f"{prefix}{json.dumps(document())}\n", LATE)) == 1


NAMES = [f"M{index}" for index in range(101)]
KEYS = [f"D{index}" for index in range(31)]


def definitions(count: int) -> dict[str, Any]:
    root = dict.fromkeys(NAMES[:count], 1)
    return document(root, Metrics=[{"Name": name} for name in NAMES[:count]])


def dimensions(count: int) -> dict[str, Any]:
    return document(dict.fromkeys(KEYS[:count], "x"), Dimensions=[KEYS[:count]])


@pytest.mark.parametrize(
    ("whole", "count"),
    [
        (definitions(100), 100),
        (dimensions(30), 1),
        (document({"Latency": list(range(100))}), 1),
        (document({"D" * 250: "x" * 1024}, Dimensions=[["D" * 250]]), 1),
    ],
)
def test_a_document_may_go_to_its_limits(whole: dict[str, Any], count: int) -> None:
    assert len(read(whole)) == count


def about(**members: Any) -> dict[str, Any]:
    given = {"Timestamp": START * 1000, "CloudWatchMetrics": [], **members}
    return {"_aws": {name: value for name, value in given.items() if value is not WRONG}}


@pytest.mark.parametrize(
    ("whole", "reason"),
    [
        (definitions(101), "at most 100 metrics, not 101"),
        (dimensions(31), "at most 30 names, not 31"),
        (document({"Latency": list(range(101))}), "1 to 100 values, not 101"),
        (document({"Latency": []}), "1 to 100 values, not 0"),
        (document({"Latency": "12"}), "must be a number at the root of the document, not '12'"),
        (document({"Latency": True}), "must be a number .* not True"),
        (document({"Latency": [1, None]}), "must be a number .* not None"),
        (document({"Latency": WRONG}), "must be a number .* not None"),
        (document({"Latency": 10**400}), r"beyond 2\^360"),
        (document({"Latency": 1e300}), r"within -2\^360 and 2\^360"),
        (document({"Service": 3}), "dimension 'Service' must be a text .* not 3"),
        (document({"Service": WRONG}), "dimension 'Service' must be a text .* not None"),
        (document({"Service": ""}), "dimension 'Service' has 1 to 1024 characters, not 0"),
        (document({"Service": "x" * 1025}), "has 1 to 1024 characters, not 1025"),
        (document(Dimensions=WRONG), "Dimensions is a list of at least one set"),
        (document(Dimensions=[]), "Dimensions is a list of at least one set"),
        (document(Dimensions=["Service"]), "a dimension set is a list of names, not 'Service'"),
        (document(Dimensions=[[3]]), "name has 1 to 250 characters: 3"),
        (document(Dimensions=[[""]]), "name has 1 to 250 characters: ''"),
        (document(Dimensions=[["x" * 251]]), "name has 1 to 250 characters"),
        (document(Namespace=WRONG), "Namespace is a text, not None"),
        (document(Namespace="x" * 256), "a namespace has 1 to 255 characters, not 256"),
        (document(Metrics=WRONG), "Metrics is a list of metric definitions"),
        (document(Metrics=["Latency"]), "an object with a Name, not 'Latency'"),
        (document(Metrics=[{"Unit": "Count"}]), "an object with a Name"),
        (document(Metrics=[{"Name": "Latency", "Unit": "Ms"}]), "'Ms' is no unit"),
        (document(Metrics=[{"Name": "Latency", "Unit": 3}]), "Unit of metric 'Latency' is a text"),
        (document(Metrics=[{"Name": "Latency", "StorageResolution": 5}]), "is 1 or 60, not 5"),
        (
            document(Metrics=[{"Name": "Latency", "StorageResolution": True}]),
            "is 1 or 60, not True",
        ),
        (about(Timestamp=WRONG), "a whole number of milliseconds, not None"),
        (about(Timestamp=START + 0.5), "a whole number of milliseconds"),
        (about(Timestamp=True), "a whole number of milliseconds, not True"),
        (about(Timestamp=-1), "a whole number of milliseconds, not -1"),
        (about(CloudWatchMetrics=WRONG), "CloudWatchMetrics is a list of directives"),
        (about(CloudWatchMetrics=["x"]), "a directive is an object"),
        ({"_aws": "x"}, "_aws is an object"),
        (document({"padding": "x" * MAX_BYTES}), "at most 1048576 bytes"),
    ],
)
def test_a_document_against_the_specification_is_dropped_and_counted(
    whole: dict[str, Any], reason: str
) -> None:
    with pytest.raises(EmfError, match=reason) as error:
        read(whole)
    assert error.value.counter is Counter.VALIDATION
    assert str(error.value).endswith("(EMFValidationErrors)")


def test_times_out_of_the_window_are_counted_as_invalid() -> None:
    for seconds in (START - 15 * 86_400, START + 3 * 3600):
        whole = document()
        whole["_aws"]["Timestamp"] = seconds * 1000
        with pytest.raises(EmfError, match="published") as error:
            read(whole)
        assert error.value.counter is Counter.VALIDATION


@pytest.mark.parametrize(
    "line",
    [
        '{"_aws": {"Timestamp": 1',
        '{"_aws": {}} and more',
        '{"_aws": NaN}',
        '{"_aws": {}, "x": -Infinity}',
        '{"_aws": ' + "[" * 100_000,
        '{"_aws": ' + "9" * 5000 + "}",
    ],
)
def test_what_cannot_be_parsed_is_counted_as_that(line: str) -> None:
    with pytest.raises(EmfError, match="EMFParsingErrors") as error:
        read_emf(line, LATE)
    assert error.value.counter is Counter.PARSING


def test_one_bad_metric_drops_the_whole_document() -> None:
    whole = document({"Orders": "x"}, Metrics=[{"Name": "Latency"}, {"Name": "Orders"}])
    with pytest.raises(EmfError, match="'Orders'"):
        read(whole)


def test_what_powertools_writes_is_read() -> None:
    provider = AmazonCloudWatchEMFProvider(namespace="Shop")
    provider.timestamp = START * 1000
    provider.add_dimension(name="Service", value="api")
    for value in (3, 4.5):
        provider.add_metric(name="Latency", unit=MetricUnit.Milliseconds, value=value)
    provider.add_metric(
        name="Orders", unit=MetricUnit.Count, value=2, resolution=MetricResolution.High
    )
    provider.add_metadata(key="request", value="1")
    found = read(provider.serialize_metric_set())
    assert [(one.metric, one.values, one.unit, one.high_resolution) for one in found] == [
        (of("Latency", Service="api"), (3.0, 4.5), "Milliseconds", False),
        (of("Orders", Service="api"), (2.0,), "Count", True),
    ]


def test_what_this_suite_emits_is_read_as_the_series_it_declares() -> None:
    metric = MetricDefinition(
        namespace="Shop",
        name="Delay",
        unit=Unit.MILLISECONDS,
        kind=Kind.DISTRIBUTION,
        dimension_sets=(("Environment", "Type"),),
        description="For a test.",
    )
    series = metric.series(Environment="test", Type="digest")
    out = io.StringIO()
    point = Datapoint(
        series=series,
        values=tuple(map(float, range(250))),
        timestamp=datetime.fromtimestamp(START, UTC),
    )
    emit([point], out)
    found = [one for line in out.getvalue().splitlines() for one in read_emf(line, LATE)]
    assert {one.metric for one in found} == {of("Delay", Environment="test", Type="digest")}
    assert [value for one in found for value in one.values] == list(range(250))
    assert {one.at for one in found} == {START}


texts = st.sampled_from(["Service", "Latency", "_aws", "Name", "Dimensions", "Metrics", "Unit", ""])
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(trees, trees, st.integers(-(10**20), 10**20) | st.just(START * 1000))
def test_any_document_is_read_or_counted(directive: object, root: object, moment: int) -> None:
    inner = {"Timestamp": moment, "CloudWatchMetrics": [directive]}
    whole = {**(root if isinstance(root, dict) else {"Service": root}), "_aws": inner}
    with suppress(EmfError):
        read(whole)


@given(st.text())
def test_any_line_is_read_or_counted(line: str) -> None:
    with suppress(EmfError):
        read_emf('{"_aws"' + line, LATE)
