"""One stack of several, resolving what its template refers to, in itself and in the others."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.condition import evaluate
from rehearsal.engine.template.document import Document, WrittenResource
from rehearsal.engine.template.intrinsics import call_function, find_function
from rehearsal.engine.template.kinds import KINDS
from rehearsal.engine.template.parameter import read_parameter
from rehearsal.engine.template.physical import Identity, Place, identify
from rehearsal.engine.template.surroundings import Surroundings
from rehearsal.engine.template.values import (
    Absence,
    Outcome,
    Unresolved,
    Value,
    describe,
)

NESTED = "AWS::CloudFormation::Stack"

GivenParameter = Callable[[str], Value]
"""What a stack's parameter is given by who deploys it or by its parent stack; None for nothing."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Say where a stack is deployed, with what, and beside which others."""

    place: Place
    surroundings: Surroundings
    given: GivenParameter


class Stack:
    """Resolve the values of one template; what was worked out once is kept."""

    def __init__(self, document: Document, situation: Situation) -> None:
        self.document = document
        self.name = document.stack
        self.place = situation.place
        self._surroundings = situation.surroundings
        self._given = situation.given
        self._identities: dict[str, Identity | Unresolved] = {}
        self._decisions: dict[str, bool | Unresolved] = {}
        self._children: dict[str, Stack] = {}

    def adopt(self, logical_id: str, child: "Stack") -> None:
        """Take a nested stack, whose outputs are attributes of the resource that creates it."""
        self._children[logical_id] = child

    def has_child(self, logical_id: str) -> bool:
        """Tell whether the template of a nested stack was read."""
        return logical_id in self._children

    def deepen(self, subject: str = "") -> AbstractContextManager[None]:
        """Go one level deeper into this stack's values."""
        return self._surroundings.trail.step(f"{self.name}.{subject}" if subject else "")

    def resolve(self, value: object) -> Outcome:
        """Resolve a value; unknown parts stay in it as Unresolved."""
        match value:
            case Mapping():
                with self.deepen():
                    return self._resolve_object(value)
            case list() | tuple():
                with self.deepen():
                    outcomes = [self.resolve(item) for item in value]
                    return [item for item in outcomes if not isinstance(item, Absence)]
            case str() | int() | float() | None:
                return value
            case _:
                message = f"expected JSON and found {describe(value)}"
                raise TemplateError(message)

    def _resolve_object(self, value: Mapping[Any, object]) -> Outcome:
        for name in value:
            if not isinstance(name, str):
                message = f"expected names as keys and found {describe(name)}"
                raise TemplateError(message)
        function = find_function(value)
        if function:
            return call_function(*function, self)
        outcomes = {name: self.resolve(item) for name, item in value.items()}
        return {name: item for name, item in outcomes.items() if not isinstance(item, Absence)}

    def refer(self, name: str) -> Outcome:
        """Return what Ref of a parameter, resource or pseudo-parameter gives."""
        if name.startswith("AWS::"):
            return self._refer_pseudo(name)
        if name in self.document.parameters:
            with self.deepen(name):
                declared = self.document.parameters[name]
                known = self._surroundings.known
                return read_parameter(name, declared, self._given(name), known)
        if f"{self.name}.{name}" in self._surroundings.known:
            return self._surroundings.known[f"{self.name}.{name}"]
        written = self._find(name, "Ref")
        if isinstance(written, Unresolved):
            return written
        identity = self.identify(name)
        return identity if isinstance(identity, Unresolved) else identity.ref

    def _refer_pseudo(self, name: str) -> Outcome:
        known: Mapping[str, Outcome] = {
            "AWS::AccountId": self.place.account,
            "AWS::NoValue": Absence.NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": self.place.partition,
            "AWS::Region": self.place.region,
            "AWS::StackId": self._make_stack_id(),
            "AWS::StackName": self.name,
            "AWS::URLSuffix": self.place.suffix,
        }
        if name not in known:
            message = f"Ref names {name!r}, expected one of {', '.join(known)}"
            raise TemplateError(message)
        return known[name]

    def _make_stack_id(self) -> str:
        place = self.place
        start = f"arn:{place.partition}:cloudformation:{place.region}:{place.account}"
        return f"{start}:stack/{self.name}/00000000-0000-0000-0000-000000000000"

    def get_attribute(self, logical_id: str, attribute: str) -> Value:
        """Return an attribute of a resource, or a property of the same name."""
        known = self._surroundings.known
        if f"{self.name}.{logical_id}.{attribute}" in known:
            return known[f"{self.name}.{logical_id}.{attribute}"]
        written = self._find(logical_id, "Fn::GetAtt")
        if isinstance(written, Unresolved):
            return written
        if logical_id in self._children and attribute.startswith("Outputs."):
            return self._children[logical_id].read_output(attribute.removeprefix("Outputs."))
        return self._find_attribute(written, attribute)

    def _find_attribute(self, written: WrittenResource, attribute: str) -> Value:
        logical_id = written.logical_id
        identity = self.identify(logical_id)
        if isinstance(identity, Identity) and attribute in identity.attributes:
            return identity.attributes[attribute]
        if attribute in written.properties:
            with self.deepen(f"{logical_id}.{attribute}"):
                value = self.resolve(written.properties[attribute])
            if not isinstance(value, Absence):
                return value
        if isinstance(identity, Unresolved) and written.type in KINDS:
            return identity
        return Unresolved(f"only a deployment gives {attribute} of {logical_id} ({written.type})")

    def identify(self, logical_id: str) -> Identity | Unresolved:
        """Return what a resource of this stack is called."""
        if logical_id not in self._identities:
            written = self.document.resources[logical_id]
            kind = KINDS.get(written.type)
            if kind is None:
                return Unresolved(f"only a deployment gives Ref of {logical_id} ({written.type})")
            with self.deepen(f"{logical_id}'s name"):
                found = identify(self.name, self.place, written, kind, self.resolve)
            self._identities[logical_id] = found
        return self._identities[logical_id]

    def _find(self, logical_id: str, asker: str) -> WrittenResource | Unresolved:
        written = self.document.resources.get(logical_id)
        if written is None:
            if self.document.unread:
                return Unresolved(f"{logical_id} is made by {self.document.unread[0]}")
            message = f"{asker} names {logical_id!r}, which stack {self.name} does not have"
            raise TemplateError(message)
        created = self.is_created(written.condition)
        if created is False:
            return Unresolved(f"{logical_id} is not created: {written.condition} does not hold")
        return written if created is True else created

    def is_created(self, condition: str | None) -> bool | Unresolved:
        """Tell whether what stands under a condition exists."""
        return True if condition is None else self.decide(condition)

    def decide(self, condition: str) -> bool | Unresolved:
        """Tell whether a condition holds."""
        if condition not in self.document.conditions:
            message = f"stack {self.name} has no condition {condition!r}, expected one of " + (
                ", ".join(self.document.conditions) or "none"
            )
            raise TemplateError(message)
        if condition not in self._decisions:
            with self.deepen(condition):
                expression = self.document.conditions[condition]
                self._decisions[condition] = evaluate(expression, self)
        return self._decisions[condition]

    def look_up(self, mapping: str, key: str, second_key: str) -> Value:
        """Return a value of Mappings."""
        if mapping not in self.document.mappings:
            message = f"Fn::FindInMap names {mapping!r}, which stack {self.name} does not have"
            raise TemplateError(message)
        row = self.document.mappings[mapping].get(key)
        if not isinstance(row, Mapping) or second_key not in row:
            return Unresolved(f"mapping {mapping} has nothing for {key}, {second_key}")
        value = row[second_key]
        if isinstance(value, str | int | float):
            return value
        if isinstance(value, list):
            return [*value]
        message = f"mapping {mapping} has {describe(value)} for {key}, expected a text or a list"
        raise TemplateError(message)

    def import_value(self, export: str) -> Value:
        """Return what some stack exports."""
        return self._surroundings.import_value(export)

    def get_output(self, stack: str, output: str) -> Value:
        """Return an output of another stack."""
        return self._surroundings.get_output(stack, output)

    def read_output(self, output: str) -> Value:
        """Return the value of one of this stack's own outputs."""
        entry = self.document.outputs.get(output)
        if entry is None or "Value" not in entry:
            return Unresolved(f"stack {self.name} has no output {output!r}")
        with self.deepen(f"output {output}"):
            value = self.resolve(entry["Value"])
        return (
            Unresolved(f"output {output} is AWS::NoValue") if isinstance(value, Absence) else value
        )

    def name_export(self, output: str) -> str | None:
        """Return the name an output is exported under; None when it is not, or not knowably."""
        entry = self.document.outputs[output]
        export, condition = entry.get("Export"), entry.get("Condition")
        if not isinstance(export, Mapping) or "Name" not in export:
            return None
        if isinstance(condition, str) and self.is_created(condition) is not True:
            return None
        name = self.resolve(export["Name"])
        return name if isinstance(name, str) else None
