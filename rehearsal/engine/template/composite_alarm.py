"""AWS::CloudWatch::CompositeAlarm: a rule over other alarms, with its suppressor."""

from typing import Final

from rehearsal.engine.alarm import CompositeAlarm
from rehearsal.engine.template.entry import Entry
from rehearsal.engine.template.fields import Fields
from rehearsal.engine.template.metric_alarm import read_actions

MOST_RULE_CHARACTERS: Final = 10_240
_PERIODS: Final = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
_KNOWN: Final = (
    *_PERIODS,
    "ActionConfiguration",
    "ActionsEnabled",
    "ActionsSuppressor",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "AlarmRule",
    "InsufficientDataActions",
    "OKActions",
    "Tags",
)


def read_composite_alarm(entry: Entry) -> CompositeAlarm:
    """Read a composite alarm; its rule stays text, which the composite room parses."""
    fields = entry.fields
    fields.refuse_unknown(_KNOWN, "a composite alarm")
    rule = fields.text("AlarmRule")
    if len(rule) > MOST_RULE_CHARACTERS:
        message = f"AlarmRule has {len(rule)} characters, expected at most {MOST_RULE_CHARACTERS}"
        raise fields.error(message)
    wait, extension = _read_periods(fields)
    return CompositeAlarm(
        name=entry.name,
        arn=entry.arn,
        account=entry.resource.account,
        region=entry.resource.region,
        rule=rule,
        description=fields.shown_text("AlarmDescription"),
        actions=read_actions(fields),
        suppressor=fields.optional_text("ActionsSuppressor"),
        suppressor_wait_seconds=wait,
        suppressor_extension_seconds=extension,
        tags=entry.resource.tags,
        source=entry.source,
    )


def _read_periods(fields: Fields) -> tuple[int, int]:
    """Read wait and extension: both belong to a suppressor, and a suppressor to both."""
    has_suppressor = "ActionsSuppressor" in fields
    for name in _PERIODS:
        if (name in fields) != has_suppressor:
            missing, present = (
                (name, "ActionsSuppressor") if has_suppressor else ("ActionsSuppressor", name)
            )
            message = f"{missing} is missing, expected it beside {present}"
            raise fields.error(message)
    wait, extension = (fields.whole(name, 0) for name in _PERIODS)
    if min(wait, extension) < 0:
        message = f"a suppressor waits {wait} s and extends {extension} s, expected at least 0"
        raise fields.error(message)
    return wait, extension
