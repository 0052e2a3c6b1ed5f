"""Resource policies, as far as a publishing service asks: is it let in, and if not, why not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from rehearsal.lint.values import listed

LIKE = frozenset({"StringEquals", "StringLike", "ArnEquals", "ArnLike", "StringEqualsIgnoreCase"})
ORIGIN = frozenset({"aws:sourceaccount", "aws:sourceowner", "aws:sourcearn", "aws:sourceorgid"})


@dataclass(frozen=True, kw_only=True)
class Call:
    """Be a call a service makes; `context` is what it says of its origin, by condition key.

    A key of an origin that is not in `context` is one the service does not send.
    """

    service: str
    action: str
    context: Mapping[str, str] = field(default_factory=dict)


def explain_refusal(documents: Iterable[Mapping[str, Any]], call: Call) -> str | None:
    """Say why policies do not let a call in; None when they do."""
    statements = [each for document in documents for each in _statements(document)]
    concerned = [each for each in statements if _concerns(each, call)]
    if any(each.get("Effect") == "Deny" and not each.get("Condition") for each in concerned):
        return f"it denies {call.action} to {call.service}"
    allowing = [each for each in concerned if each.get("Effect") == "Allow"]
    if not allowing:
        return f"nothing in it allows {call.service} to do {call.action}"
    unmet = [next(_unmet(each.get("Condition"), call), "") for each in allowing]
    return None if "" in unmet else unmet[0]


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in listed(document.get("Statement")) if isinstance(each, Mapping)]


def _concerns(statement: Mapping[str, Any], call: Call) -> bool:
    principal = statement.get("Principal")
    names = ["*"] if principal == "*" else []
    if isinstance(principal, Mapping):
        names = [*listed(principal.get("Service")), *listed(principal.get("AWS"))]
    actions = [each for each in listed(statement.get("Action")) if isinstance(each, str)]
    is_meant = any(fnmatchcase(call.action.lower(), each.lower()) for each in actions)
    return is_meant and bool({"*", call.service} & {str(name) for name in names})


def _unmet(conditions: Any, call: Call) -> Iterator[str]:
    """Yield the conditions on the call's origin that it does not meet; others are not judged."""
    for operator, tests in conditions.items() if isinstance(conditions, Mapping) else ():
        name = operator.removeprefix("ForAnyValue:").removesuffix("IfExists")
        if name not in LIKE or not isinstance(tests, Mapping):
            continue
        for key, wanted in tests.items():
            if key.lower() not in ORIGIN:
                continue
            sent = call.context.get(key.lower())
            if sent is None:
                if not operator.endswith("IfExists"):
                    yield f"it asks for {key}, which {call.service} does not send here"
            elif not any(fnmatchcase(sent, str(each)) for each in listed(wanted)):
                shown = " or ".join(map(str, listed(wanted)))
                yield f"it asks for {key} {shown}, but {call.service} comes from {sent}"
