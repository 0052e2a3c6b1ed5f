"""Rules 18 and 19: who is woken knows how bad it is and what to do."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from rehearsal.lint.alarm_view import AlarmView
from rehearsal.lint.facts import Facts, RunbookFact
from rehearsal.lint.finding import Judgement, Severity
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.rule import Rule

SEVERITIES = ("P1", "P2", "P3", "P4")
ADDRESS = re.compile(r"https?://[^\s<>\"')]+")
NAMED = re.compile(r"runbook\W{0,3}\s*(https?://[^\s<>\"')]+)", re.IGNORECASE)


def runbook_exists(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find alarms that page without saying what to do, or point to a place that is not there."""
    for alarm in landscape.alarms:
        if not alarm.has_actions:
            continue
        address = find_runbook(alarm)
        if address is None:
            yield alarm.problem(
                "neither its description nor a tag `runbook` has a runbook's address",
                "a link to the section on this alarm",
                "add `Runbook: https://…#section` to the description",
            )
        elif facts.runbooks is None:
            yield alarm.unchecked("facts.runbooks")
        else:
            yield from _judge_address(alarm, address, facts.runbooks)


def find_runbook(alarm: AlarmView) -> str | None:
    """Return the address of an alarm's runbook."""
    tag = ADDRESS.search(alarm.tags.get("runbook", ""))
    named = NAMED.search(alarm.description)
    likely = [each for each in ADDRESS.findall(alarm.description) if "runbook" in each.lower()]
    if tag:
        return tag[0]
    return str(named[1]) if named else next(iter(likely), None)


def _judge_address(
    alarm: AlarmView, address: str, runbooks: tuple[RunbookFact, ...]
) -> Iterator[Judgement]:
    page, _, anchor = address.partition("#")
    anchors = {each for runbook in runbooks if runbook.page == page for each in runbook.anchors}
    if page not in {runbook.page for runbook in runbooks}:
        yield alarm.problem(
            f"its runbook is on {page}, which is not among facts.runbooks",
            "one of " + ", ".join(sorted(runbook.page for runbook in runbooks)),
            "correct the address, or add the page to the facts",
        )
    elif not anchor or anchor not in anchors:
        yield alarm.problem(
            f"its runbook section is {'#' + anchor if anchor else 'not named'}, and {page} has "
            f"{'no such section' if anchor else 'many'}",
            "the anchor of a section on this alarm",
            "write the section, or correct the anchor",
        )


def severity_is_routed(landscape: Landscape, facts: Facts) -> Iterator[Judgement]:
    """Find alarms without a severity, or whose severity does not reach whom it should."""
    for alarm in landscape.alarms:
        severity = alarm.tags.get("severity")
        if severity not in SEVERITIES:
            yield alarm.problem(
                f"tag severity is {severity!r}" if severity else "no tag severity",
                f"one of {', '.join(SEVERITIES)}",
                "tag the alarm: Key: severity, Value: P1 to P4",
            )
        elif alarm.has_actions:
            yield from _judge_route(alarm, severity, facts)


def _judge_route(alarm: AlarmView, severity: str, facts: Facts) -> Iterator[Judgement]:
    patterns = (facts.routes or {}).get(severity)
    if patterns is None:
        yield alarm.unchecked(f"facts.routes with {severity}")
        return
    names = [action.rpartition(":")[2] for action in alarm.actions()]
    if not any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
        yield alarm.problem(
            f"is {severity} but publishes to {', '.join(names) or 'what cannot be read'}",
            f"a topic of {severity}: {' or '.join(patterns)}",
            "publish to the topic of its severity, or correct the severity",
        )


RUNBOOK_EXISTS = Rule(
    number=18,
    slug="runbook-exists",
    severity=Severity.WARNING,
    says="An alarm that pages names its runbook's section, and the section is there.",
    source="Google, Site Reliability Engineering, chapter 1: a playbook makes repair three times "
    "as fast",
    check=runbook_exists,
    needs=("runbooks",),
)
SEVERITY_IS_ROUTED = Rule(
    number=19,
    slug="severity-is-routed",
    severity=Severity.WARNING,
    says="Every alarm is tagged with a severity from P1 to P4 and publishes to a topic of it.",
    source="Google, Site Reliability Engineering, chapter 1: alerts, tickets and logging by how "
    "soon somebody must act",
    check=severity_is_routed,
    needs=("routes",),
)
