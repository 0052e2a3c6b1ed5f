"""Alarms on health checks, EventBridge rules and backups."""

from collections.abc import Iterator

from watchkeeper.aws_metrics import LAMBDA_ERRORS, RULE_FAILED_INVOCATIONS
from watchkeeper.definitions.alarm import (
    AlarmDefinition,
    Statistic,
    TreatMissingData,
)
from watchkeeper.definitions.conditions import FIVE_MINUTES, above, check_failing, silent, total
from watchkeeper.definitions.severity import Severity
from watchkeeper.engine_metrics import RUN_SUCCEEDED
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.metrics import CHECK_PASSED

# Checks without an alarm of their own, under `storytailor-health-check`.
OTHER_CHECKS = ("curator", "universal-agent", "kill-switch-parameters")


def health_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarms on what the health check sees and on the health check itself."""
    yield from _checks(alarming)
    yield from _rules(alarming)
    yield from _backups(alarming)


def _checks(alarming: Alarming) -> Iterator[AlarmDefinition]:
    yield alarming.alarm(
        "database-down",
        Severity.P1,
        check_failing(alarming.series(CHECK_PASSED, Check="database")),
        meaning=(
            "Storytailor's database does not answer: no pipeline can run, no story can be told."
        ),
        checks=(
            "Reason in the health check's log: refused, timed out, or its certificate?",
            "Status page of the database provider; connections in use against the limit of 25.",
            "A migration or maintenance window right now?",
        ),
        rationale="Two failing checks of three: one lost packet pages nobody.",
    )
    yield alarming.alarm(
        "health-check",
        Severity.P1,
        check_failing(*(alarming.series(CHECK_PASSED, Check=check) for check in OTHER_CHECKS)),
        meaning=(
            "The curator, the universal agent or their parameters do not answer: pipelines "
            "stand still."
        ),
        checks=(
            "CheckPassed on the dashboard: which check, since when?",
            "Reason in the health check's log; errors and throttles of that function.",
            "A deployment of the curator or agent in the last hour?",
        ),
        rationale="Any other check failing in two of three runs.",
    )
    heartbeat = RUN_SUCCEEDED.series(Environment=alarming.environment.name, Function="health_check")
    yield alarming.alarm(
        "health-check-silent",
        Severity.P1,
        silent(heartbeat, minutes=15),
        meaning="Nobody is watching: the health check has reported nothing for 15 minutes.",
        checks=(
            "Log group of the health check: does it start, and how does it end?",
            "Its schedule: enabled? Messages in the dead-letter queue?",
            "Reserved concurrency, throttles and the account's concurrency limit.",
        ),
        rationale="Three missed five-minute beats.",
    )


def _rules(alarming: Alarming) -> Iterator[AlarmDefinition]:
    checks = (
        "Check eventbridge-rules in the health check's log: which rule is disabled or missing?",
        (
            "FailedInvocations by rule: since when, and was the curator deployed or its policy "
            "changed?"
        ),
        "Replay the job that was missed once the rule works (storytailor.manual / retry).",
    )
    meaning = "A scheduled pipeline does not start: digests, rewards or reports will not go out."
    rules = [
        RULE_FAILED_INVOCATIONS.series(RuleName=alarming.app(rule))
        for rule in alarming.storytailor.rules
    ]
    conditions = {
        "eventbridge-failed-invocations": above(total(rules), 0, FIVE_MINUTES),
        "eventbridge-rules-state": check_failing(
            alarming.series(CHECK_PASSED, Check="eventbridge-rules")
        ),
    }
    yield from alarming.any_of(
        "eventbridge-failures",
        Severity.P1,
        conditions,
        meaning=meaning,
        checks=checks,
        rationale="A rule could not start its target, or is disabled or missing.",
    )


def _backups(alarming: Alarming) -> Iterator[AlarmDefinition]:
    function = alarming.environment.named("watchkeeper-ssm-backup")
    checks = (
        "Log of watchkeeper-ssm-backup: which parameters were unreadable or throttled?",
        "Rights on new parameters and on the keys of their SecureStrings.",
        "Start the function by hand and see the manifest change.",
    )
    yield alarming.alarm(
        "backup-failed",
        Severity.P2,
        above(
            # The least of them: 0 as soon as one of Lambda's three tries succeeded.
            Statistic(series=LAMBDA_ERRORS.series(FunctionName=function), statistic="Minimum"),
            0,
            FIVE_MINUTES,
            # Kept until a later export succeeds: a monthly job says nothing for weeks.
            TreatMissingData.IGNORE,
        ),
        meaning="The export of the parameters failed: a lost configuration could not be restored.",
        checks=checks,
        rationale="Any failed export; stays until one succeeds.",
    )
    yield alarming.alarm(
        "backup-stale",
        Severity.P2,
        check_failing(alarming.series(CHECK_PASSED, Check="backup-fresh")),
        meaning="There is no verified export of the parameters of the last 35 days.",
        checks=checks,
        rationale=(
            "Monthly export and a few days' grace; also fires until the first export is made."
        ),
    )
