"""What the benchmarks compare, and what they say about it, without measuring anything."""

import re
from pathlib import Path

import pytest

from benchmarks import cold_start, pipeline_metrics, sql_functions
from benchmarks._table import format_number, format_table
from benchmarks.pipelines import history
from benchmarks.pipelines.costs import Reads, Series
from benchmarks.pipelines.exporter import exporter_configuration
from benchmarks.pipelines.guide import GUIDE_QUERIES
from benchmarks.pipelines.history import TableDefinition, index_statements
from benchmarks.starts.interpreter import BARE, StartResult, function_starts
from rehearsal.local.database import Login

LOGIN = Login(
    host="localhost", port=5432, name="runs", user="reader", password="a/b", ca=Path("/ca.pem")
)


def test_a_longer_history_has_the_same_new_rows_and_more_traffic_has_the_same_history() -> None:
    longer, busier = pipeline_metrics.questions((1_000, 100_000, 10_000), 200)
    assert [table.row_count for table in longer.tables] == [1_000, 10_000, 100_000]
    assert {table.new_rows for table in longer.tables} == {200}
    assert [table.new_rows for table in busier.tables] == [2, 20, 200]
    assert len({round(table.days, 6) for table in busier.tables}) == 1
    assert longer.tables[-1] == busier.tables[-1]


def test_rows_come_so_far_apart_that_five_minutes_bring_the_new_ones() -> None:
    table = TableDefinition(row_count=57_600, new_rows=200)
    assert table.seconds_apart == 1.5
    assert table.days == 1.0


@pytest.mark.parametrize("new_rows", [0, 11])
def test_a_table_without_new_rows_or_with_more_than_it_holds_is_refused(new_rows: int) -> None:
    with pytest.raises(ValueError, match="a table of 10 rows"):
        TableDefinition(row_count=10, new_rows=new_rows)


@pytest.mark.parametrize(
    ("seconds", "rows", "word"),
    [(0.15, 1_500, "met"), (0.151, 1_000, "MISSED"), (0.1, 1_501, "MISSED"), (0.05, 10, "met")],
)
def test_the_goal_is_met_when_neither_time_nor_rows_grow_by_more_than_half(
    seconds: float, rows: int, word: str
) -> None:
    question, _ = pipeline_metrics.questions((1_000, 2_000), 10)
    smallest = Series(seconds=[0.1], reads=Reads(rows=1_000, blocks=1))
    largest = Series(seconds=[seconds], reads=Reads(rows=rows, blocks=1))
    costs = {
        (question.tables[0], pipeline_metrics.OURS): smallest,
        (question.tables[1], pipeline_metrics.OURS): largest,
    }
    assert pipeline_metrics.verdict(question, costs).endswith(f"{word}.")


@pytest.mark.parametrize(
    ("ready", "memory", "says"),
    [
        (125.0, 50.0, "met."),
        (126.0, 50.0, "MISSED by health_check (ready ms)."),
        (100.0, 63.0, "MISSED by health_check (peak MB)."),
    ],
)
def test_the_goal_of_cold_starts_is_about_being_ready_and_about_memory(
    ready: float, memory: float, says: str
) -> None:
    start = next(one for one in function_starts() if one.name == "health_check")
    medians = {BARE: result(100.0, 50.0), start: result(ready, memory)}
    assert cold_start.verdict(medians).endswith(says)
    assert f"{ready / 100:.2f}" in cold_start.report(medians)


def result(milliseconds: float, memory_megabytes: float) -> StartResult:
    # Imports alone may take as long as they like.
    return StartResult(
        import_milliseconds=10 * milliseconds,
        import_processor_milliseconds=milliseconds,
        ready_milliseconds=milliseconds,
        ready_processor_milliseconds=milliseconds,
        memory_megabytes=memory_megabytes,
    )


def test_every_query_gives_exactly_the_columns_that_the_exporter_is_told() -> None:
    for query in GUIDE_QUERIES.values():
        for column in (*query.labels, *query.metrics):
            assert re.search(rf"\b{column}\b", query.sql)
    configuration = exporter_configuration(LOGIN)
    assert configuration["queries"].keys() == GUIDE_QUERIES.keys()
    assert "reader:a%2Fb@localhost" in configuration["databases"]["storytailor"]["dsn"]


def test_statements_of_a_file_of_indexes_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "indexes.sql"
    file.write_text("-- One; for time.\nCREATE INDEX a;\n\nCREATE INDEX b -- the other\n  ON t;\n")
    monkeypatch.setattr(history, "INDEXES", file)
    assert [" ".join(one.split()) for one in index_statements()] == [
        "CREATE INDEX a",
        "CREATE INDEX b ON t",
    ]


def test_a_table_is_laid_out_in_columns() -> None:
    assert format_table(["", "ms"], [["a", "1"], ["bcd", "22"]]).splitlines() == [
        "     ms",
        "---  --",
        "a     1",
        "bcd  22",
    ]


@pytest.mark.parametrize(
    ("number", "text"), [(0.04, "0.0"), (9.94, "9.9"), (10.4, "10"), (12_345.6, "12,346")]
)
def test_numbers_are_as_exact_as_they_are_small(number: float, text: str) -> None:
    assert format_number(number) == text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rows", "0"],
        ["--rows", "1e5,many"],
        ["--runs", "1.5"],
        ["--rows", "100", "--new-rows", "200"],
        ["--contenders", "grep"],
    ],
)
def test_options_that_cannot_be_measured_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        pipeline_metrics.read_options(arguments)
    assert "error" in capsys.readouterr().err
    if "--contenders" not in arguments:
        with pytest.raises(SystemExit):
            sql_functions.read_options(arguments)
