"""What a report shows beside findings: exceptions, what is not known, what was not read, cost."""

import json

from rehearsal.lint.report import to_json_lines, to_text
from rehearsal.lint.run import LintReport, run_lint
from tests.lint.samples import alarm, deploy, facts, tagged


def report() -> LintReport:
    alarms = {
        f"Alarm{number}": alarm(f"alarm-{number}", AlarmActions=None, Tags=tagged(severity="P3"))
        for number in range(5)
    }
    strange = alarm(AlarmName={"Fn::GetAtt": ["Odd", "Name"]}, Tags=tagged(severity="P3"))
    known = facts(
        exceptions=[{"rule": "alarm-has-action", "where": "alarm-*", "reason": "Shown on a wall."}],
        cost={"budget_usd": 0.01},
    )
    resources = {**alarms, "Strange": strange, "Odd": {"Type": "Custom::Name"}}
    return run_lint(deploy(resources), known)


def test_people_see_reasons_needs_and_what_was_not_read() -> None:
    text = to_text(report())
    assert "excused alarm-has-action: Shop/Alarm0 (alarm-0): Shown on a wall." in text
    assert (
        "not checked metric-is-registered: needs facts.metrics with Shop: alarm-0, alarm-1, "
        in (text)
    )
    assert "and 3 more" in text
    assert "not read Shop/Strange: " in text
    assert "warning cost-within-budget: The estimated monthly cost is within the budget.\n" in text
    assert "  the deployment\n    found:    about" in text


def test_programs_see_the_same_line_by_line() -> None:
    lines = [json.loads(line) for line in to_json_lines(report()).splitlines()]
    kinds = [line["kind"] for line in lines]
    assert kinds == sorted(kinds, key=["finding", "excused", "unchecked", "refused", "cost"].index)
    assert set(kinds) == {"finding", "excused", "unchecked", "refused", "cost"}
    excused = next(line for line in lines if line["kind"] == "excused")
    assert excused["reason"] == "Shown on a wall."
    assert excused["alarm"] == "alarm-0"


def test_an_unused_exception_is_shown_with_the_others() -> None:
    known = facts(exceptions=[{"rule": "mute-rule-ends", "where": "*", "reason": "Nights."}])
    text = to_text(run_lint(deploy({"Alarm": alarm()}), known))
    assert "warning exception-excuses-nothing\n" in text
