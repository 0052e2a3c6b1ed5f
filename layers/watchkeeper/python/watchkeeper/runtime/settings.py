"""What each function is told when it is deployed, as one JSON document in its environment.

The stacks write it and the functions read it through the same frozen types, so neither can know a
key the other does not. Secrets are named here, never held.
"""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.definitions.errors import SettingsError

VARIABLE = "WATCHKEEPER_SETTINGS"
S = TypeVar("S", bound="Settings")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Hold what every function needs: the name of its environment."""

    environment: str

    def to_json(self) -> str:
        """Serialise for the function's environment; keys sorted, so equal settings are equal."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class HealthCheckSettings(Settings):
    """Tell health_check what to check."""

    checks: tuple[CheckDefinition, ...]


@dataclass(frozen=True, kw_only=True)
class PipelineMetricsSettings(Settings):
    """Tell pipeline_metrics which database, ledger and labels to use.

    Types and reasons that are not listed are counted under `other`: the list is what bounds the
    number of custom metrics. `ledgers` names what it may touch of the ledger table.
    """

    database_secret: str
    ledger_table: str
    pipeline_types: tuple[str, ...]
    scheduled_types: tuple[str, ...]
    veto_reasons: tuple[str, ...]
    ledgers: tuple[str, ...] = ("pipeline_executions",)


@dataclass(frozen=True, kw_only=True)
class UnsubscribeSpikeSettings(Settings):
    """Tell unsubscribe_spike which database, ledger and e-mail types to use.

    `ledgers` names what it may touch of the ledger table.
    """

    database_secret: str
    ledger_table: str
    email_types: tuple[str, ...]
    ledgers: tuple[str, ...] = ("emails_sent", "unsubscribes")


@dataclass(frozen=True, kw_only=True)
class SsmBackupSettings(Settings):
    """Tell ssm_backup what to export, where to and under which key."""

    parameter_path: str
    bucket: str
    key_arn: str


def read_settings(settings_type: type[S], environ: Mapping[str, str] | None = None) -> S:
    """Read the settings of a function; refuse missing, unknown or malformed ones."""
    text = (os.environ if environ is None else environ).get(VARIABLE, "")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SettingsError(
            f"{VARIABLE} is {text[:80]!r}, expected the JSON document the stack writes"
        ) from error
    expected = {field.name for field in dataclasses.fields(settings_type)}
    if not isinstance(document, dict) or set(document) != expected:
        found = sorted(document) if isinstance(document, dict) else type(document).__name__
        raise SettingsError(f"{VARIABLE} holds {found}, expected {sorted(expected)}")
    return settings_type(**{name: _frozen(name, value) for name, value in document.items()})


def _frozen(name: str, value: Any) -> Any:
    if name == "checks":
        return tuple(_check(item) for item in value)
    return tuple(value) if isinstance(value, list) else value


def _check(item: dict[str, Any]) -> CheckDefinition:
    return CheckDefinition(**{**item, "phases": tuple(item["phases"])})
