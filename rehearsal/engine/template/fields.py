"""Typed reading of resolved properties; every complaint says where, what, and what instead.

CloudFormation takes numbers and truth values as texts too, and so does this. An unknown value is a
RefusedError, for the template may be right; a wrong one is a TemplateError.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from rehearsal.engine.errors import RefusedError, TemplateError
from rehearsal.engine.template.values import Unresolved, Value, describe, read_number, write_scalar

Choice = TypeVar("Choice", bound=StrEnum)
Read = TypeVar("Read")


class Fields:
    """Read the properties of one object; `where` names stack, resource and type."""

    def __init__(self, values: Mapping[str, Value], where: str, path: str = "") -> None:
        self._values = values
        self._where = where
        self._path = path

    def __contains__(self, name: str) -> bool:
        """Tell whether a property is given."""
        return name in self._values

    def error(self, message: str) -> TemplateError:
        """Make an error that says where it is."""
        return TemplateError(": ".join(filter(None, (self._where, self._path, message))))

    def refuse_unknown(self, known: Iterable[str], what: str) -> None:
        """Refuse properties that this engine has never heard of, rather than pass them over."""
        strange = sorted(set(self._values) - set(known))
        if strange:
            message = f"{self._at(strange[0])} is nothing that the engine knows of {what}"
            raise RefusedError(message)

    def text(self, name: str, default: str | None = None) -> str:
        """Read a text that is not empty."""
        return self._read(name, "a text", _to_text, default)

    def optional_text(self, name: str) -> str | None:
        """Read a text; None when it is not given."""
        return self.text(name) if name in self._values else None

    def any_text(self, name: str) -> str:
        """Read a text that may be empty."""
        return self._read(name, "a text", write_scalar)

    def shown_text(self, name: str) -> str:
        """Read a text that is only shown, "" when not given; one that is not known says why."""
        value = self._values.get(name, "")
        return self._show(value, self._at(name))

    def whole(self, name: str, default: int | None = None) -> int:
        """Read a whole number."""
        return self._read(name, "a whole number", _to_whole, default)

    def number(self, name: str) -> float:
        """Read a finite number."""
        return self._read(name, "a number", read_number)

    def flag(self, name: str, *, default: bool) -> bool:
        """Read true or false."""
        return self._read(name, "true or false", _to_flag, default)

    def choice(self, name: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        """Read one of the words of an enumeration."""
        by_word = {str(choice): choice for choice in choices}
        expected = f"one of {', '.join(by_word)}"
        return self._read(
            name, expected, lambda value: by_word.get(write_scalar(value) or ""), default
        )

    def texts(self, name: str, most: int | None = None) -> tuple[str, ...]:
        """Read a list of texts, empty when it is not given."""
        return tuple(
            self._convert(item, path, "a text", _to_text) for path, item in self._list(name, most)
        )

    def shown_texts(self, name: str, most: int | None = None) -> tuple[str, ...]:
        """Read a list of texts; one that is not known offline says why in its place."""
        return tuple(self._show(item, path) for path, item in self._list(name, most))

    def part(self, name: str) -> "Fields":
        """Read an object, empty when it is not given."""
        nothing: dict[str, Value] = {}
        values = self._read(name, "an object", _to_object, nothing)
        return Fields(values, self._where, self._at(name))

    def parts(self, name: str, most: int | None = None) -> "tuple[Fields, ...]":
        """Read a list of objects, empty when it is not given."""
        return tuple(
            Fields(self._convert(item, path, "an object", _to_object), self._where, path)
            for path, item in self._list(name, most)
        )

    def replace(self, name: str, value: Value) -> "Fields":
        """Return the same with another value for one property."""
        return Fields({**self._values, name: value}, self._where, self._path)

    def value(self, name: str) -> Value:
        """Return a property as it was resolved; None when it is not given."""
        return self._values.get(name)

    def items(self) -> Mapping[str, Value]:
        """Return all properties as they were resolved."""
        return self._values

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _list(self, name: str, most: int | None) -> list[tuple[str, Value]]:
        nothing: list[Value] = []
        items = self._read(name, "a list", _to_list, nothing)
        if most is not None and len(items) > most:
            message = f"{self._at(name)} has {len(items)} items, expected at most {most}"
            raise TemplateError(f"{self._where}: {message}")
        return [(f"{self._at(name)}[{place}]", item) for place, item in enumerate(items)]

    def _read(
        self,
        name: str,
        expected: str,
        convert: Callable[[Value], Read | None],
        default: Read | None = None,
    ) -> Read:
        if name in self._values:
            return self._convert(self._values[name], self._at(name), expected, convert)
        if default is None:
            message = f"{self._at(name)} is missing, expected {expected}"
            raise TemplateError(f"{self._where}: {message}")
        return default

    def _show(self, value: Value, path: str) -> str:
        if isinstance(value, Unresolved):
            return f"<{value.reason}>"
        return self._convert(value, path, "a text", write_scalar)

    def _convert(
        self, value: Value, path: str, expected: str, convert: Callable[[Value], Read | None]
    ) -> Read:
        if isinstance(value, Unresolved):
            message = f"{path} is not known: {value.reason}"
            raise RefusedError(message)
        converted = convert(value)
        if converted is None:
            message = f"{self._where}: {path} is {describe(value)}, expected {expected}"
            raise TemplateError(message)
        return converted


def _to_text(value: Value) -> str | None:
    return write_scalar(value) or None


def _to_whole(value: Value) -> int | None:
    number = read_number(value)
    return int(number) if number is not None and number == int(number) else None


def _to_flag(value: Value) -> bool | None:
    return {"true": True, "false": False}.get((write_scalar(value) or "").lower())


def _to_object(value: Value) -> dict[str, Value] | None:
    return value if isinstance(value, dict) else None


def _to_list(value: Value) -> list[Value] | None:
    return value if isinstance(value, list) else None
