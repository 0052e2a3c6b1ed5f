"""The watched account as it is when nothing is wrong, made from what the health checks look at.

So a new check, or another workload's, is healthy in every rehearsal without being mentioned.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rehearsal.local.database import Login

Check = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class HealthyAccount:
    """Hold what is read from an account: parameters, objects, answers, secrets."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    objects: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    secret_names: frozenset[str] = frozenset()


def healthy_account(
    checks: Iterable[Check], backed_up: int, switches: Iterable[str] = ()
) -> HealthyAccount:
    """Make an account in which every check passes, with a backup completed at that moment.

    Every kill switch of `switches` lets its pipeline run.
    """
    parameters = dict.fromkeys(switches, "true")
    answers, objects = {}, {}
    secret_names = set()
    completed = datetime.fromtimestamp(backed_up, UTC)
    for check in checks:
        target = check["target"]
        match check["kind"]:
            case "ssm_parameter":
                parameters[target["name"]] = _fitting(target)
            case "lambda_invoke":
                answers[target["function"], target["payload"]] = target.get("expected", "{}")
            case "object_age":
                pointer = {target.get("field", "completed_at"): completed.isoformat()}
                objects[target["bucket"], target["key"]] = json.dumps(pointer).encode()
            case "postgres":
                secret_names.add(target["secret"])
    return HealthyAccount(
        parameters=parameters,
        answers=answers,
        objects=objects,
        secret_names=frozenset(secret_names),
    )


def _fitting(target: Mapping[str, str]) -> str:
    """Give a value a check is content with; of a pattern's alternatives the first."""
    return target.get("expected") or target.get("pattern", "-").split("|")[0]


def to_secret(login: Login) -> str:
    """Write a login as a secret says it."""
    return json.dumps(login.to_secret())


def resolve(text: str) -> str:
    """Fill in what only a deployment knows: what a parameter named in a template holds."""
    begin, mark, rest = text.partition("{{resolve:ssm:")
    if not mark:
        return text
    name, _, end = rest.partition("}}")
    return f"{begin}value-of-{name.strip('/').replace('/', '-')}{end}"
