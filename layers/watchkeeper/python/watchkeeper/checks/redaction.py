"""Take secrets and addresses of people out of text before it is logged.

What a target says goes into the log as the reason why it is sick, and targets quote their own
configuration. Rather too much is taken out than too little.
"""

import re

MAX_REASON_LENGTH = 500
# Only so much of a text is looked at, and every repetition below has a limit: a target must not
# be able to keep the checker busy by what it says.
MAX_TEXT_LENGTH = 4000
ENDS_OF_WORDS = " \"',;"
REMOVED = "***"

# Applied in this order: the user part of an address goes before what is left could look like
# an e-mail address.
REPLACEMENTS = (
    # scheme://user:password@host, also when the password holds @ or /.
    (re.compile(r"([a-z][a-z0-9+.-]{0,30}://)\S*@", re.IGNORECASE), rf"\1{REMOVED}@"),
    # password=…, "apiKey": "…", client_secret: …
    (
        re.compile(
            r"""(["']?[\w-]{0,40}"""
            r"""(?:password|passwd|pwd|secret|token|api[_-]?key|authorization)"""
            r"""[\w-]{0,40}["']?\s?[=:]\s?)"""
            r"""(?:(?:bearer|basic)\s\S+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&})]+)""",
            re.IGNORECASE,
        ),
        rf"\1{REMOVED}",
    ),
    (re.compile(r"\b(bearer|basic)\s[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {REMOVED}"),
    # JSON web tokens and AWS access key ids are secrets wherever they stand.
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), REMOVED),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), REMOVED),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"), REMOVED),
)


def redact(text: str) -> str:
    """Return the text on one line, without secrets, no longer than a log reader wants."""
    line = _beginning(" ".join(text.split()))
    for pattern, replacement in REPLACEMENTS:
        line = pattern.sub(replacement, line)
    if len(line) <= MAX_REASON_LENGTH:
        return line
    return f"{line[: MAX_REASON_LENGTH - 1]}…"


def _beginning(line: str) -> str:
    if len(line) <= MAX_TEXT_LENGTH:
        return line
    # To the end of a word, because half a secret no longer looks like one.
    start = line[:MAX_TEXT_LENGTH]
    return f"{start[: max(map(start.rfind, ENDS_OF_WORDS)) + 1]}…"
