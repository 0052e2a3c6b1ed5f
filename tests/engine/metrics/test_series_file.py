"""A stranger's series from CSV and JSON, and all that can be wrong with such a file."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.json_lines import find_lines
from rehearsal.engine.metrics.mistakes import SeriesFileError
from rehearsal.engine.metrics.samples import Points, Sample, StatisticSet
from rehearsal.engine.metrics.series_file import read_series
from rehearsal.engine.metrics.store import MetricStore
from tests.engine.metrics.store_play import LONG_AFTER, START, as_lists, spans, stat

API = MetricIdentity.of("Shop", "Latency", {"Service": "api"})

CSV = """\
time,namespace,metric,dimensions,value,unit
2026-01-31T20:00:00Z,Shop,Latency,Service=api,12.5,Milliseconds
1769889660,Shop,Latency,Service=api,13,Milliseconds

2026-01-31T21:02:00+01:00, Shop , Orders ,,3,
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(SeriesFileError) as report:
        read_series(text, "my.file")
    return str(report.value).splitlines()


def test_rows_are_samples() -> None:
    assert read_series(CSV) == [
        Sample(metric=API, at=START, arrives=START, values=(12.5,), unit="Milliseconds"),
        Sample(metric=API, at=START + 60, arrives=START + 60, values=(13.0,), unit="Milliseconds"),
        Sample(
            metric=MetricIdentity("Shop", "Orders"),
            at=START + 120,
            arrives=START + 120,
            values=(3.0,),
        ),
    ]


def test_rows_may_be_statistic_sets_late_and_of_high_resolution() -> None:
    text = (
        "\ufeffMetric,Namespace,Time,Value,Sample_Count,Sum,Minimum,Maximum,Arrives,Resolution\r\n"
        f"Latency,Shop,{START},,3,15,1,9,{START + 90},\r\n"
        f'"Latency","Shop",{START},4,,,,,,1\r\n'
    )
    late, fine = read_series(text)
    assert isinstance(late, Sample)
    assert isinstance(fine, Sample)
    assert (late.statistics, late.arrives) == (StatisticSet(3, 15, 1, 9), START + 90)
    assert (fine.values, fine.high_resolution) == ((4.0,), True)


def test_dimensions_are_pairs_whose_order_means_nothing() -> None:
    text = "time,namespace,metric,dimensions,value\n"
    rows = [f"{START},Shop,Latency,{pairs},1\n" for pairs in ("A=1;B=x=y;", " B = x=y ; A=1")]
    found = read_series(text + "".join(rows))
    assert {one.metric for one in found} == {
        MetricIdentity.of("Shop", "Latency", {"A": "1", "B": "x=y"})
    }


def test_all_mistakes_of_a_csv_file_are_told_with_their_lines() -> None:
    text = (
        "time,namespace,metric,dimensions,value,unit,resolution,arrives,sample_count,sum,minimum,"
        "maximum\n"
        "noon,Shop,Latency,,1,,,,,,,\n"
        f"{START},Shop,Latency,,one,,,,,,,\n"
        f"{START},Shop,Latency,Service,1,,,,,,,\n"
        f"{START},Shop,Latency,,1,Ms,,,,,,\n"
        f"{START},Shop,Latency,,1,,10,,,,,\n"
        f'{START},Shop,"La\ntency",,1,,,soon,,,,\n'
        f"{START},Shop,Latency,,1,,,,3,15,1,9\n"
        f"{START},Shop,Latency,,,,,,3,15,1,\n"
        f"{START},Shop,Latency,,,,,,,,,\n"
        f"{START},,Latency,,1,,,,,,,\n"
        f"{START},Shop,Latency,,1e200,,,,,,,\n"
        f"{START},Shop,Latency\n"
        f",Shop,Latency,,1,,,,,,,\n"
        f"{START},Shop,Latency,,nan,,,,,,,\n"
    )
    told = mistakes(text)
    expected = [
        (2, "time: a time is written as 2026-01-31T20:00:00Z"),
        (3, "value is a number, not 'one'"),
        (4, "dimensions are written Name=Value;Name=Value, which 'Service' is not"),
        (5, "'Ms' is no unit of CloudWatch"),
        (6, "resolution is 1 or 60, not '10'"),
        (8, "arrives: a time is written as"),
        (9, "a row has either value, or all of sample_count, sum, minimum, maximum"),
        (10, "a row has either value, or all of"),
        (11, "a row has either value, or all of"),
        (12, "a namespace has 1 to 255 characters, not 0"),
        (13, "a value lies within"),
        (14, "the header has 12 columns, and this row 3"),
        (15, "time: a time is written as"),
        (16, "which nan does not"),
    ]
    assert len(told) == len(expected)
    for line, (number, part) in zip(told, expected, strict=True):
        assert line.startswith(f"my.file:{number}: ")
        assert part in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "my.file:1: the header lacks time, namespace, metric"),
        ("time,metric,value\n1,2,3\n", "my.file:1: the header lacks namespace; columns are"),
        ("time,namespace,metric,values\n", "my.file:1: there is no column 'values'"),
        ("time,namespace,metric\n", "my.file:1: the header needs value, or all of"),
        ("time,namespace,metric,value,sum\n", "my.file:1: the header needs value, or all of"),
        ("time,namespace,metric,value,time\n", "my.file:1: column 'time' is there 2 times"),
        ('time,namespace,metric,value\n"1', "my.file:2: this is no CSV"),
        ('"', "my.file:1: this is no CSV"),
    ],
)
def test_a_header_that_is_wrong_is_told_once(text: str, told: str) -> None:
    assert mistakes(text)[0].startswith(told)


