"""Which alarms a composite rests on: references resolved, children before their parents."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from rehearsal.engine.alarm import Alarm, CompositeAlarm, State
from rehearsal.engine.composite.grammar import parse_rule
from rehearsal.engine.composite.rule import Rule
from rehearsal.engine.errors import AlarmError, ExpressionError
from rehearsal.engine.inferred import Inference

MAX_PARENTS: Final = 150


@dataclass(frozen=True, kw_only=True)
class ResolvedComposite:
    """Be a composite alarm with its rule read and every reference bound to an alarm's ARN."""

    alarm: CompositeAlarm
    rule: Rule
    arns: Mapping[str, str]  # of each reference, as the rule writes it
    suppressor_arn: str | None = None

    @property
    def children(self) -> tuple[str, ...]:
        """Return the ARNs of the alarms that the rule names, each once."""
        return tuple(dict.fromkeys(self.arns.values()))

    @property
    def inferred(self) -> frozenset[Inference]:
        """Return the unpublished rules that every verdict of this alarm rests on."""
        return self.rule.inferred

    def evaluate(self, states: Mapping[str, State]) -> State:
        """Return ALARM or OK; `states` is keyed by ARN."""
        return State.ALARM if self.rule.is_true(self._by_reference(states)) else State.OK

    def list_triggers(self, states: Mapping[str, State]) -> tuple[str, ...]:
        """Return the ARNs of the children whose states make the rule what it is."""
        named = self.rule.list_triggers(self._by_reference(states))
        return tuple(dict.fromkeys(self.arns[reference] for reference in named))

    def _by_reference(self, states: Mapping[str, State]) -> Mapping[str, State]:
        return {name: states[arn] for name, arn in self.arns.items() if arn in states}


def order_composites(alarms: Iterable[Alarm]) -> tuple[ResolvedComposite, ...]:
    """Resolve the composites among all alarms, children first; otherwise in the given order.

    An unknown alarm, one of another account or Region, or a circle raises AlarmError.
    """
    everything = tuple(alarms)
    known = {alarm.arn for alarm in everything}
    composites = [alarm for alarm in everything if isinstance(alarm, CompositeAlarm)]
    resolved = {alarm.arn: _resolve(alarm, known) for alarm in composites}
    _check_parents(resolved.values())
    graph = {
        arn: [child for child in composite.children if child in resolved]
        for arn, composite in resolved.items()
    }
    try:
        order = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle: Sequence[str] = error.args[1]
        names = " -> ".join(repr(resolved[arn].alarm.name) for arn in reversed(circle))
        message = f"composite alarms depend on each other in a circle: {names}"
        raise AlarmError(message) from error
    return tuple(resolved[arn] for arn in order)


def _resolve(alarm: CompositeAlarm, known: set[str]) -> ResolvedComposite:
    try:
        rule = parse_rule(alarm.rule)
    except ExpressionError as error:
        raise ExpressionError(f"composite alarm {alarm.name!r}: {error}") from error
    arns = {name: _find(alarm, name, known, "its rule") for name in rule.references}
    if alarm.arn in arns.values():
        message = f"composite alarm {alarm.name!r} names itself in its rule"
        raise AlarmError(message)
    suppressor = None
    if alarm.suppressor is not None:
        suppressor = _find(alarm, alarm.suppressor, known, "its actions suppressor")
    return ResolvedComposite(alarm=alarm, rule=rule, arns=arns, suppressor_arn=suppressor)


def _find(alarm: CompositeAlarm, reference: str, known: set[str], whence: str) -> str:
    """Return the ARN a reference means: names are of the composite's own account and Region."""
    home = alarm.arn.partition(":alarm:")[0]
    head, is_arn, _ = reference.partition(":alarm:")
    if not (reference.startswith("arn:") and is_arn):
        arn = f"{home}:alarm:{reference}"
    elif head == home:
        arn = reference
    else:
        message = f"composite alarm {alarm.name!r}: {whence} names {reference!r}"
        raise AlarmError(f"{message}, which is of another account or Region than {home!r}")
    if arn not in known:
        message = f"composite alarm {alarm.name!r}: {whence} names {reference!r}"
        raise AlarmError(f"{message}, and there is no such alarm")
    return arn


def _check_parents(composites: Iterable[ResolvedComposite]) -> None:
    parents = Counter(child for composite in composites for child in composite.children)
    for arn, count in parents.items():
        if count > MAX_PARENTS:
            message = f"{arn} stands in {count} composite alarms; at most {MAX_PARENTS} may name it"
            raise AlarmError(message)
