"""Exceptions to rules: each has a reason, and one that excuses nothing is a finding itself.

They stand in the facts file, or beside the resource in its template:
`Metadata: {"watchkeeper": {"lint": {"<rule>": "<reason>"}}}`.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from rehearsal.engine.template.deployment import Resource
from rehearsal.lint.errors import LintError
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Finding, Place, Problem, Severity

UNUSED = "exception-excuses-nothing"


@dataclass(frozen=True, kw_only=True)
class Excuse:
    """Be one exception, wherever it stands; `where` may use * and ?."""

    rule: str
    where: str
    reason: str
    origin: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether this exception is about a finding."""
        place = finding.problem.place
        names = (place.alarm, place.logical_id, f"{place.stack}/{place.logical_id}")
        return finding.rule == self.rule and any(
            name.strip("/") and fnmatchcase(name, self.where) for name in names
        )


def read_excuses(
    resources: Iterable[Resource], facts: Facts, rules: Collection[str]
) -> tuple[Excuse, ...]:
    """Gather all exceptions; raise one sentence for each without a rule or a reason."""
    excuses = [*_from_facts(facts), *_from_metadata(resources)]
    problems = []
    for excuse in excuses:
        if excuse.rule not in rules:
            known = ", ".join(sorted(rules))
            problems.append(f"{excuse.origin}: no rule {excuse.rule!r}, expected one of {known}")
        if not excuse.reason.strip():
            problems.append(f"{excuse.origin}: exception to {excuse.rule} without a reason")
    if problems:
        raise LintError("\n".join(problems))
    return tuple(excuses)


def _from_facts(facts: Facts) -> Iterator[Excuse]:
    for each in facts.exceptions:
        yield Excuse(
            rule=each.rule,
            where=each.where,
            reason=each.reason,
            origin=f"facts.exceptions: {each.where}",
        )


def _from_metadata(resources: Iterable[Resource]) -> Iterator[Excuse]:
    for resource in resources:
        own = resource.metadata.get("watchkeeper")
        given = own.get("lint") if isinstance(own, dict) else None
        where = f"{resource.stack}/{resource.logical_id}"
        if given is not None and not isinstance(given, dict):
            raise LintError(f"{where}: Metadata watchkeeper.lint is no object of rules and reasons")
        for rule, reason in (given or {}).items():
            text = reason if isinstance(reason, str) else ""
            yield Excuse(rule=str(rule), where=where, reason=text, origin=f"Metadata of {where}")


def report_unused(excuse: Excuse) -> Finding:
    """Make a finding of an exception that nothing asks for."""
    return Finding(
        rule=UNUSED,
        number=0,
        severity=Severity.WARNING,
        problem=Problem(
            place=Place(logical_id=excuse.where),
            found=f"{excuse.origin}: the exception to {excuse.rule} excuses nothing",
            expected="an exception that a finding asks for: else it hides the next one",
            fix="remove it",
        ),
    )