def read_example(language: str) -> str:
    page = (Path(__file__).parents[3] / "docs" / "series-format.md").read_text(encoding="utf-8")
    found = re.search(rf"```{language}\n(.+?)```", page, re.DOTALL)
    assert found
    return found[1]


def test_the_examples_of_the_documentation_are_read() -> None:
    rows = [one for one in read_series(read_example("csv")) if isinstance(one, Sample)]
    assert [one.values for one in rows] == [(12.5,), (13.0,), (3.0,)]
    assert rows[0].metric == MetricIdentity.of(
        "Shop", "Latency", {"Service": "api", "Stage": "live"}
    )
    series = [one for one in read_series(read_example("json")) if isinstance(one, Points)]
    assert series[0].values.tolist() == [12.0] * 11 + [250.0] * 4 + [12.0]
    assert [(int(at) - START) // 60 for at in series[1].at] == [0, 1, 3]


def file(*series: Any, **members: Any) -> str:
    whole = {"start": "2026-01-31T20:00:00Z", "series": list(series), **members}
    return json.dumps({name: value for name, value in whole.items() if value is not None}, indent=1)


def one(**members: Any) -> dict[str, Any]:
    given = {"namespace": "Shop", "metric": "Latency", "values": "1x2", **members}
    return {name: value for name, value in given.items() if value is not None}


def points(text: str) -> Points:
    (found,) = read_series(text)
    assert isinstance(found, Points)
    return found


def test_a_series_is_written_in_the_compact_notation() -> None:
    found = points(
        file(one(dimensions={"Service": "api"}, unit="Milliseconds", values="0+5x2 _x2 7"))
    )
    assert found.metric == API
    assert found.unit == "Milliseconds"
    assert [int(moment) - START for moment in found.at] == [0, 60, 120, 300]
    assert found.values.tolist() == [0, 5, 10, 7]
    assert found.arrives.tolist() == found.at.tolist()
    assert not found.high_resolution


def test_a_series_may_be_a_list_and_differ_from_its_file() -> None:
    found = points(
        file(
            one(
                start=START + 7,
                step_seconds=10,
                resolution=1,
                arrives_after_seconds=5,
                values=[1, None, 2.5],
            ),
            step_seconds=300,
        )
    )
    assert found.at.tolist() == [START + 7, START + 27]
    assert found.arrives.tolist() == [START + 12, START + 32]
    assert found.values.tolist() == [1, 2.5]
    assert found.high_resolution


def test_a_file_is_what_a_store_takes() -> None:
    store = MetricStore(read_series(file(one(), one(values="_x2 5"), step_seconds=120)))
    view = store.view()
    view.advance_to(LONG_AFTER)
    read = view.read(stat(metric=MetricIdentity("Shop", "Latency")), spans((0, 60), (240, 300)))
    assert as_lists(read) == [[1, 6]]


def test_all_mistakes_of_a_json_file_are_told_with_their_lines() -> None:
    text = """{
  "start": "noon",
  "step_seconds": 0,
  "steps": 5,
  "series": [
    {"namespace": "Shop", "metric": "A", "values": "1 2 x"},
    {"namespace": "Shop",
     "values": [1, "2"],
     "start": 1769889600, "step_seconds": 60,
     "wrong": {"deep": [1, 2]},
     "resolution": 5},
    17,
    {"namespace": 3, "metric": "A", "values": [], "start": 1769889600, "step_seconds": 60,
     "unit": 4, "dimensions": {"A": 1},
     "arrives_after_seconds": -1},
    {"namespace": ":Shop", "metric": "A", "values": "1", "start": 1769889600, "step_seconds": 1}
  ]
}"""
    told = mistakes(text)
    expected = [
        (2, "start: a time is written as"),
        (3, "step_seconds is a whole number, 1 to 604800, not 0"),
        (4, "there is no 'steps' here; known are start, step_seconds, series"),
        (6, "values: column 5: 'x' is no part of a series"),
        (7, "a series has a metric"),
        (8, "values holds numbers and nulls, not '2'"),
        (10, "there is no 'wrong' here"),
        (11, "resolution is a whole number, 1 or 60, not 5"),
        (12, "a series is an object, not 17"),
        (13, "namespace is a text, not 3"),
        (13, "values is a text such as 0x10 25x3 _x2, or a list of numbers"),
        (14, "dimensions is an object of texts"),
        (14, "unit is a text, not 4"),
        (15, "arrives_after_seconds is a whole number, 0 to 1209600, not -1"),
        (16, "a namespace does not start with a colon"),
    ]
    assert len(told) == len(expected), told
    for line, (number, part) in zip(told, expected, strict=True):
        assert line.startswith(f"my.file:{number}: ")
        assert part in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "my.file:1: this is no JSON: "),
        ('{\n"series": [\n}', "my.file:3: this is no JSON: Expecting value (column 1)"),
        ("{}", "my.file:1: a file has series, a list of objects"),
        (file(one(), start=None), "my.file:3: a series, or the file, has a start"),
        (file(one(), one(), start="noon"), "my.file:2: start: a time is written as"),
        (file(one(values=None)), "values is a text such as"),
        (file(one(values="")), "values: column 1: a series has at least one point"),
        (file(one(values=[True])), "values holds numbers and nulls, not True"),
        (file(one(values=[10**400])), "values lie within -2^360 and 2^360, unlike 1000000"),
        (file(one(values=[-1e200])), "values lie within -2^360 and 2^360, unlike -1e+200"),
        (file(one(values=[float("inf")])), "Infinity is no number of it"),
        (file(one(values=[float("nan")])), "NaN is no number of it; a missing point is null"),
        (file(one(dimensions=["A"])), "dimensions is an object of texts"),
        (file(one(start="2026-01-31T20:00:00")), "start: a time names its zone"),
        (file(one(start=True)), "start: a time is written as"),
        ('{"series": ' + "[" * 100_000, "my.file:1: this is no JSON"),
        ('{"series": ' + "9" * 5000 + "}", "my.file:1: this is no JSON"),
    ],
)
def test_a_json_file_that_is_wrong_is_told(text: str, told: str) -> None:
    (line,) = mistakes(text)
    assert told in line


def test_every_value_of_a_json_text_has_its_line() -> None:
    text = '{\n"a": [1,\n 2, {"b": []},\n"x,]"],\n "c\\"\\u00e9": {}\n}'
    assert find_lines(text) == {
        (): 1,
        ("a",): 2,
        ("a", 0): 2,
        ("a", 1): 3,
        ("a", 2): 3,
        ("a", 2, "b"): 3,
        ("a", 3): 4,
        ('c"é',): 5,
    }


@given(st.text(max_size=60) | st.text('{}[]",:\n01 start series values', max_size=80))
def test_any_text_is_read_or_reported(text: str) -> None:
    for whole in (text, "{" + text, "time,namespace,metric,value\n" + text):
        with suppress(SeriesFileError):
            read_series(whole)


members = st.sampled_from(["start", "step_seconds", "series", "namespace", "metric", "values"])
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["1x3", "", "Shop"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(members, inner, max_size=5),
    max_leaves=15,
)


@given(st.dictionaries(members, trees), trees)
def test_any_document_is_read_or_reported(whole: dict[str, Any], series: object) -> None:
    with suppress(SeriesFileError):
        read_series(json.dumps({**whole, "series": [series]}))
