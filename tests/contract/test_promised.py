"""Every promised name is there: in the definitions, and in the pages people read."""

from pathlib import Path

import pytest

from tests.contract.markdown import find_sections
from tests.contract.promised import (
    ALARMS,
    DASHBOARDS,
    JOBS,
    LOG_QUERIES,
    METRICS,
    RUNBOOK_SCENARIOS,
)
from watchkeeper.definitions.dashboard import DashboardDefinition
from watchkeeper.definitions.workload import WorkloadDefinition
from watchkeeper.environment.loader import load_environment
from watchkeeper.environment.model import Storytailor
from watchkeeper.workloads.registry import workloads

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def storytailor() -> Storytailor:
    """Give what production says of Storytailor."""
    found = load_environment("production", ROOT / "environments").storytailor
    assert found is not None
    return found


@pytest.fixture(scope="module")
def workload() -> WorkloadDefinition:
    """Give Storytailor's definitions for production."""
    return workloads(load_environment("production", ROOT / "environments"))[0]


@pytest.mark.parametrize(
    ("namespace", "name"), [(space, name) for space, names in METRICS.items() for name in names]
)
def test_every_metric_is_defined_and_documented(
    workload: WorkloadDefinition, namespace: str, name: str
) -> None:
    assert (namespace, name) in {(each.namespace, each.name) for each in workload.metrics}
    assert f"`{name}`" in (DOCS / "metrics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("severity", "name"), [(severity, name) for severity, names in ALARMS.items() for name in names]
)
def test_every_alarm_is_defined_with_its_severity_and_documented(
    workload: WorkloadDefinition, storytailor: Storytailor, severity: str, name: str
) -> None:
    page = (DOCS / "alarms.md").read_text(encoding="utf-8")
    severities = {alarm.name: alarm.severity.name for alarm in workload.alarms}
    listed = {
        "<email type>": [each.replace("_", "-") for each in storytailor.email_types],
        "<scheduled pipeline>": list(storytailor.rules),
    }
    stem, mark, _ = name.partition("<")
    for rest in listed[f"<{name.partition('<')[2]}"] if mark else [""]:
        full = f"storytailor-{stem}{rest}"
        assert severities.get(full) == severity, full
        assert f"`{full}`" in page, full


@pytest.mark.parametrize(
    ("board", "words"), [(board, words) for board, each in DASHBOARDS.items() for words in each]
)
def test_every_dashboard_shows_what_is_promised(
    workload: WorkloadDefinition, board: str, words: str
) -> None:
    boards = {each.name: each for each in workload.dashboards}
    assert board in boards
    assert any(words in title.lower() for title in _titles(boards[board])), _titles(boards[board])


def _titles(board: DashboardDefinition) -> list[str]:
    return [str(getattr(widget, "title", "")) for row in board.rows for widget in row]


@pytest.mark.parametrize("words", LOG_QUERIES)
def test_every_log_query_is_saved(workload: WorkloadDefinition, words: str) -> None:
    names = [
        f"{query.name} {query.description}".lower().replace("-", " ")
        for query in workload.log_queries
    ]
    assert any(words in name for name in names), names


def test_a_log_group_of_every_function_and_rule_is_searched(
    workload: WorkloadDefinition, storytailor: Storytailor
) -> None:
    searched = {group for query in workload.log_queries for group in query.log_groups}
    assert {
        "/aws/lambda/storytailor-intelligence-curator-production",
        "/aws/lambda/storytailor-universal-agent-production",
        *(f"/aws/events/storytailor-{rule}-production" for rule in storytailor.rules),
    } <= searched


@pytest.mark.parametrize(("name", "schedule"), JOBS.items())
def test_every_job_runs_when_it_is_promised(name: str, schedule: str) -> None:
    """Where archiving is allowed, as it is on a developer's machine; elsewhere it is not there."""
    workload = workloads(load_environment("local", ROOT / "environments"))[0]
    expressions = {job.name: job.schedule.expression for job in workload.jobs}
    assert name in expressions
    assert _matches(expressions[name], schedule), expressions[name]


def _matches(expression: str, promised: str) -> bool:
    if promised.startswith(("rate", "cron")):
        return expression == promised
    _, _, day_of_month, month, weekday, _ = (
        expression.removeprefix("cron(").removesuffix(")").split()
    )
    is_every_day = day_of_month in "*?" and weekday in "*?"
    kinds = {
        "daily": is_every_day and month == "*",
        "weekly": weekday not in "*?" and "#" not in weekday and month == "*",
        "monthly": (day_of_month.isdigit() or "#" in weekday) and month == "*",
        "quarterly": month == "1,4,7,10",
    }
    return kinds[promised]


@pytest.mark.parametrize("anchor", RUNBOOK_SCENARIOS)
def test_every_scenario_of_the_guides_has_a_section_of_its_own(anchor: str) -> None:
    page = (DOCS / "runbooks" / "storytailor.md").read_text(encoding="utf-8")
    anchors = [section.anchor for section in find_sections(page)]
    assert any(each.startswith(anchor) for each in anchors), anchors
