"""The rule of a composite alarm: the alarms it names, and what it says of their states.

Nothing here knows which alarms exist: a rule keeps references as they are written, names or ARNs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rehearsal.engine.alarm import State
from rehearsal.engine.errors import AlarmError
from rehearsal.engine.inferred import Inference


@dataclass(frozen=True)
class Constant:
    """Be TRUE or FALSE."""

    value: bool


@dataclass(frozen=True)
class Term:
    """Say that one alarm is in a state."""

    state: State
    reference: str


@dataclass(frozen=True)
class AtLeast:
    """Say that so many of the alarms are in a state, or not in it; each mention counts."""

    needed: int
    state: State
    is_inverted: bool
    references: tuple[str, ...]


@dataclass(frozen=True)
class Not:
    """Turn a part round."""

    part: "Node"


@dataclass(frozen=True)
class All:
    """Be true when every part is."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class AnyOf:
    """Be true when at least one part is."""

    parts: tuple["Node", ...]


Node = Constant | Term | AtLeast | Not | All | AnyOf
States = Mapping[str, State]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Be a rule that was read; `inferred` names the unpublished rules its reading rests on."""

    text: str
    root: Node
    inferred: frozenset[Inference]

    @property
    def references(self) -> tuple[str, ...]:
        """Return the alarms that the rule names, each once, in the order of their mention."""
        return tuple(dict.fromkeys(_list_references(self.root)))

    def is_true(self, states: States) -> bool:
        """Say whether the rule holds; `states` is keyed by references as the rule writes them."""
        return _is_true(self.root, _reader(states))

    def list_triggers(self, states: States) -> tuple[str, ...]:
        """Return the references whose states make the rule what it is, true or false."""
        return tuple(dict.fromkeys(_list_triggers(self.root, _reader(states))))


def _reader(states: States) -> Callable[[str], State]:
    def read(reference: str) -> State:
        if reference not in states:
            raise AlarmError(f"the rule names {reference!r}, whose state is not known")
        return states[reference]

    return read


def _list_references(node: Node) -> Iterator[str]:
    match node:
        case Term(reference=reference):
            yield reference
        case AtLeast(references=references):
            yield from references
        case Not(part=part):
            yield from _list_references(part)
        case All(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _list_references(part)


def _is_true(node: Node, read: Callable[[str], State]) -> bool:
    match node:
        case Constant(value=value):
            return value
        case Term(state=state, reference=reference):
            return read(reference) is state
        case AtLeast(needed=needed):
            return len(_list_counted(node, read, counted=True)) >= needed
        case Not(part=part):
            return not _is_true(part, read)
        case All(parts=parts):
            return all(_is_true(part, read) for part in parts)
    return any(_is_true(part, read) for part in node.parts)


def _list_counted(node: AtLeast, read: Callable[[str], State], *, counted: bool) -> list[str]:
    """List the mentions that count, or those that do not."""
    wanted = counted != node.is_inverted
    return [name for name in node.references if (read(name) is node.state) is wanted]


def _list_triggers(node: Node, read: Callable[[str], State]) -> Iterator[str]:
    """Follow only the parts that say the same as the whole they belong to."""
    value = _is_true(node, read)
    match node:
        case Term(reference=reference):
            yield reference
        case AtLeast():
            yield from _list_counted(node, read, counted=value)
        case Not(part=part):
            yield from _list_triggers(part, read)
        case All(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                if _is_true(part, read) is value:
                    yield from _list_triggers(part, read)
