"""The rule of a composite alarm, as far as design rules ask."""

from rehearsal.engine.composite.grammar import parse_rule as parse
from rehearsal.engine.composite.rule import Rule
from rehearsal.engine.errors import EngineError
from rehearsal.lint.alarm_view import AlarmView

__all__ = ["list_children", "parse", "read_rule"]


def read_rule(composite: AlarmView) -> Rule | None:
    """Return the rule of a composite alarm; None when it cannot be read."""
    text = composite.properties.get("AlarmRule")
    try:
        return parse(text) if isinstance(text, str) else None
    except EngineError:
        return None


def list_children(composite: AlarmView) -> tuple[str, ...]:
    """List the names or ARNs a composite alarm's rule refers to."""
    rule = read_rule(composite)
    return rule.references if rule else ()
