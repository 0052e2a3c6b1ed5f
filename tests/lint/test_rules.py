"""Every rule finds what breaks it, leaves alone what does not, and says what it cannot know."""

from dataclasses import replace

import pytest

from rehearsal.lint.errors import LintError
from rehearsal.lint.rules.table import BY_SLUG, RULES
from rehearsal.lint.run import run_lint
from tests.lint.cases import (
    actions,
    composites,
    cost,
    expressions,
    failures,
    metrics,
    missing_data,
    mutes,
    objectives,
    people,
    topics,
    windows,
)
from tests.lint.samples import Case, deploy

FAMILIES = (
    actions,
    topics,
    missing_data,
    metrics,
    windows,
    expressions,
    composites,
    objectives,
    people,
    failures,
    cost,
    mutes,
)
CASES: tuple[Case, ...] = tuple(case for family in FAMILIES for case in family.CASES)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}: {case.name}" for case in CASES])
def test_a_rule_says_exactly_what_it_should(case: Case) -> None:
    report = run_lint(deploy(case.resources), case.facts, rules=[BY_SLUG[case.rule]])
    found = [
        f"{finding.problem.found}; expected {finding.problem.expected}"
        for finding in report.findings
    ]
    needed = [each.needs for unjudged in report.unchecked.values() for each in unjudged]
    assert matches(found, case.finds), found
    assert matches(needed, case.needs), needed


def matches(texts: list[str], fragments: tuple[str, ...]) -> bool:
    """Tell whether there is a text of its own for every fragment, and no other."""
    left = list(texts)
    for fragment in fragments:
        hit = next((text for text in left if fragment in text), None)
        if hit is None:
            return False
        left.remove(hit)
    return not left


def test_every_rule_has_a_template_that_breaks_it_and_one_that_does_not() -> None:
    assert {case.rule for case in CASES if case.finds} == set(BY_SLUG)
    assert {case.rule for case in CASES if case.passes} == set(BY_SLUG)


def test_rules_that_name_facts_have_a_row_without_them() -> None:
    asking = {rule.slug for rule in RULES if rule.needs}
    assert asking <= {case.rule for case in CASES if case.needs}


def test_rules_are_numbered_from_one_and_named_once() -> None:
    assert [rule.number for rule in RULES] == list(range(1, 24))
    assert len(BY_SLUG) == len(RULES)


def test_every_finding_says_where_it_is_and_how_to_mend_it() -> None:
    for case in CASES:
        report = run_lint(deploy(case.resources), case.facts, rules=[BY_SLUG[case.rule]])
        for finding in report.findings:
            assert finding.problem.fix
            assert finding.problem.expected
            if case.rule != "cost-within-budget":
                place = finding.problem.place
                assert (
                    place.logical_id in case.resources or place.alarm or "emitter" in str(finding)
                )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [({"slug": "Bad"}, "expected a name such as"), ({"says": "no stop"}, "expected one sentence")],
)
def test_a_rule_must_have_a_name_and_a_sentence(changed: dict[str, str], sentence: str) -> None:
    with pytest.raises(LintError, match=sentence):
        replace(RULES[0], **changed)  # type: ignore[arg-type]
