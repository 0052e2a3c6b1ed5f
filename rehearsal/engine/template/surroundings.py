"""What stacks that are read together know of each other, and what is known from outside."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.trail import Trail
from rehearsal.engine.template.values import Unresolved, Value

if TYPE_CHECKING:
    from rehearsal.engine.template.stack import Stack


class Surroundings:
    """Hold every stack by name, their exports, and the values that no template says.

    `known` is keyed by an export's name, a Parameter Store path, `Stack.LogicalId` for what Ref
    gives or `Stack.LogicalId.Attribute` for what Fn::GetAtt gives.
    """

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self.trail = Trail()
        self.stacks: dict[str, Stack] = {}
        self._exports: dict[str, tuple[Stack, str]] | None = None

    def import_value(self, export: str) -> Value:
        """Return what a stack exports under a name."""
        if export in self.known:
            return self.known[export]
        if self._exports is None:
            with self.trail.step("the exports' names"):
                self._exports = self._collect_exports()
        if export not in self._exports:
            return Unresolved(f"no stack that was read exports {export!r}")
        stack, output = self._exports[export]
        return stack.read_output(output)

    def get_output(self, stack: str, output: str) -> Value:
        """Return an output of a stack by name."""
        if stack not in self.stacks:
            return Unresolved(f"stack {stack!r} was not read")
        return self.stacks[stack].read_output(output)

    def _collect_exports(self) -> "dict[str, tuple[Stack, str]]":
        exports: dict[str, tuple[Stack, str]] = {}
        for name, stack, output in self._list_exports():
            if name in exports:
                others = f"{exports[name][0].name} and {stack.name}"
                message = f"stacks {others} both export {name!r}, expected one of them"
                raise TemplateError(message)
            exports[name] = (stack, output)
        return exports

    def _list_exports(self) -> "Iterator[tuple[str, Stack, str]]":
        for stack in self.stacks.values():
            for output in stack.document.outputs:
                name = stack.name_export(output)
                if name is not None:
                    yield name, stack, output
