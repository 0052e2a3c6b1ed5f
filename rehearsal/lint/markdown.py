"""The anchors of a Markdown page, as GitHub makes them of its headings."""

import re
from collections import Counter

HEADING = re.compile(r"^ {0,3}#{1,6}\s+(?P<text>.+?)\s*#*$")
FENCE = re.compile(r"^ {0,3}(```|~~~)")
EXPLICIT = re.compile(r"""<a\s+(?:id|name)=["']([^"']+)["']""")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def list_anchors(text: str) -> tuple[str, ...]:
    """List what can stand behind # in a link to the page; a repeated heading gets a number."""
    anchors: list[str] = []
    seen: Counter[str] = Counter()
    is_code = False
    for line in text.splitlines():
        if FENCE.match(line):
            is_code = not is_code
        heading = None if is_code else HEADING.match(line)
        if heading:
            anchor = _anchor(heading["text"])
            anchors.append(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
            seen[anchor] += 1
    return (*anchors, *EXPLICIT.findall(text))


def _anchor(heading: str) -> str:
    words = LINK.sub(r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
