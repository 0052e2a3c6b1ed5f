"""The mutants of a composite alarm: a child forgotten, or AND where OR was meant."""

from collections.abc import Iterator
from dataclasses import replace

from rehearsal.engine.alarm import CompositeAlarm
from rehearsal.engine.composite.grammar import parse_rule
from rehearsal.engine.composite.rule import All, AnyOf, AtLeast, Constant, Node, Not, Term
from rehearsal.mutation.mutant import Mutant, Varied


def mutate_composite_alarm(alarm: CompositeAlarm) -> Iterator[Mutant]:
    """Yield the alarm without each child of its rule, and with each AND and OR exchanged.

    A rule of one child alone has no mutant without it, for a rule cannot be empty.
    """
    rule = parse_rule(alarm.rule)
    for reference in rule.references:
        rest = _drop(rule.root, reference)
        if rest is not None:
            yield _with_rule(alarm, rest)
    for exchanged in _exchange(rule.root):
        yield _with_rule(alarm, exchanged)


def write_rule(node: Node) -> str:
    """Write a rule as PutCompositeAlarm reads it."""
    match node:
        case Constant(value=value):
            return "TRUE" if value else "FALSE"
        case Term(state=state, reference=reference):
            return f"{state}({_quote(reference)})"
        case AtLeast(needed=needed, state=state, is_inverted=is_inverted, references=references):
            names = ", ".join(map(_quote, references))
            return f"AT_LEAST({needed}, {'NOT ' if is_inverted else ''}{state}, ({names}))"
        case Not(part=part):
            return f"NOT {_write_part(part)}"
        case All(parts=parts):
            return " AND ".join(map(_write_part, parts))
    return " OR ".join(map(_write_part, node.parts))


def _write_part(node: Node) -> str:
    return f"({write_rule(node)})" if isinstance(node, All | AnyOf) else write_rule(node)


def _quote(reference: str) -> str:
    escaped = reference.replace('"', '\\"')
    return f'"{escaped}"'


def _with_rule(alarm: CompositeAlarm, root: Node) -> Mutant:
    rule = write_rule(root)
    return Mutant(
        alarm=replace(alarm, rule=rule), varied=Varied.RULE, before=alarm.rule, after=rule
    )


def _drop(node: Node, reference: str) -> Node | None:
    """Return what is left without a child; None when nothing is."""
    match node:
        case Term():
            return None if node.reference == reference else node
        case AtLeast(references=references):
            rest = tuple(each for each in references if each != reference)
            # As many as there are is the most that AT_LEAST may ask for.
            return (
                replace(node, references=rest, needed=min(node.needed, len(rest))) if rest else None
            )
        case Not():
            part = _drop(node.part, reference)
            return None if part is None else Not(part)
        case All() | AnyOf():
            rests = (_drop(part, reference) for part in node.parts)
            parts = tuple(rest for rest in rests if rest is not None)
            if len(parts) > 1:
                return type(node)(parts)
            return parts[0] if parts else None
    return node


def _exchange(node: Node) -> Iterator[Node]:
    """Yield the rule with one AND or OR exchanged, for each there is."""
    match node:
        case Not(part=part):
            yield from map(Not, _exchange(part))
        case All(parts=parts) | AnyOf(parts=parts):
            yield AnyOf(parts) if isinstance(node, All) else All(parts)
            for place, part in enumerate(parts):
                for exchanged in _exchange(part):
                    yield type(node)((*parts[:place], exchanged, *parts[place + 1 :]))
