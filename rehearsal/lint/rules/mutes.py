"""Rule 23: what is muted is heard again."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rehearsal.engine.composite.mute import MuteRule
from rehearsal.engine.errors import AlarmError
from rehearsal.engine.template.deployment import Resource
from rehearsal.lint.facts import Facts
from rehearsal.lint.finding import Judgement, Problem, Severity, Unchecked
from rehearsal.lint.landscape import Landscape, place_of
from rehearsal.lint.rule import Rule

MUTE_RULE = "AWS::CloudWatch::AlarmMuteRule"
# Any whole year will do to see whether windows leave time between them: this one is 2026.
YEAR_STARTS: Final = 1_767_225_600
YEAR_ENDS: Final = 1_798_761_600


def mute_rule_ends(landscape: Landscape, _facts: Facts) -> Iterator[Judgement]:
    """Find mute rules whose windows leave no time to hear anything."""
    for resource in landscape.of_type(MUTE_RULE):
        expression = _schedule(resource).get("Expression")
        if resource.properties.get("ExpireDate") or str(expression).startswith("at("):
            continue
        try:
            rule = _read(resource)
        except AlarmError as error:
            yield Unchecked(
                place=place_of(resource), needs=f"a mute rule that can be read: {error}"
            )
            continue
        if not _has_gap(rule):
            yield Problem(
                place=place_of(resource),
                found=f"mutes for {rule.duration} whenever {rule.expression} comes round, without "
                "an end",
                expected="windows with time between them, or an ExpireDate",
                fix="give it an ExpireDate, or shorten the duration",
            )


def _schedule(resource: Resource) -> Mapping[str, Any]:
    rule = resource.properties.get("Rule")
    schedule = rule.get("Schedule") if isinstance(rule, Mapping) else None
    return schedule if isinstance(schedule, Mapping) else {}


def _read(resource: Resource) -> MuteRule:
    schedule = _schedule(resource)
    timezone = schedule.get("Timezone")
    return MuteRule(
        name=resource.logical_id,
        arn="",
        alarms=(),
        expression=str(schedule.get("Expression")),
        duration=str(schedule.get("Duration")),
        timezone=timezone if isinstance(timezone, str) else "UTC",
    )


def _has_gap(rule: MuteRule) -> bool:
    """Tell whether there is a moment in a year in which the rule mutes nothing."""
    muted_until = YEAR_STARTS
    for window in rule.list_windows(YEAR_STARTS, YEAR_ENDS):
        if window.start > muted_until:
            return True
        muted_until = max(muted_until, window.end)
    return muted_until < YEAR_ENDS


MUTE_RULE_ENDS = Rule(
    number=23,
    slug="mute-rule-ends",
    severity=Severity.ERROR,
    says="A mute rule expires, or its windows leave time between them.",
    source="CloudWatch User Guide, Alarm mute rules",
    check=mute_rule_ends,
)
