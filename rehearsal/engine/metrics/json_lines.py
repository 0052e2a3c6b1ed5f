"""Find the lines of a JSON text on which its values begin, which Python's reader does not tell."""

import json
import re
from collections.abc import Iterator
from typing import Final

JsonPath = tuple[str | int, ...]

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def find_lines(text: str) -> dict[JsonPath, int]:
    """Return the line of each value by its path, for a text that is known to be JSON.

    Lines count from 1; the path of the whole is ().
    """
    lines: dict[JsonPath, int] = {}
    path: list[str | int] = []
    for line, mark, is_name in _list_tokens(text):
        if mark in "}]":
            path.pop()
        elif mark == ",":
            last = path.pop()
            path.append(last + 1 if isinstance(last, int) else last)
        elif is_name:
            path[-1] = json.loads(mark)
        elif mark != ":":
            lines[tuple(path)] = line
            if mark == "{":
                path.append("")
            elif mark == "[":
                path.append(0)
    return lines


def _list_tokens(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield each token with its line, and whether it names a member of an object."""
    line, end = 1, 0
    tokens = list(_TOKEN.finditer(text))
    for index, token in enumerate(tokens):
        line += text.count("\n", end, token.start())
        end = token.start()
        follows = tokens[index + 1][0] if index + 1 < len(tokens) else ""
        yield line, token[0], follows == ":"
