"""Show a report: for people as text, for programs as one JSON object a line."""

import json
from collections.abc import Iterator

from rehearsal.lint.cost import add_up
from rehearsal.lint.finding import Finding
from rehearsal.lint.rules.table import RULES
from rehearsal.lint.run import LintReport

SHOWN_PLACES = 3


def to_text(report: LintReport) -> str:
    """Show the findings by rule, then exceptions, then what was not checked."""
    return "\n".join(_lines(report))


def _lines(report: LintReport) -> Iterator[str]:
    says = {rule.slug: rule.says for rule in RULES}
    for slug in dict.fromkeys(finding.rule for finding in report.findings):
        same = [finding for finding in report.findings if finding.rule == slug]
        yield f"{same[0].severity.value} {slug}: {says.get(slug, '')}".rstrip(": ")
        for finding in same:
            yield from _describe(finding)
        yield ""
    for excused in report.excused:
        place = excused.finding.problem.place
        yield f"excused {excused.finding.rule}: {place}: {excused.reason}"
    for slug, unjudged in report.unchecked.items():
        for needs in dict.fromkeys(each.needs for each in unjudged):
            asking = [each.place for each in unjudged if each.needs == needs]
            places = [place.alarm or str(place) for place in asking]
            more = len(places) - SHOWN_PLACES
            shown = ", ".join(places[:SHOWN_PLACES]) + (f" and {more} more" if more > 0 else "")
            yield f"not checked {slug}: needs {needs}: {shown}"
    for subject, reason in report.refused:
        yield f"not read {subject}: {reason}"
    yield _summary(report)


def _describe(finding: Finding) -> Iterator[str]:
    problem = finding.problem
    yield f"  {problem.place}"
    yield f"    found:    {problem.found}"
    yield f"    expected: {problem.expected}"
    yield f"    fix:      {problem.fix}"


def _summary(report: LintReport) -> str:
    broken = {finding.number for finding in report.findings if finding.number}
    kept = len([rule for rule in RULES if rule.number not in broken]) - len(
        [slug for slug in report.unchecked if slug not in {each.rule for each in report.findings}]
    )
    return (
        f"{len(report.findings)} findings, {len(report.excused)} excused; {kept} of {len(RULES)} "
        f"rules hold, {len(report.unchecked)} not fully checked; about "
        f"{add_up(report.cost):.2f} USD a month"
    )


def to_json_lines(report: LintReport) -> str:
    """Write the report with one JSON object a line; `kind` tells what each is."""
    return "\n".join(json.dumps(each, ensure_ascii=False) for each in _objects(report))


def _objects(report: LintReport) -> Iterator[dict[str, object]]:
    for finding in report.findings:
        yield dict(finding.to_json())
    for excused in report.excused:
        yield {**excused.finding.to_json(), "kind": "excused", "reason": excused.reason}
    for slug, unjudged in report.unchecked.items():
        for each in unjudged:
            place = each.place
            yield {
                "kind": "unchecked",
                "rule": slug,
                "stack": place.stack,
                "logical_id": place.logical_id,
                "alarm": place.alarm,
                "needs": each.needs,
            }
    for subject, reason in report.refused:
        yield {"kind": "refused", "subject": subject, "reason": reason}
    for line in report.cost:
        yield {
            "kind": "cost",
            "what": line.what,
            "count": line.count,
            "usd_a_month": round(line.usd, 4),
        }
