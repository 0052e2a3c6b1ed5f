"""What each function may do, derived from its settings: these names, these calls, nothing else.

Where IAM forces a wildcard, the permission carries the reason; without one it is refused.
"""

from collections.abc import Callable, Mapping

from infra.rights.calls import CallRights
from infra.rights.parameters import ParameterRights
from infra.rights.permission import Permissions, Settings, Target
from infra.rights.storage import StorageRights
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names

# Settings that name nothing a function would have to be allowed to use.
WITHOUT_RIGHTS = frozenset(
    {
        "alarm_suffix",
        "canary_rule",
        "docs_url",
        "email_extra_usd",
        "email_included",
        "email_plan",
        "email_types",
        "environment",
        "ledgers",
        "measured_rules",
        "monthly_usd",
        "override_groups",
        "override_minimum_runs",
        "override_types",
        "pipeline_types",
        "rate_limit_percent",
        "rate_minimum_sent",
        "recipients",
        "reward_sources",
        "rule_target",
        "schedules",
        "sender",
        "veto_reasons",
    }
)


class FunctionPermissions:
    """Derive the permissions of functions in one environment."""

    def __init__(self, environment: Environment) -> None:
        names, is_emulated = Names(environment), environment.is_emulated
        kept = StorageRights(names)
        parameters = ParameterRights(names, is_emulated)
        calls = CallRights(names, is_emulated)
        self._by_setting: Mapping[str, Callable[[Settings], Permissions]] = {
            "alarm_prefix": calls.alarm_history,
            "anomaly_topic": lambda settings: calls.publish(settings["anomaly_topic"]),
            "archive_bucket": kept.archive,
            "archive_key_arn": kept.archive_key,
            "archive_secret": lambda settings: kept.secret(settings["archive_secret"]),
            "bucket": kept.written_exports,
            "canary_log_group": calls.canary,
            "checks": self._checks,
            "compared_path": parameters.compared,
            "cost_services": calls.costs,
            "database_secret": lambda settings: kept.secret(settings["database_secret"]),
            "drilled_topics": calls.drill,
            "export_bucket": kept.read_exports,
            "flippable_switches": parameters.flippable_switches,
            "identity_arn": calls.mail,
            "info_topic": lambda settings: calls.publish(settings["info_topic"]),
            "key_arn": kept.sealing_key,
            "kill_switches": parameters.kill_switches,
            "ledger_table": kept.ledger,
            "measured_functions": calls.sums,
            "parameter_path": parameters.exported,
            "report_bucket": kept.reports,
            "report_key_arn": kept.report_key,
            "rule_schedules": calls.compared_rules,
            "rules": calls.rules,
            "snapshot_bucket": kept.snapshots,
            "snapshot_functions": calls.deployed_code,
            "snapshot_key_arn": kept.snapshot_key,
            "switch_topic": lambda settings: calls.publish(settings["switch_topic"]),
        }
        self._by_kind: Mapping[str, Callable[[Target], Permissions]] = {
            "eventbridge_rules": calls.eventbridge_rules,
            "lambda_invoke": calls.lambda_invoke,
            "object_age": kept.object_age,
            "postgres": lambda target: kept.secret(target["secret"]),
            "ssm_parameter": parameters.ssm_parameter,
        }

    def of(self, settings: Settings) -> Permissions:
        """Yield what a function may do that is told these settings."""
        for name in sorted(settings.keys() - WITHOUT_RIGHTS):
            if name not in self._by_setting:
                raise DefinitionError(
                    f"nothing says what the setting {name!r} lets a function do, "
                    "expected an entry in infra/permissions.py"
                )
            yield from self._by_setting[name](settings)

    def _checks(self, settings: Settings) -> Permissions:
        for check in settings["checks"]:
            if check["kind"] not in self._by_kind:
                raise DefinitionError(
                    f"check {check['name']}: nothing says what the kind {check['kind']!r} has to "
                    "be allowed, expected an entry in infra/permissions.py"
                )
            yield from self._by_kind[check["kind"]](check["target"])
