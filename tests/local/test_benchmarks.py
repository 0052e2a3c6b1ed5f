"""The benchmarks run, on tables and in rounds too small for their numbers to mean anything."""

from pathlib import Path

import pytest

from benchmarks import archive, pipeline_metrics, sql_functions, unsubscribe_detection
from benchmarks.starts.interpreter import BARE, StartDefinition, function_starts, start_cold
from benchmarks.starts.layers import copy_layers


def test_pipeline_metrics_is_measured_beside_the_queries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sizes = ["--rows", "2e3,4e3", "--new-rows", "20", "--runs", "1"]
    pipeline_metrics.main([*sizes, "--contenders", "pipeline_metrics,24-hour-queries"])
    printed = capsys.readouterr().out
    for line in ("2,000 rows", "rows read a run", "24-hour-queries:", "Goal: at most 1.5×"):
        assert line in printed


def test_every_function_that_reads_the_database_is_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sql_functions.main(["--rows", "2e3", "--new-rows", "20", "--runs", "1"])
    printed = capsys.readouterr().out
    assert {"pipeline_metrics", "unsubscribe_spike"} < set(sql_functions.sql_functions())
    for job in sql_functions.sql_functions():
        assert f"{job}:" in printed
    assert "rows read a run" in printed


def test_the_archive_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    archive.main(["--rows", "1e3"])
    printed = capsys.readouterr().out
    assert "rows a second" in printed
    assert "into a run of 900 s." in printed


def test_a_cold_start_of_every_function_is_measured(tmp_path: Path) -> None:
    layers = copy_layers(tmp_path, with_bytecode=False)
    starts = [BARE, *function_starts()]
    assert {"health_check", "pipeline_metrics"} < {start.name for start in starts}
    for start in starts:
        result = start_cold(start, layers)
        assert 0 < result.import_milliseconds < result.ready_milliseconds
        assert 0 < result.import_processor_milliseconds < result.ready_processor_milliseconds
    assert not list(tmp_path.rglob("__pycache__"))


def test_a_start_that_fails_is_no_measurement(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = StartDefinition(name="broken", imports=("no_such_module",), client="", layers=())
    with pytest.raises(ChildProcessError, match="broken could not be imported"):
        start_cold(broken, tmp_path)
    assert "no_such_module" in capfd.readouterr().err


def test_the_detector_is_judged_beside_the_common_ways(
    capsys: pytest.CaptureFixture[str],
) -> None:
    unsubscribe_detection.main(["--mails", "50,2000", "--seeds", "1", "--days", "100"])
    printed = capsys.readouterr().out
    for line in ("watchkeeper: 1 × 100 days", "rolling-gaussian", "fixed-threshold", "The goal of"):
        assert line in printed
