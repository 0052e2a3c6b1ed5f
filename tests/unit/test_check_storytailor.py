"""The checks of Storytailor fit their kinds, their settings and the time they are given."""

import json

import pytest

from watchkeeper.checks.kind import find_kind
from watchkeeper.definitions.check import CheckDefinition
from watchkeeper.runtime.scheduled import RESERVE_SECONDS
from watchkeeper.runtime.settings import VARIABLE, HealthCheckSettings, read_settings
from watchkeeper.workloads.storytailor.checks import storytailor_checks
from watchkeeper.workloads.storytailor.jobs import HEALTH_CHECK

CHECKS = storytailor_checks(
    environment="staging",
    database_secret="watchkeeper/staging/database",
    rules=("daily-digest", "org-health"),
    backup_bucket="watchkeeper-backup-staging",
)
# A cold start makes clients and imports before the first clock starts.
COLD_START_SECONDS = 15.0


def named(name: str) -> CheckDefinition:
    (found,) = (check for check in CHECKS if check.name == name)
    return found


def test_everything_that_is_watched_has_its_check() -> None:
    assert [check.name for check in CHECKS] == [
        "curator",
        "universal-agent",
        "crisis-pipeline",
        "database",
        "kill-switch-parameters",
        "crisis-kill-switch",
        "eventbridge-rules",
        "backup-fresh",
    ]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_each_check_fits_its_kind(check: CheckDefinition) -> None:
    find_kind(check.kind).definition.refuse_misfit(check)


def test_the_longest_deadline_fits_into_the_function_beside_a_cold_start() -> None:
    longest = max(check.deadline_seconds for check in CHECKS)
    assert longest + COLD_START_SECONDS + RESERVE_SECONDS <= HEALTH_CHECK.timeout_seconds


def test_checks_survive_the_way_through_the_settings_of_the_function() -> None:
    settings = HealthCheckSettings(environment="staging", checks=CHECKS)
    assert read_settings(HealthCheckSettings, {VARIABLE: settings.to_json()}) == settings


@pytest.mark.parametrize(
    ("name", "function", "detail"),
    [
        ("curator", "storytailor-intelligence-curator-staging", {"jobType": "health"}),
        ("universal-agent", "storytailor-universal-agent-staging", {"jobType": "health"}),
        (
            "crisis-pipeline",
            "storytailor-intelligence-curator-staging",
            {"jobType": "health", "pipeline": "crisis_alert"},
        ),
    ],
)
def test_functions_are_sent_their_health_payload(
    name: str, function: str, detail: dict[str, str]
) -> None:
    target = named(name).target
    assert target["function"] == function
    assert json.loads(target["payload"]) == {"detail": detail}
    assert json.loads(target["expected"]) == {"status": "healthy"}


@pytest.mark.parametrize(
    ("name", "target"),
    [
        (
            "kill-switch-parameters",
            {
                "name": "/storytailor-staging/pipelines/daily-digest/enabled",
                "pattern": "true|false",
            },
        ),
        (
            "crisis-kill-switch",
            {"name": "/storytailor-staging/pipelines/crisis-alert/enabled", "expected": "true"},
        ),
        (
            "eventbridge-rules",
            {"rules": "storytailor-daily-digest-staging,storytailor-org-health-staging"},
        ),
        (
            "backup-fresh",
            {
                "bucket": "watchkeeper-backup-staging",
                "key": "staging/latest.json",
                "max_age_days": "35",
            },
        ),
    ],
)
def test_other_targets_bear_the_names_of_the_environment(name: str, target: dict[str, str]) -> None:
    assert named(name).target == target
