"""The alarm on a configuration that is not as it was approved."""

from collections.abc import Iterator

from watchkeeper.definitions.alarm import AlarmDefinition, Statistic, TreatMissingData
from watchkeeper.definitions.conditions import FIVE_MINUTES, above
from watchkeeper.definitions.severity import Severity
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.metrics_configuration import CONFIGURATION_DRIFT


def configuration_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarm on drift."""
    drifted = Statistic(series=alarming.series(CONFIGURATION_DRIFT), statistic="Maximum")
    yield alarming.alarm(
        "config-drift",
        Severity.P3,
        above(
            drifted,
            alarming.numbers("config-drift", 0),
            FIVE_MINUTES,
            # Kept until the next comparison, a day later or made by hand: between two of them
            # nothing is known.
            TreatMissingData.IGNORE,
        ),
        meaning=(
            "Parameters or rules are not as approved: the application may do what nobody decided."
        ),
        checks=(
            "Saved query configuration-drift: what was added, removed or changed?",
            "CloudTrail: who wrote those parameters or rules, and when?",
            "Meant: export and approve it. Not meant: put it back with watchkeeper ssm restore.",
        ),
        rationale="Anything that differs from the last approved export, or from the rules listed.",
    )
