"""On which line of a TOML file each key stands; the standard library's reader does not tell."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]
HEADER = re.compile(r"\s*\[\[?(?P<name>[^\[\]]+)\]\]?\s*(?:#.*)?")


class Positions:
    """Give the line of a key by its path in the document, or of what it is inside of."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        self._read(text.splitlines())

    def line(self, path: Path) -> int:
        """Return the line of a path; one that is not there has that of its table."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _read(self, lines: list[str]) -> None:
        table: Path = ()
        seen = Counter[Path]()
        number = 0
        while number < len(lines):
            first = number
            number += 1
            text = lines[first].strip()
            if not text or text.startswith("#"):
                continue
            if HEADER.fullmatch(text):
                table = self._header(text, seen)
                for path in (table, table[:-1] if isinstance(table[-1], int) else table):
                    self._lines.setdefault(path, first + 1)
                continue
            while (found := _parse("\n".join(lines[first:number]))) is None and number < len(lines):
                number += 1
            for path in _paths(found or {}):
                self._lines.setdefault((*table, *path), first + 1)

    def _header(self, text: str, seen: "Counter[Path]") -> Path:
        names = tuple(part.strip().strip("\"'") for part in text.strip("[] ").split("."))
        path: Path = ()
        for name in names[:-1]:
            path = (*path, name)
            if path in seen:
                path = (*path, seen[path] - 1)
        path = (*path, names[-1])
        if text.startswith("[["):
            seen[path] += 1
            return (*path, seen[path] - 1)
        return path


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _paths(document: Mapping[str, Any]) -> Iterator[Path]:
    for name, value in document.items():
        yield (name,)
        if isinstance(value, Mapping):
            yield from ((name, *path) for path in _paths(value))
