"""When CloudWatch sees what happened: the stage's time, and never before it was read."""

import math
from dataclasses import dataclass

from rehearsal.local.clock import StageClock


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Turn moments of the wall clock into the stage's, in whole seconds since 1970.

    Up to `evaluated` the alarms have been evaluated: what is read now can no longer change that.
    """

    clock: StageClock
    evaluated: int

    def moment(self, wall: float) -> int:
        """Give the stage's time of a moment of the wall clock."""
        return int(self.clock.at(wall))

    def seen(self, wall: float) -> int:
        """Give when an alarm can first see what happened at a moment of the wall clock."""
        return max(math.ceil(self.clock.at(wall)), self.evaluated + 1)
