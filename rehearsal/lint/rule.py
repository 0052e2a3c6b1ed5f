"""What a design rule is: a sentence, where it comes from, and the check that holds it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rehearsal.lint.errors import LintError
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Judgement, Severity
from rehearsal.lint.landscape import Landscape

Check = Callable[[Landscape, Facts], Iterable[Judgement]]
SLUG = re.compile(r"[a-z]+(-[a-z]+)+")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Be one design rule; `needs` names the facts without which it cannot judge everything."""

    number: int
    slug: str
    severity: Severity
    says: str
    source: str
    check: Check
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a rule that could not be named or explained."""
        if not SLUG.fullmatch(self.slug):
            raise LintError(f"rule {self.slug!r}: expected a name such as alarm-has-action")
        if not self.says.endswith(".") or not self.source:
            raise LintError(f"rule {self.slug}: expected one sentence and its source")
