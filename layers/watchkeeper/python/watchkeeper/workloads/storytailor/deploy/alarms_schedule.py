"""Alarms on scheduled pipelines that did not run by their time."""

from collections.abc import Iterator

from watchkeeper.definitions.alarm import AlarmDefinition, Statistic, TreatMissingData
from watchkeeper.definitions.conditions import FIVE_MINUTES, above
from watchkeeper.definitions.severity import Severity
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.metrics import MINUTES_OVERDUE

# How late a pipeline may be when nothing else is said: starts take seconds, batches minutes.
GRACE_MINUTES = 30
MEANING = (
    "{pipeline} has not run by its time: what it sends or books has not happened, and nothing "
    "failed that would tell."
)
CHECKS = (
    "The rule of the pipeline: enabled, with the curator as its target, started at its time?",
    "Curator at that time: errors, throttles, a timeout before the first row was written?",
    "See that it did not run, then replay the job (storytailor.manual / retry).",
)


def schedule_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield an alarm for each pipeline that a rule starts."""
    for rule in alarming.storytailor.rules:
        name = f"job-missing-{rule}"
        overdue = alarming.series(MINUTES_OVERDUE, PipelineType=rule.replace("-", "_"))
        yield alarming.alarm(
            name,
            Severity.P2,
            above(
                # The least of them: a second run in the same minutes has seen more.
                Statistic(series=overdue, statistic="Minimum"),
                alarming.numbers(name, GRACE_MINUTES),
                FIVE_MINUTES,
                # While nobody looks, a missing run stays missing; the silence has its own alarm.
                TreatMissingData.IGNORE,
            ),
            meaning=MEANING.format(pipeline=rule.replace("-", "_")),
            checks=CHECKS,
            rationale=(
                "Minutes past the first due time of its rule after its newest run; the grace is a "
                "number of each pipeline's own."
            ),
            runbook="storytailor-job-missing",
        )
