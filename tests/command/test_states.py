"""`watchkeeper states`: a stranger's template and datapoints in, every transition out."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rehearsal.cli import main

TEMPLATE = """
Parameters:
  Limit: {Type: Number, Default: "5"}
Resources:
  TooManyErrors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${AWS::StackName}-errors"
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      Threshold: !Ref Limit
      TreatMissingData: notBreaching
      Metrics:
        - {Id: share, Expression: "100 * errors / requests"}
        - Id: errors
          ReturnData: false
          MetricStat:
            Metric: {Namespace: Shop, MetricName: Errors}
            Period: 60
            Stat: Sum
        - Id: requests
          ReturnData: false
          MetricStat:
            Metric: {Namespace: Shop, MetricName: Requests}
            Period: 60
            Stat: Sum
  Band:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: band
      ComparisonOperator: GreaterThanUpperThreshold
      EvaluationPeriods: 1
      ThresholdMetricId: band
      Metrics:
        - {Id: band, Expression: "ANOMALY_DETECTION_BAND(errors, 2)"}
        - Id: errors
          MetricStat:
            Metric: {Namespace: Shop, MetricName: Errors}
            Period: 60
            Stat: Sum
"""
SERIES = {
    "start": "2026-03-02T08:00:00Z",
    "step_seconds": 60,
    "series": [
        {"namespace": "Shop", "metric": "Errors", "values": "0 6 5 0"},
        {"namespace": "Shop", "metric": "Requests", "values": "100x3"},
    ],
}
FIRED = {"time": "2026-03-02T08:02:00Z", "alarm": "shop-errors", "from": "OK", "to": "ALARM"}
RECOVERED = {"time": "2026-03-02T08:03:00Z", "alarm": "shop-errors", "from": "ALARM", "to": "OK"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "series.json").write_text(json.dumps(SERIES), encoding="utf-8")
    return tmp_path


def states(folder: Path, *options: str) -> Result:
    files = ["--template", str(folder / "shop.yaml"), "--series", str(folder / "series.json")]
    return CliRunner().invoke(main, ["states", *files, *options])


def told(result: Result) -> list[dict[str, Any]]:
    changes = [json.loads(line) for line in result.stdout.splitlines()]
    return [{key: each[key] for key in ("time", "alarm", "from", "to")} for each in changes]


def test_every_transition_is_a_json_line(folder: Path) -> None:
    result = states(folder)
    assert result.exit_code == 0
    assert told(result)[1:] == [FIRED, RECOVERED]
    (_, fired, _) = map(json.loads, result.stdout.splitlines())
    assert fired["reason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [6.0")


def test_what_cannot_be_evaluated_is_refused_by_name(folder: Path) -> None:
    (line,) = states(folder).stderr.splitlines()
    assert line.startswith("refused: ")
    assert "band" in line
    assert "anomaly detection band" in line


def test_a_parameter_of_the_template_can_be_given(folder: Path) -> None:
    result = states(folder, "--parameter", "Limit=4")
    assert told(result)[1:] == [FIRED, RECOVERED | {"time": "2026-03-02T08:04:00Z"}]


def test_time_can_be_cut(folder: Path) -> None:
    result = states(folder, "--from", "2026-03-02T08:01:00Z", "--until", "2026-03-02T08:02:00")
    assert told(result) == [FIRED | {"from": "INSUFFICIENT_DATA"}]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--parameter", "Limit"], "found 'Limit', expected NAME=VALUE"),
        (["--from", "noon"], "found 'noon', expected a time such as 2026-03-02T08:00:00Z"),
        (["--until", "2020-01-01T00:00:00Z"], "--until lies before the alarms are created"),
        (["--template", "nowhere.json"], "'nowhere.json' does not exist"),
    ],
)
def test_a_wrong_option_is_refused_by_what_was_expected(
    folder: Path, options: list[str], sentence: str
) -> None:
    result = states(folder, *options)
    assert result.exit_code == 2
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("series.json", '{"series": []', "series.json"),
        ("series.json", "time,namespace,metric,value\nnoon,Shop,Errors,1\n", "series.json:2"),
        ("shop.yaml", "Resources: {A: {Type: 5}}", "shop"),
        ("shop.yaml", "Resources: [", "shop.yaml"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_that_names_it(
    folder: Path, file: str, text: str, sentence: str
) -> None:
    (folder / file).write_text(text, encoding="utf-8")
    result = states(folder)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_series_that_is_no_text_is_one_sentence_that_names_it(folder: Path) -> None:
    (folder / "series.json").write_bytes(b"time,\xff")
    result = states(folder)
    assert result.exit_code == 2
    assert result.stderr.endswith(
        f"watchkeeper: {folder / 'series.json'}: expected CSV or JSON in UTF-8 "
        "(invalid start byte)\n"
    )
