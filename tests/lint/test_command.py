"""The command line: templates from files and folders, text and JSON lines, exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rehearsal.lint.__main__ import lint, to_markdown
from rehearsal.lint.rules.table import RULES
from tests.lint.samples import alarm, tagged

FACTS = """
emitters = [{ name = "counter", heartbeat_alarm = "silent" }]
topics = [{ arn = "arn:aws:sns:eu-central-1:123456789012:pager", reaches = "the pager" }]
runbooks = [{ page = "https://x.example/shop.md", anchors = ["low"] }]
routes = { P1 = ["pager"] }
cost = { budget_usd = 10 }
[[metrics]]
namespace = "Shop"
name = "Orders"
emitter = "counter"
[[metrics]]
namespace = "Shop"
name = "Beat"
emitter = "counter"
cadence_seconds = 300
"""
GOOD = alarm(AlarmDescription="Runbook: https://x.example/shop.md#low", Tags=tagged(severity="P1"))
BEAT = alarm(
    "silent",
    MetricName="Beat",
    TreatMissingData="breaching",
    EvaluationPeriods=2,
    AlarmDescription="Runbook: https://x.example/shop.md#low",
    Tags=tagged(severity="P1"),
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(lint, [str(each) for each in arguments])


def write(folder: Path, resource: dict[str, Any], name: str = "Shop.template.json") -> Path:
    file = folder / name
    file.write_text(json.dumps({"Resources": {"Orders": resource}}), encoding="utf-8")
    return file


def test_findings_are_told_to_people_by_rule(tmp_path: Path) -> None:
    result = run("--template", write(tmp_path, alarm(TreatMissingData=None)))
    assert result.exit_code == 1
    assert "warning missing-data-stated: Every metric alarm states" in result.output
    assert "Shop/Orders (orders-low)\n    found:    no treatment" in result.output
    assert "not checked metric-is-registered: needs facts.metrics with Shop: orders-low" in (
        result.output
    )
    assert result.output.rstrip().endswith("about 0.40 USD a month")


def test_findings_are_told_to_programs_as_json_lines(tmp_path: Path) -> None:
    result = run("--format", "json", "--template", write(tmp_path, alarm(TreatMissingData=None)))
    assert result.exit_code == 1
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert {line["kind"] for line in lines} == {"finding", "unchecked", "cost"}
    assert {line["rule"] for line in lines if line["kind"] == "finding"} == {
        "missing-data-stated",
        "runbook-exists",
        "severity-is-routed",
    }


def test_a_folder_is_read_and_what_holds_ends_with_zero(tmp_path: Path) -> None:
    facts = tmp_path / "facts.toml"
    facts.write_text(FACTS, encoding="utf-8")
    write(tmp_path, GOOD)
    write(tmp_path, BEAT, "Beat.template.json")
    result = run("--template", tmp_path, "--facts", facts, "--region", "eu-central-1")
    assert result.output == (
        "0 findings, 0 excused; 23 of 23 rules hold, 0 not fully checked; about 0.80 USD a month\n"
    )
    assert result.exit_code == 0


@pytest.mark.parametrize("text", ["{", "[1]", "{}", '{"Resources": {"A": 1}}'])
def test_what_is_no_template_ends_with_two_and_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "Odd.template.json"
    file.write_text(text, encoding="utf-8")
    result = run("--template", file)
    assert result.exit_code == 2
    assert "Odd" in result.output
    assert "Traceback" not in result.output


def test_two_templates_of_a_name_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path, alarm())
    twice = run("--template", file, "--template", tmp_path)
    assert twice.exit_code == 2
    assert "there is another template named Shop" in twice.output
    (tmp_path / "empty").mkdir()
    empty = run("--template", tmp_path / "empty")
    assert empty.exit_code == 2
    assert "no *.template.json in this folder" in empty.output


def test_a_template_must_be_named() -> None:
    result = run()
    assert result.exit_code == 2
    assert "give at least one --template" in result.output


def test_the_rules_can_be_listed() -> None:
    result = run("--rules")
    assert result.output.rstrip("\n") == to_markdown()
    assert result.output.count("\n") == len(RULES) + 2
