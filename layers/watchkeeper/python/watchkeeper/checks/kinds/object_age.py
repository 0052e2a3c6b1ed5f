"""Check that something was done lately: a JSON object in S3 holds the time it was completed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from watchkeeper.checks.kind import CheckContext, CheckResult, KindDefinition, passed, sick
from watchkeeper.definitions.errors import CheckBrokenError

# `field` names the time in the object: ISO 8601, UTC when it says nothing.
KIND = KindDefinition(
    required=("bucket", "key", "max_age_days"), optional=("field",), services=("s3",)
)
DEFAULT_FIELD = "completed_at"
# The object is a pointer of a few lines; what is longer is something else.
MAX_OBJECT_BYTES = 64 * 1024
# Clocks differ, and `now` is when the run was due; a time further ahead than this is nonsense.
MAX_AHEAD = timedelta(days=1)


def check(target: Mapping[str, str], context: CheckContext) -> CheckResult:
    """Read the time from the object and hold its age against the limit."""
    max_age = _max_age(target)
    answer = context.clients["s3"].get_object(Bucket=target["bucket"], Key=target["key"])
    text = answer["Body"].read(MAX_OBJECT_BYTES)
    try:
        completed_at = _completed_at(text, target.get("field", DEFAULT_FIELD))
    except (ValueError, KeyError, TypeError) as error:
        return sick(f"{target['key']} cannot be read: {type(error).__name__} {error}")
    age = context.now - completed_at
    if age > max_age:
        days = age / timedelta(days=1)
        return sick(f"completed {days:.1f} days ago, expected at most {max_age.days} days")
    if age < -MAX_AHEAD:
        return sick(f"completed at {completed_at.isoformat()}, which is yet to come")
    return passed(completed_at=completed_at.isoformat())


def _max_age(target: Mapping[str, str]) -> timedelta:
    try:
        return timedelta(days=int(target["max_age_days"]))
    except ValueError as error:
        raise CheckBrokenError(
            f"max_age_days is {target['max_age_days']!r}, expected a whole number"
        ) from error


def _completed_at(text: bytes, field: str) -> datetime:
    moment = datetime.fromisoformat(json.loads(text)[field])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
