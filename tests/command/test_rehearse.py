"""`watchkeeper rehearse`: a stranger's template and an incident's metrics in, a verdict out."""

import re
from pathlib import Path

import pytest

from rehearsal import presentation
from tests.command.shop import SCENARIO, TITLE, rehearse, write_shop

FIRING = ("  ALARM  orders-low  → shop-high-alerts", "  OK     orders-low")
CLOSING = re.compile(r"\n(\d+ passed, \d+ failed)\nin \d+\.\d s\n\Z")
BAND = """
  Band:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: band
      ComparisonOperator: GreaterThanUpperThreshold
      EvaluationPeriods: 1
      ThresholdMetricId: band
      Metrics: [{Id: band, Expression: "ANOMALY_DETECTION_BAND(m, 2)"}]
"""


def closing(output: str) -> str:
    found = CLOSING.search(output)
    assert found, output
    return found[1]


def test_an_incident_that_goes_as_expected_is_one_line(tmp_path: Path) -> None:
    write_shop(tmp_path)
    result = rehearse(tmp_path)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"✓ {TITLE}  1 fired, 0 runs, ")
    assert closing(result.stdout) == "1 passed, 0 failed"
    assert not any(line in result.stdout for line in FIRING)
    assert result.stderr == ""


def test_a_timeline_can_be_asked_for(tmp_path: Path) -> None:
    file = write_shop(tmp_path)
    result = rehearse(tmp_path, str(file), "--timeline")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1:3] == [
        "       14m  ALARM  orders-low  → shop-high-alerts, shop-warning-alerts",
        "       18m  OK     orders-low",
    ]


@pytest.mark.parametrize(
    ("before", "after", "failure"),
    [
        (
            '["12m", "15m"]',
            '["10m", "12m"]',
            "at 14m: orders-low: expected: fires between 10m and 12m; got: it fired at 14m",
        ),
        (
            '["17m", "20m"]',
            '["14m", "17m"]',
            "at 18m: orders-low: expected: recovers between 14m and 17m; got: it recovered at 18m",
        ),
        (
            '"9x9 0x5 9x23"',
            '"9x38"',
            "orders-low: expected: fires between 12m and 15m; got: it stayed quiet",
        ),
        (
            '"9x9 0x5 9x23"',
            '"9x9 0x5 9x9 0x4 9x9"',
            "at 30m: orders-low: expected: does not fire again; got: it fired at 30m",
        ),
        (
            '["P2", "shop-high-alerts"]',
            '["P3"]',
            "at 14m: orders-low: expected: somebody subscribes to P3; got: nobody does",
        ),
        (
            '["P2", "shop-high-alerts"]',
            '["P1"]',
            "at 14m: orders-low: expected: the page reaches P1; "
            "got: it reached shop-high-alerts, shop-warning-alerts",
        ),
        (
            '"People cannot order."',
            '"Call Bob"',
            "expected: the page says 'Call Bob'; got: it says",
        ),
    ],
)
def test_a_failure_says_scenario_time_expected_and_got(
    tmp_path: Path, before: str, after: str, failure: str
) -> None:
    assert before in SCENARIO
    write_shop(tmp_path, SCENARIO.replace(before, after))
    result = rehearse(tmp_path)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"✗ {TITLE}  ")
    assert f"  ✗ {failure}" in result.stdout or f": {failure}" in result.stdout
    assert closing(result.stdout) == "0 passed, 1 failed"


def test_the_timeline_is_shown_of_what_failed_and_of_nothing_else(tmp_path: Path) -> None:
    good = write_shop(tmp_path)
    bad = tmp_path / "bad.toml"
    bad.write_text(
        SCENARIO.replace(TITLE, "Too late").replace('["12m", "15m"]', '["10m", "12m"]'),
        encoding="utf-8",
    )
    result = rehearse(tmp_path, str(good), str(bad))
    assert result.exit_code == 1
    passed, failed = result.stdout.split("✗ Too late")
    assert not any(line in passed for line in FIRING)
    assert all(line in failed for line in FIRING)
    assert closing(result.stdout) == "1 passed, 1 failed"


def test_an_alarm_that_nobody_named_must_stay_quiet(tmp_path: Path) -> None:
    failing = """
[[aws]]
namespace = "Shop"
metric = "Payments"
at = "10m"
values = "10x5"

[[aws]]
namespace = "Shop"
metric = "Failed"
at = "10m"
values = "5x5"
"""
    unasked = re.sub(r"\[\[quiet\]\].*", "", SCENARIO, flags=re.DOTALL)
    write_shop(tmp_path, unasked + failing)
    result = rehearse(tmp_path)
    assert result.exit_code == 1
    for alarm in ("payments-failing", "shop-down"):
        assert f"{alarm}: expected: stays quiet, as every alarm that is not named" in result.stdout


