"""Check a Systems Manager parameter: it can be read, and holds what is expected if that is said."""

import re
from collections.abc import Mapping

from watchkeeper.checks.kind import CheckContext, CheckResult, KindDefinition, passed, sick
from watchkeeper.definitions.errors import CheckBrokenError

# `expected` is the exact value, `pattern` a regular expression for the whole value.
KIND = KindDefinition(required=("name",), optional=("expected", "pattern"), services=("ssm",))


def check(target: Mapping[str, str], context: CheckContext) -> CheckResult:
    """Read the parameter, never decrypting it, and hold its value against what is expected."""
    parameter = context.clients["ssm"].get_parameter(Name=target["name"])["Parameter"]
    value, version = parameter["Value"], str(parameter.get("Version", ""))
    if parameter["Type"] == "SecureString":
        _refuse_to_look_at_a_secret(target)
        return passed(parameter_version=version)
    wanted = _unmet(target, value)
    if wanted:
        return sick(f"value is {value!r}, expected {wanted}", parameter_version=version)
    return passed(parameter_version=version)


def _refuse_to_look_at_a_secret(target: Mapping[str, str]) -> None:
    if "expected" in target or "pattern" in target:
        raise CheckBrokenError(
            f"{target['name']} is a SecureString: found an expected value or pattern, expected "
            "neither, since secrets are not decrypted here"
        )


def _unmet(target: Mapping[str, str], value: str) -> str:
    if "expected" in target and value != target["expected"]:
        return repr(target["expected"])
    if "pattern" in target and not re.fullmatch(target["pattern"], value):
        return f"the pattern {target['pattern']}"
    return ""
