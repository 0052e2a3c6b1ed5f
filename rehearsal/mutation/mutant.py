"""An alarm with one thing changed: what a slip of the pen in a definition would deploy."""

from dataclasses import dataclass
from enum import StrEnum

from rehearsal.engine.alarm import Alarm


class Varied(StrEnum):
    """Name what a mutant differs in, in the words of the report."""

    THRESHOLD = "threshold"
    COMPARISON = "comparison"
    PERIOD = "period"
    EVALUATION_PERIODS = "evaluation periods"
    DATAPOINTS_TO_ALARM = "datapoints to alarm"
    MISSING_DATA = "missing data"
    RULE = "rule"


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """Be an alarm that differs from a deployed one in one thing only."""

    alarm: Alarm
    varied: Varied
    before: str
    after: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.alarm.name}: {self.varied} {self.before} -> {self.after}"