def test_what_a_metric_begins_with_it_had_before_unless_it_begins_with_a_gap(
    tmp_path: Path,
) -> None:
    write_shop(tmp_path, SCENARIO.replace('"9x9 0x5', '"_ 9x8 0x5'))
    result = rehearse(tmp_path)
    assert result.exit_code == 1
    assert "at 1m: orders-low: expected: does not fire again; got: it fired at 1m" in result.stdout


def test_all_mistakes_of_all_files_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    wrong = SCENARIO
    for before, after in (
        ('lasts = "40m"', 'lasts = "forty"'),
        ('metric = "Orders"', 'metric = "Order"'),
        ('"shop-high-alerts"', '"shop-hihg-alerts"'),
        ('alarm = "payments-failing"', 'alarm = "payment-failing"'),
    ):
        wrong = wrong.replace(before, after)
    first = write_shop(tmp_path, wrong)
    second = tmp_path / "second.toml"
    second.write_text("title = ", encoding="utf-8")
    third = tmp_path / "third.toml"
    third.write_bytes(b"title = '\xff'")
    result = rehearse(tmp_path, str(first), str(second), str(third))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{first}:7: lasts: found 'forty', expected a duration such as 1h30m, 45m or 2d",
        f"{first}:11: no alarm watches Shop Order, expected Shop Orders perhaps",
        f"{first}:18: reaches names 'shop-hihg-alerts', which is unknown, "
        "expected shop-high-alerts perhaps",
        f"{first}:22: alarm 'payment-failing' is unknown, expected payments-failing perhaps",
        f"{second}:1: this is no TOML: Invalid value",
        f"{third}:1: this is no text, expected TOML in UTF-8 (invalid start byte)",
    ]


@pytest.mark.parametrize(
    ("table", "happening"),
    [
        ("database", 'is = "down"'),
        ("insert", 'table = "orders"\nrows = "3x4"'),
        ("update", 'table = "orders"\nrows = "3x4"\nset = { state = "lost" }'),
        ("truncate", 'table = "orders"'),
        ("endpoint", 'function = "orders"\nanswers = "error"'),
        ("parameter", 'name = "/orders"\nmissing = true'),
        ("rule", 'name = "orders"\nstate = "DISABLED"'),
        ("suite", 'function = "orders"\nis = "killed"'),
        ("queue", 'name = "orders"\nemptied = "5m"'),
    ],
)
def test_what_would_happen_to_a_simulated_world_is_refused_not_passed_over(
    tmp_path: Path, table: str, happening: str
) -> None:
    file = write_shop(tmp_path, f"{SCENARIO}\n[[{table}]]\n{happening}\n")
    result = rehearse(tmp_path)
    assert result.exit_code == 2
    expected = f"no world is simulated here for [[{table}]], expected its metrics as [[aws]]"
    assert result.stderr == f"{file}:25: {expected}\n"


def test_names_may_hold_the_environment(tmp_path: Path) -> None:
    file = write_shop(tmp_path, SCENARIO.replace('"orders-low"', '"orders-{environment}"'))
    assert rehearse(tmp_path, str(file), "--environment", "low").exit_code == 0
    assert "'orders-production' is unknown" in rehearse(tmp_path, str(file)).stderr


def test_what_the_engine_does_not_evaluate_is_said_and_cannot_be_expected(tmp_path: Path) -> None:
    write_shop(tmp_path, SCENARIO.replace('"payments-failing"', '"band"'))
    template = tmp_path / "shop.yaml"
    template.write_text(template.read_text(encoding="utf-8") + BAND, encoding="utf-8")
    result = rehearse(tmp_path)
    assert result.exit_code == 2
    refused, unknown = result.stderr.splitlines()
    assert refused.startswith("refused: band is not evaluated: ")
    assert "alarm 'band' is unknown" in unknown


def test_a_value_that_cloudwatch_would_not_take_is_one_sentence(tmp_path: Path) -> None:
    write_shop(tmp_path, SCENARIO.replace("values =", 'unit = "Apples"\nvalues ='))
    result = rehearse(tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith("watchkeeper: ")
    assert "Apples" in result.stderr


def test_a_page_and_junit_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    file = write_shop(tmp_path)
    page, junit = tmp_path / "new" / "page.html", tmp_path / "other" / "junit.xml"
    result = rehearse(tmp_path, str(file), "--report", str(page), "--junit", str(junit))
    assert result.exit_code == 0, result.output
    assert f"report: {page}\n" in result.stdout
    assert page.read_text(encoding="utf-8").lstrip().startswith("<!doctype html>")
    assert junit.read_text(encoding="utf-8").startswith("<?xml")


def test_a_page_without_what_draws_it_is_refused_before_anything_is_rehearsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_shop(tmp_path)
    monkeypatch.setattr(presentation, "find_spec", lambda _: None)
    result = rehearse(tmp_path, str(file), "--report", str(tmp_path / "page.html"))
    assert result.exit_code == 2
    assert "install watchkeeper with its extra, [report]" in result.stderr
    assert TITLE not in result.stdout
