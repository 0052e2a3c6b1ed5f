"""Read Markdown as far as tests ask: its headings with their anchors, code blocks and links."""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)$")
HEADING = re.compile(r"^(#{1,6}) (.+)$")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Section:
    """A heading with the text below it, up to the next heading of its level or above."""

    level: int
    title: str
    anchor: str
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class CodeBlock:
    """A fenced block, with the line in the file on which its code begins."""

    language: str
    line: int
    text: str


def find_sections(document: str) -> list[Section]:
    """List every section; equal titles get numbered anchors, as GitHub gives them."""
    lines = document.splitlines()
    headings = [
        (number, len(match[1]), match[2].strip())
        for number, line in _outside_code(lines)
        if (match := HEADING.match(line))
    ]
    seen: Counter[str] = Counter()
    sections = []
    for number, level, title in headings:
        end = next((n for n, other, _ in headings if n > number and other <= level), len(lines))
        anchor = to_anchor(title)
        repeated = f"-{seen[anchor]}" if seen[anchor] else ""
        seen[anchor] += 1
        text = "\n".join(lines[number + 1 : end])
        section = Section(level=level, title=title, anchor=f"{anchor}{repeated}", text=text)
        sections.append(section)
    return sections


def to_anchor(title: str) -> str:
    """Make the anchor GitHub gives a heading: lower case, hyphens for spaces, no punctuation."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def find_code_blocks(document: str, *languages: str) -> list[CodeBlock]:
    """List the fenced blocks in one of the languages, taken out of their indentation."""
    blocks: list[CodeBlock] = []
    opening: re.Match[str] | None = None
    body: list[str] = []
    for number, line in enumerate(document.splitlines(), start=1):
        fence = FENCE.match(line)
        if opening is None and fence:
            opening, body = fence, []
        elif opening and fence and not fence["language"]:
            if opening["language"] in languages:
                first = number - len(body)
                text = "\n".join(body)
                blocks.append(CodeBlock(language=opening["language"], line=first, text=text))
            opening = None
        elif opening:
            body.append(line.removeprefix(opening["indent"]))
    return blocks


def find_links(document: str) -> list[str]:
    """List the targets of all links outside code blocks."""
    return LINK.findall("\n".join(line for _, line in _outside_code(document.splitlines())))


def _outside_code(lines: list[str]) -> Iterator[tuple[int, str]]:
    is_inside = False
    for number, line in enumerate(lines):
        if FENCE.match(line):
            is_inside = not is_inside
        elif not is_inside:
            yield number, line
