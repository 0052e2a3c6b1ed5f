"""Compare the rules that start pipelines with what the environment says of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper.backup.calls import CallRefusedError, Remaining, ask, out_of_time
from watchkeeper.definitions.errors import BackupError

ABSENT = "ResourceNotFoundException"
# A rule that also hears CloudTrail's management events is enabled, too.
ENABLED = "ENABLED"


@dataclass(frozen=True, kw_only=True)
class RuleDrift:
    """Say what is wrong with one rule."""

    name: str
    problems: tuple[str, ...]


def compare_rules(
    events: Any, schedules: Mapping[str, str], target: str, remaining: Remaining
) -> Iterator[RuleDrift]:
    """Yield each rule that is missing, disabled, otherwise scheduled or does not start its target.

    `schedules` maps rules to their expressions; `target` names the function that all of them start.
    """
    for name in sorted(schedules):
        if remaining() <= 0:
            raise out_of_time()
        try:
            problems = tuple(_problems(events, name, schedules[name], target))
        except CallRefusedError as error:
            if error.code != ABSENT:
                raise BackupError(f"rule {name}: {error}") from error
            problems = ("missing",)
        if problems:
            yield RuleDrift(name=name, problems=problems)


def _problems(events: Any, name: str, schedule: str, target: str) -> Iterator[str]:
    rule = ask(events.describe_rule, Name=name)
    if not rule.get("State", "").startswith(ENABLED):
        yield "disabled"
    found = rule.get("ScheduleExpression", "")
    if found.split() != schedule.split():
        yield f"scheduled {found or 'never'}, expected {schedule}"
    answer = ask(events.list_targets_by_rule, Rule=name)
    if target not in {_function(each["Arn"]) for each in answer.get("Targets", [])}:
        yield f"does not start {target}"


def _function(arn: str) -> str:
    """Name the function of an ARN, which may end in a version or alias; else give it back."""
    parts = arn.split(":")
    return parts[6] if parts[2:3] == ["lambda"] and len(parts) > 6 else arn
