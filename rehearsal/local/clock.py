"""What time it is on the stage: that of the wall, or of a play that runs as fast as it can."""

import time
from typing import Protocol

MINUTE = 60


class StageClock(Protocol):
    """Tell the stage's time, in seconds since 1970, of a moment of the wall clock."""

    def at(self, wall: float) -> float:
        """Give the stage's time of a moment of the wall clock."""

    def now(self) -> float:
        """Give the stage's time."""


class WallClock:
    """Be the wall clock."""

    def at(self, wall: float) -> float:
        """Give the same moment."""
        return wall

    def now(self) -> float:
        """Give the time it is."""
        return time.time()


class PlayedClock:
    """Stand at minutes that are set by hand.

    Within a minute time goes on as on the wall, and waits at its last second: what takes long
    here does not come late in the play.
    """

    def __init__(self, minute: int) -> None:
        self._minute = minute
        self._since = time.time()

    def set(self, minute: int) -> None:
        """Go on to a minute."""
        if minute < self._minute or minute % MINUTE:
            message = f"the play stands at {self._minute}, expected a later minute than {minute}"
            raise ValueError(message)
        self._minute = minute
        self._since = time.time()

    def at(self, wall: float) -> float:
        """Give the moment of this minute at which the wall clock shows a time."""
        return self._minute + min(max(0.0, wall - self._since), MINUTE - 1)

    def now(self) -> float:
        """Give the play's time."""
        return self.at(time.time())
