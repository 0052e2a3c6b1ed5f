"""What each function is told when it is deployed, as one JSON document in its environment.

The stacks write it and the functions read it through the same frozen types, so neither can know a
key the other does not. Secrets are named here, never held.
"""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
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
class LedgerSettings(Settings):
    """Hold what a job needs that counts in the database and keeps ledgers.

    `ledgers` names what it may touch of the ledger table.
    """

    database_secret: str
    ledger_table: str
    ledgers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PipelineMetricsSettings(LedgerSettings):
    """Tell pipeline_metrics which labels to use.

    Types and reasons that are not listed are counted under `other`: the list is what bounds the
    number of custom metrics. `schedules` holds the expression of the rule that starts a type.
    """

    pipeline_types: tuple[str, ...]
    schedules: Mapping[str, str]
    veto_reasons: tuple[str, ...]
    ledgers: tuple[str, ...] = ("pipeline_executions", "job_deadlines")


@dataclass(frozen=True, kw_only=True)
class UnsubscribeSpikeSettings(LedgerSettings):
    """Tell unsubscribe_spike which e-mail types to use, and whom to tell what it finds.

    Messages go to `anomaly_topic` and `switch_topic`. `flippable_switches` gives the parameter of
    each e-mail type whose pipeline may be switched off, above the limit and with so many sent in
    the hour; none where nothing may.
    """

    email_types: tuple[str, ...]
    docs_url: str = ""
    anomaly_topic: str = ""
    switch_topic: str = ""
    flippable_switches: Mapping[str, str] = field(default_factory=dict)
    rate_limit_percent: float = 0.5
    rate_minimum_sent: float = 200
    ledgers: tuple[str, ...] = (
        "emails_sent",
        "unsubscribes",
        "unsubscribe_anomaly",
        "unsubscribe_switch",
    )


@dataclass(frozen=True, kw_only=True)
class EmailMetricsSettings(LedgerSettings):
    """Tell email_metrics which e-mail types to use."""

    email_types: tuple[str, ...]
    ledgers: tuple[str, ...] = ("email_steps", "email_complaints", "email_minutes")


@dataclass(frozen=True, kw_only=True)
class ReferralMetricsSettings(LedgerSettings):
    """Tell referral_metrics which sources of rewards to use."""

    reward_sources: tuple[str, ...]
    ledgers: tuple[str, ...] = ("referral_tracking", "reward_ledger")


@dataclass(frozen=True, kw_only=True)
class OverrideMetricsSettings(LedgerSettings):
    """Tell override_metrics which labels to use.

    `override_groups` names the pipeline types that are rated together, and
    `override_minimum_runs` how many runs of a group it takes to rate it.
    """

    pipeline_types: tuple[str, ...]
    override_types: tuple[str, ...]
    override_groups: Mapping[str, tuple[str, ...]]
    override_minimum_runs: int
    ledgers: tuple[str, ...] = ("human_overrides",)


@dataclass(frozen=True, kw_only=True)
class KillSwitchMetricsSettings(Settings):
    """Tell kill_switch_metrics the parameter and the EventBridge rule of each pipeline, by name."""

    kill_switches: Mapping[str, str]
    rules: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class DatabaseMetricsSettings(LedgerSettings):
    """Tell database_metrics what it needs, which is the database and a ledger."""

    ledgers: tuple[str, ...] = ("database_metrics",)


@dataclass(frozen=True, kw_only=True)
class CostMetricsSettings(LedgerSettings):
    """Tell cost_metrics what has a price of its own, and which of AWS's services get a label.

    Prices are US dollars. `monthly_usd` names what is paid by the month outside AWS; the e-mail
    plan, `email_plan`, is one of them: it includes `email_included` e-mails a month, and each
    further one costs `email_extra_usd`.
    """

    cost_services: tuple[str, ...]
    monthly_usd: Mapping[str, float]
    email_plan: str
    email_included: int
    email_extra_usd: float
    ledgers: tuple[str, ...] = ("cost_metrics",)


@dataclass(frozen=True, kw_only=True)
class EventbridgeCanarySettings(Settings):
    """Tell eventbridge_canary which rule its event goes through, and in which log it comes out."""

    canary_rule: str
    canary_log_group: str


@dataclass(frozen=True, kw_only=True)
class SsmBackupSettings(Settings):
    """Tell ssm_backup what to export, where to and under which key."""

    parameter_path: str
    bucket: str
    key_arn: str


@dataclass(frozen=True, kw_only=True)
class ArchiveSettings(Settings):
    """Tell archive which login may delete, and where old rows go, under which key."""

    archive_secret: str
    archive_bucket: str
    archive_key_arn: str


@dataclass(frozen=True, kw_only=True)
class AlarmDrillSettings(Settings):
    """Tell alarm_drill the ARNs of the topics whose routes it proves."""

    drilled_topics: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReportSettings(Settings):
    """Tell a report what to read, where to keep it and whom to send it to.

    Alarms of others in the account are told apart by `alarm_prefix` and `alarm_suffix`.
    `measured_functions` maps what people call each function to its name. With a `sender` it goes
    out by mail, which the right to `identity_arn` allows; without one to `info_topic`.
    """

    database_secret: str
    report_bucket: str
    report_key_arn: str
    alarm_prefix: str
    alarm_suffix: str
    measured_functions: Mapping[str, str]
    measured_rules: tuple[str, ...]
    override_groups: Mapping[str, tuple[str, ...]]
    docs_url: str
    identity_arn: str
    sender: str
    recipients: tuple[str, ...]
    info_topic: str


@dataclass(frozen=True, kw_only=True)
class ConfigDriftSettings(Settings):
    """Tell config_drift which parameters, rules and exports to compare.

    `rule_schedules` maps each rule to its expression; all of them start `rule_target`.
    """

    compared_path: str
    export_bucket: str
    rule_schedules: Mapping[str, str]
    rule_target: str


@dataclass(frozen=True, kw_only=True)
class CodeSnapshotSettings(Settings):
    """Tell code_snapshot whose code to keep, where and under which key."""

    snapshot_functions: tuple[str, ...]
    snapshot_bucket: str
    snapshot_key_arn: str


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
