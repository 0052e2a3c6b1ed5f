"""A run of all rules: exceptions with reasons, what is not known, and what could not be read."""

from typing import Any

import pytest

from rehearsal.lint.errors import LintError
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Severity
from rehearsal.lint.run import LintReport, run_lint
from tests.lint.samples import alarm, deploy, facts

SILENT = alarm("orders-low", AlarmActions=None, Tags=[{"Key": "severity", "Value": "P3"}])


def lint(resource: dict[str, Any], known: Facts | None = None) -> LintReport:
    return run_lint(deploy({"Orders": resource}), known)


def excused(*exceptions: dict[str, str]) -> Facts:
    return facts(exceptions=list(exceptions))


def with_metadata(value: Any) -> dict[str, Any]:
    return SILENT | {"Metadata": {"watchkeeper": {"lint": value}}}


def test_a_finding_names_rule_place_and_remedy() -> None:
    [finding] = lint(SILENT).findings
    assert finding.to_json() == {
        "kind": "finding",
        "rule": "alarm-has-action",
        "number": 1,
        "severity": "error",
        "stack": "Shop",
        "logical_id": "Orders",
        "alarm": "orders-low",
        "found": "no alarm action, and no composite alarm with one has it as a child",
        "expected": "an alarm action, or a composite alarm that pages on its behalf",
        "fix": "add an SNS topic to AlarmActions, or name the alarm in such a composite's rule",
    }


def test_without_facts_rules_say_what_they_would_have_to_know() -> None:
    report = lint(SILENT)
    assert {
        "emitter-has-heartbeat",
        "quiet-alarm-has-twin",
        "metric-is-registered",
        "cost-within-budget",
    } == set(report.unchecked)


@pytest.mark.parametrize("where", ["orders-low", "Orders", "Shop/Orders", "orders-*"])
def test_an_exception_in_the_facts_excuses_with_its_reason(where: str) -> None:
    known = excused({"rule": "alarm-has-action", "where": where, "reason": "Shown on a wall."})
    report = lint(SILENT, known)
    assert report.is_clean
    assert [each.reason for each in report.excused] == ["Shown on a wall."]


def test_an_exception_beside_the_resource_excuses_it_alone() -> None:
    reason = {"alarm-has-action": "Shown on a wall."}
    resources = {"Orders": with_metadata(reason), "Other": alarm("other", AlarmActions=None)}
    report = run_lint(deploy(resources))
    assert [each.finding.problem.place.alarm for each in report.excused] == ["orders-low"]
    assert "other" in [each.problem.place.alarm for each in report.findings]


def test_an_exception_that_excuses_nothing_is_a_finding() -> None:
    known = excused(
        {"rule": "alarm-has-action", "where": "orders-low", "reason": "Shown on a wall."},
        {"rule": "missing-data-stated", "where": "orders-low", "reason": "It was so once."},
    )
    [finding] = lint(SILENT, known).findings
    assert finding.rule == "exception-excuses-nothing"
    assert finding.severity is Severity.WARNING
    assert "missing-data-stated excuses nothing" in finding.problem.found


def test_an_exception_to_a_rule_that_could_not_be_checked_is_no_finding() -> None:
    known = excused(
        {"rule": "alarm-has-action", "where": "*", "reason": "Shown on a wall."},
        {"rule": "metric-is-registered", "where": "orders-low", "reason": "Sent by a partner."},
    )
    assert lint(SILENT, known).is_clean


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"alarm-has-action": "  "}, "exception to alarm-has-action without a reason"),
        ({"alarm-has-action": True}, "exception to alarm-has-action without a reason"),
        ({"alarm-has-actions": "Wall."}, "no rule 'alarm-has-actions', expected one of"),
        (["alarm-has-action"], "no object of rules and reasons"),
    ],
)
def test_an_exception_without_a_rule_or_reason_is_an_error(given: Any, sentence: str) -> None:
    with pytest.raises(LintError) as caught:
        lint(with_metadata(given))
    assert sentence in str(caught.value)
    assert "Shop/Orders" in str(caught.value)


def test_an_alarm_that_cloudwatch_would_refuse_is_told_by_its_rules_and_as_unread() -> None:
    report = lint(alarm(Period=1800, EvaluationPeriods=49, Tags=SILENT["Properties"]["Tags"]))
    assert "window-within-limits" in {finding.rule for finding in report.findings}
    assert any("49" in reason for _, reason in report.refused)


def test_what_the_engine_refuses_by_name_is_in_the_report() -> None:
    strange = alarm(AlarmName={"Fn::GetAtt": ["Strange", "Name"]})
    report = run_lint(deploy({"Orders": strange, "Strange": {"Type": "Custom::Name"}}))
    assert [subject for subject, _ in report.refused] == ["Shop/Orders"]


def test_the_cost_is_estimated_without_a_budget_too() -> None:
    lines = {line.what: line.usd for line in lint(SILENT).cost}
    assert lines == {"alarm metric": pytest.approx(0.1), "custom metric": pytest.approx(0.3)}
