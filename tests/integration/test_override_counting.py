"""What override_metrics counts, over a real database and from its real EMF lines."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.counting_account import ENVIRONMENT, SECRET, TABLE
from tests.integration.counting_stage import SHORT_BUDGET_SECONDS, CrashError, Stage, begin, insert
from watchkeeper.collection.overrides import count_overrides
from watchkeeper.definitions.errors import CollectionError
from watchkeeper.runtime.settings import OverrideMetricsSettings

RUN = "Function=count_overrides"
DISMISSED = "OverrideType=dismissed,PipelineType=crisis_alert"
CRISIS, THERAPEUTIC = "PipelineGroup=crisis", "PipelineGroup=therapeutic"
SETTINGS = OverrideMetricsSettings(
    environment=ENVIRONMENT,
    database_secret=SECRET,
    ledger_table=TABLE,
    pipeline_types=("crisis_alert", "early_intervention"),
    override_types=("dismissed", "corrected"),
    override_groups={"crisis": ("crisis_alert",), "therapeutic": ("early_intervention", "tutor")},
    override_minimum_runs=4,
)


@pytest.fixture(scope="module")
def lasting_stage(lasting_stage: Stage) -> Stage:
    """A stage whose table takes an override of no type and of no pipeline."""
    lasting_stage.allow_null("human_overrides", "pipeline_type", "override_type")
    return lasting_stage


@pytest.fixture
def stage(new_stage: Stage) -> Stage:
    """A stage on which the function has run once, and found nothing."""
    count(new_stage)
    new_stage.wait(minutes=30)
    return new_stage


def count(stage: Stage, **when: Any) -> dict[str, Any]:
    return dict(stage.run(count_overrides, SETTINGS, **when))


def next_count(stage: Stage) -> dict[str, Any]:
    stage.wait(hours=1)
    return count(stage)


def override(
    stage: Stage,
    pipeline: str | None = "crisis_alert",
    kind: str | None = "dismissed",
    *,
    days_ago: float = 0,
) -> None:
    at = stage.wall - timedelta(days=days_ago)
    insert(stage, "human_overrides", pipeline_type=pipeline, override_type=kind, occurred_at=at)


def ran(stage: Stage, pipeline: str, times: int, *, days_ago: float = 1) -> None:
    for _ in range(times):
        begin(stage, stage.wall - timedelta(days=days_ago), pipeline)


def test_each_override_is_counted_once_at_its_minute(stage: Stage) -> None:
    override(stage)
    override(stage)
    override(stage, kind="corrected")
    assert next_count(stage)["HumanOverrides"] == {"crisis_alert": 3}
    next_count(stage)
    assert stage.emitted.of("HumanOverrides", DISMISSED) == {"20:30": 2}
    assert (
        stage.emitted.total("HumanOverrides", "OverrideType=corrected,PipelineType=crisis_alert")
        == 1
    )


def test_what_is_not_listed_is_other_and_told(stage: Stage) -> None:
    override(stage, "tutor")
    override(stage, kind="shrugged off")
    override(stage, None, None)
    next_count(stage)
    for labels in (
        "OverrideType=dismissed,PipelineType=other",
        "OverrideType=other,PipelineType=crisis_alert",
        "OverrideType=other,PipelineType=other",
    ):
        assert stage.emitted.total("HumanOverrides", labels) == 1, labels
    assert stage.emitted.total("RowsFolded", RUN) == 3
    assert "folded: 'NULL'" in stage.log.getvalue()


def test_a_group_is_rated_by_the_overrides_and_runs_of_thirty_days(stage: Stage) -> None:
    ran(stage, "early_intervention", 3)
    ran(stage, "tutor", 5, days_ago=29)
    ran(stage, "tutor", 7, days_ago=31)
    override(stage, "early_intervention", days_ago=29)
    override(stage, "tutor", "whatever kind it is", days_ago=2)
    override(stage, "tutor", days_ago=31)
    assert next_count(stage)["OverrideRate"] == {"therapeutic": 25.0}
    assert stage.emitted.values("OverrideRate", THERAPEUTIC) == [25.0]


@pytest.mark.parametrize(("runs", "rates"), [(3, []), (4, [25.0])])
def test_of_too_few_runs_no_share_is_told_not_even_zero(
    stage: Stage, runs: int, rates: list[float]
) -> None:
    ran(stage, "crisis_alert", runs)
    override(stage)
    next_count(stage)
    assert stage.emitted.values("OverrideRate", CRISIS) == rates


def test_runs_that_nobody_overrides_are_rated_zero(stage: Stage) -> None:
    ran(stage, "crisis_alert", 4)
    next_count(stage)
    assert stage.emitted.values("OverrideRate", CRISIS) == [0.0]


def test_an_outage_of_a_day_is_counted_when_it_is_over(stage: Stage) -> None:
    override(stage)
    stage.wait(days=1)
    assert next_count(stage)["minutes_behind"] == 0
    assert stage.emitted.of("HumanOverrides", DISMISSED) == {"20:30": 1}


def test_a_run_killed_before_its_commit_is_told_by_the_next(stage: Stage) -> None:
    def die(step: str) -> None:
        if step == "after emission" and stage.emitted.total("HumanOverrides", DISMISSED):
            raise CrashError

    override(stage)
    stage.wait(hours=1)
    stage.at_step = die
    with pytest.raises(CrashError):
        count(stage)
    stage.at_step = None
    next_count(stage)
    next_count(stage)
    assert stage.emitted.total("HumanOverrides", DISMISSED) == 2
    assert stage.emitted.total("LedgerRecovered", RUN) == 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize("fault", ["black_hole", "refuse"])
def test_a_database_that_fails_fails_the_run_and_is_made_up_for(stage: Stage, fault: str) -> None:
    override(stage)
    stage.wait(hours=1)
    getattr(stage.gateway, fault)()
    with pytest.raises(CollectionError, match="could not connect"):
        count(stage, seconds=SHORT_BUDGET_SECONDS)
    stage.gateway.normal()
    next_count(stage)
    assert stage.emitted.total("HumanOverrides", DISMISSED) == 1
