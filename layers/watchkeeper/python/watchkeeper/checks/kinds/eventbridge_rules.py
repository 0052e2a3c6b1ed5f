"""Check EventBridge rules: all those named exist and are enabled."""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from watchkeeper.checks.kind import CheckContext, CheckResult, KindDefinition, passed, sick
from watchkeeper.definitions.errors import CheckBrokenError

# `rules` is a list of names with commas between them, `bus` the event bus when not the default.
KIND = KindDefinition(required=("rules",), optional=("bus",), services=("events",))
# A rule that also takes every management event of CloudTrail has a longer state of this prefix.
ENABLED = "ENABLED"


def check(target: Mapping[str, str], context: CheckContext) -> CheckResult:
    """Ask for the state of each rule and name every one that would not start its pipeline."""
    names = [name.strip() for name in target["rules"].split(",")]
    if not all(names):
        raise CheckBrokenError(f"rules is {target['rules']!r}, expected names between commas")
    states = {name: _state(context, name, target.get("bus", "default")) for name in names}
    wrong = [
        f"{name} is {state.lower()}"
        for name, state in states.items()
        if not state.startswith(ENABLED)
    ]
    if wrong:
        return sick(f"{len(wrong)} of {len(names)} rules: {', '.join(wrong)}")
    return passed(rules=str(len(names)))


def _state(context: CheckContext, rule: str, bus: str) -> str:
    try:
        answer = context.clients["events"].describe_rule(Name=rule, EventBusName=bus)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return "MISSING"
        raise
    state: str = answer["State"]
    return state
