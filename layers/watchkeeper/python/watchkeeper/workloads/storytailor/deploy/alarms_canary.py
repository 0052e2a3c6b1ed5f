"""The alarm on the daily test event."""

from collections.abc import Iterator

from watchkeeper.definitions.alarm import AlarmDefinition, Statistic, TreatMissingData
from watchkeeper.definitions.conditions import FIVE_MINUTES, below
from watchkeeper.definitions.severity import Severity
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.metrics_canary import CANARY_ARRIVED


def canary_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarm on a test event that is lost; a run that never was is the suite's own."""
    yield alarming.alarm(
        "canary",
        Severity.P2,
        below(
            Statistic(series=alarming.series(CANARY_ARRIVED), statistic="Maximum"),
            1,
            FIVE_MINUTES,
            # Lost until the next one arrives: it comes once a day.
            TreatMissingData.IGNORE,
        ),
        meaning=(
            "The daily test event did not come out in the curator's log within 60 s: events may "
            "not reach the pipelines."
        ),
        checks=(
            "Rule storytailor-health-check: enabled, with the curator as its target?",
            "Curator errors and throttles at that time; does its log show other events?",
            "Start eventbridge_canary by hand: does the event arrive now, and after how long?",
        ),
        rationale=(
            "Monitoring guide: a test event a day, found again in the log. Stays until one arrives."
        ),
    )
