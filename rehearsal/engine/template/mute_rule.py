"""AWS::CloudWatch::AlarmMuteRule: when the actions of which alarms are muted."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rehearsal.engine.composite.mute import MuteRule
from rehearsal.engine.composite.schedule import find_zone
from rehearsal.engine.template.entry import Entry
from rehearsal.engine.template.fields import Fields

MUTE_RULE = "AWS::CloudWatch::AlarmMuteRule"


def read_mute_rule(entry: Entry) -> MuteRule:
    """Read a mute rule."""
    fields = entry.fields
    schedule = fields.part("Rule").part("Schedule")
    timezone = schedule.text("Timezone", "UTC")
    return MuteRule(
        name=entry.name,
        arn=entry.arn,
        alarms=fields.part("MuteTargets").texts("AlarmNames"),
        expression=schedule.text("Expression"),
        duration=schedule.text("Duration"),
        timezone=timezone,
        starts=_read_moment(fields, "StartDate", timezone),
        expires=_read_moment(fields, "ExpireDate", timezone),
    )


def _read_moment(fields: Fields, name: str, timezone: str) -> int | None:
    """Read a moment in seconds since 1970; without an offset it is in the rule's time zone."""
    text = fields.optional_text(name)
    if text is None:
        return None
    zone: ZoneInfo = find_zone(timezone)
    try:
        moment = datetime.fromisoformat(text)
        local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return int(local.timestamp())
    except ValueError as error:
        message = f"{name} is {text!r}, expected a date and time such as 2026-11-21T08:00:00"
        raise fields.error(message) from error
