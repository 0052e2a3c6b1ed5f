"""Rule 14: composite alarms that CloudWatch takes and can evaluate."""

from collections.abc import Iterator

from rehearsal.engine.errors import EngineError
from rehearsal.lint.alarm_rule import list_children, parse
from rehearsal.lint.alarm_view import AlarmView
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Judgement, Severity
from rehearsal.lint.landscape import Landscape
from rehearsal.lint.rule import Rule


def composite_within_limits(landscape: Landscape, _facts: Facts) -> Iterator[Judgement]:
    """Find rules that cannot be read, are too wide, or stand on themselves."""
    for composite in landscape.composites:
        text = composite.properties.get("AlarmRule")
        if not isinstance(text, str):
            yield composite.unchecked("an AlarmRule that can be read")
            continue
        try:
            parse(text)
        except EngineError as error:
            yield composite.problem(
                f"its rule is refused: {error}",
                "a rule by the grammar of PutCompositeAlarm over at most 100 alarms",
                "correct the rule; group children under composites where they are many",
            )
            continue
        way = find_cycle(landscape, composite)
        if way:
            yield composite.problem(
                f"its rule stands on itself: {' → '.join(way)}",
                "children that do not lead back: CloudWatch stops evaluating a cycle",
                "take one of these out of the other's rule",
            )


def find_cycle(landscape: Landscape, start: AlarmView) -> tuple[str, ...]:
    """Return the names on a way from a composite alarm back to itself; empty when there is none."""
    waiting: list[tuple[AlarmView, tuple[str, ...]]] = [(start, (start.name,))]
    seen: set[str] = set()
    while waiting:
        composite, way = waiting.pop()
        for reference in list_children(composite):
            child = landscape.find_alarm(reference)
            if child is None or not child.is_composite:
                continue
            if child.name == start.name:
                return (*way, child.name)
            if child.name not in seen:
                seen.add(child.name)
                waiting.append((child, (*way, child.name)))
    return ()


COMPOSITE_WITHIN_LIMITS = Rule(
    number=14,
    slug="composite-within-limits",
    severity=Severity.ERROR,
    says="A composite alarm's rule can be read, has at most 100 children and does not lead back to "
    "itself.",
    source="CloudWatch API reference, PutCompositeAlarm",
    check=composite_within_limits,
)
