"""Hold every rule against a deployment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rehearsal.engine.template.deployment import Deployment
from rehearsal.lint.cost import CostLine, estimate_cost
from rehearsal.lint.exceptions import Excuse, read_excuses, report_unused
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Finding, Problem, Unchecked
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.rule import Rule
from rehearsal.lint.rules.table import RULES


@dataclass(frozen=True, kw_only=True)
class Excused:
    """Be a finding that an exception allows, with its reason."""

    finding: Finding
    reason: str


@dataclass(frozen=True, kw_only=True)
class LintReport:
    """Hold what all rules said.

    `unchecked` is what each rule could not judge, by slug; `refused` is what of the templates could
    not be read, with the reason; `cost` is the estimate by line, whatever the budget.
    """

    findings: tuple[Finding, ...]
    excused: tuple[Excused, ...]
    unchecked: Mapping[str, tuple[Unchecked, ...]]
    refused: tuple[tuple[str, str], ...]
    cost: tuple[CostLine, ...]

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was found that no exception allows."""
        return not self.findings


def run_lint(
    deployment: Deployment, facts: Facts | None = None, *, rules: Sequence[Rule] = RULES
) -> LintReport:
    """Return what the rules say of a deployment; LintError for exceptions that make no sense."""
    facts = facts or Facts()
    landscape = Landscape(deployment)
    excuses = read_excuses(landscape.resources, facts, [rule.slug for rule in RULES])
    found: list[Finding] = []
    unchecked: dict[str, tuple[Unchecked, ...]] = {}
    for rule in rules:
        judgements = list(dict.fromkeys(rule.check(landscape, facts)))
        found += [_finding(rule, each) for each in judgements if isinstance(each, Problem)]
        unjudged = tuple(each for each in judgements if isinstance(each, Unchecked))
        if unjudged:
            unchecked[rule.slug] = unjudged
    excused, findings = _excuse(found, excuses)
    judged = {rule.slug for rule in rules} - set(unchecked)
    used = {excuse for excuse in excuses for each in found if excuse.covers(each)}
    unused = [each for each in excuses if each not in used and each.rule in judged]
    return LintReport(
        findings=(*findings, *map(report_unused, unused)),
        excused=excused,
        unchecked=unchecked,
        refused=tuple((each.subject, each.reason) for each in deployment.refused),
        cost=estimate_cost(landscape, facts),
    )


def _finding(rule: Rule, problem: Problem) -> Finding:
    return Finding(rule=rule.slug, number=rule.number, severity=rule.severity, problem=problem)


def _excuse(
    found: Sequence[Finding], excuses: Sequence[Excuse]
) -> tuple[tuple[Excused, ...], tuple[Finding, ...]]:
    excused, left = [], []
    for finding in found:
        reason = next((each.reason for each in excuses if each.covers(finding)), None)
        if reason is None:
            left.append(finding)
        else:
            excused.append(Excused(finding=finding, reason=reason))
    return tuple(excused), tuple(left)
