"""Alarms on human overrides: pipelines that people keep taking back."""

from collections.abc import Iterator

from watchkeeper.definitions.alarm import AlarmDefinition, Statistic
from watchkeeper.definitions.conditions import ONE_HOUR, above
from watchkeeper.definitions.severity import Severity
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.metrics_control import OVERRIDE_RATE

# Operations guide: overrides in percent of 30 days' runs, by group of pipelines.
LIMITS = {"therapeutic": 30.0, "crisis": 10.0}


def override_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield an alarm on each group's false positives, and the one that tells of both.

    Without a value there are too few runs to judge, and nobody is told: the function's own failing
    and silence have alarms.
    """
    conditions = {
        f"false-positives-{group}": above(
            Statistic(
                series=alarming.series(OVERRIDE_RATE, PipelineGroup=group), statistic="Maximum"
            ),
            alarming.numbers(f"false-positives-{group}", limit),
            ONE_HOUR,
        )
        for group, limit in LIMITS.items()
    }
    yield from alarming.any_of(
        "false-positives",
        Severity.P3,
        conditions,
        meaning=(
            "People take back too many of the decisions that therapeutic or crisis pipelines made: "
            "families are alarmed for nothing."
        ),
        checks=(
            "human_overrides of 30 days by pipeline and type: which pipeline, which kind?",
            "Since when: a change of thresholds, signals or models before that?",
            "Confidence of the runs that were overridden: near the threshold, or far above?",
        ),
        rationale=(
            "Operations guide: more than 30 % (therapeutic) or 10 % (crisis) of 30 days' runs."
        ),
    )
