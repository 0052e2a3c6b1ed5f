"""What an expression says, as a frozen tree; positions count characters from 1."""

from dataclasses import dataclass, field
from typing import Final

from rehearsal.engine.errors import ExpressionError

MAX_DEPTH: Final = 100


@dataclass(frozen=True)
class Number:
    """Be a number."""

    value: float
    depth: int = field(default=1, init=False, repr=False)


@dataclass(frozen=True)
class Text:
    """Be a quoted string."""

    value: str
    depth: int = field(default=1, init=False, repr=False)


@dataclass(frozen=True)
class Name:
    """Be a bare word: the id of a query, or a keyword such as REPEAT."""

    value: str
    position: int = field(compare=False)
    depth: int = field(default=1, init=False, repr=False)


@dataclass(frozen=True)
class ArrayLiteral:
    """Be a list in square brackets."""

    items: tuple["Node", ...]
    position: int = field(compare=False)
    depth: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Measure the nesting."""
        _deepen(self, self.items)


@dataclass(frozen=True)
class Call:
    """Be a function and its arguments."""

    function: str
    arguments: tuple["Node", ...]
    position: int = field(compare=False)
    depth: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Measure the nesting."""
        _deepen(self, self.arguments)


@dataclass(frozen=True)
class Group:
    """Be what stands in parentheses."""

    inner: "Node"
    depth: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Measure the nesting."""
        _deepen(self, (self.inner,))


@dataclass(frozen=True)
class Negation:
    """Be the negative of an operand."""

    operand: "Node"
    position: int = field(compare=False)
    depth: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Measure the nesting."""
        _deepen(self, (self.operand,))


@dataclass(frozen=True)
class Binary:
    """Be an operator between two operands; AND and OR are spelled as words."""

    operator: str
    left: "Node"
    right: "Node"
    position: int = field(compare=False)
    depth: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Measure the nesting."""
        _deepen(self, (self.left, self.right))


Node = Number | Text | Name | ArrayLiteral | Call | Group | Negation | Binary


@dataclass(frozen=True)
class Expression:
    """Be a whole expression: its text and what it says."""

    text: str
    root: Node

    @property
    def names(self) -> frozenset[str]:
        """Return every bare word in it: ids and keywords."""
        return frozenset(node.value for node in _walk(self.root) if isinstance(node, Name))

    @property
    def reads_all_metrics(self) -> bool:
        """Tell whether it refers to metrics without naming them, by METRICS()."""
        calls = [node for node in _walk(self.root) if isinstance(node, Call)]
        return any(call.function == "METRICS" for call in calls)


def list_children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below this one."""
    match node:
        case ArrayLiteral():
            return node.items
        case Call():
            return node.arguments
        case Group():
            return (node.inner,)
        case Negation():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case _:
            return ()


def _walk(root: Node) -> list[Node]:
    """List a node and everything below it."""
    found = [root]
    for node in found:
        found.extend(list_children(node))
    return found


def _deepen(node: Node, children: tuple[Node, ...]) -> None:
    """Note how deep a node goes, and refuse what would exhaust the interpreter's stack."""
    depth = 1 + max((child.depth for child in children), default=0)
    if depth > MAX_DEPTH:
        message = f"the expression nests deeper than the {MAX_DEPTH} levels this engine reads"
        raise ExpressionError(message)
    object.__setattr__(node, "depth", depth)
