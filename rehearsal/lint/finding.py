"""What a rule may say: what is wrong and how to mend it, or what it would have to know."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Say how bad it is to leave a finding as it is."""

    ERROR = "error"  # an alarm cannot fire, or nobody will hear of it
    WARNING = "warning"  # it will fire wrongly, late, or without help for who is woken


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """Point at a resource; `alarm` is the name of the alarm it is, or that suffers from it."""

    stack: str = ""
    logical_id: str = ""
    alarm: str = ""

    def __str__(self) -> str:
        """Show the way to it, the outermost first."""
        way = "/".join(part for part in (self.stack, self.logical_id) if part)
        shown = f"{way} ({self.alarm})" if way and self.alarm else way or self.alarm
        return shown or "the deployment"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Be what a rule found wrong in one place."""

    place: Place
    found: str
    expected: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Unchecked:
    """Be what a rule could not judge: `needs` completes the sentence "not checked: needs …"."""

    place: Place
    needs: str


Judgement = Problem | Unchecked


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Be a problem under the rule it breaks, ready to be shown."""

    rule: str
    number: int
    severity: Severity
    problem: Problem

    def to_json(self) -> Mapping[str, object]:
        """Give the finding flat, as one line of JSON has it."""
        problem = asdict(self.problem)
        place = problem.pop("place")
        return {
            "kind": "finding",
            "rule": self.rule,
            "number": self.number,
            "severity": self.severity.value,
            **place,
            **problem,
        }
