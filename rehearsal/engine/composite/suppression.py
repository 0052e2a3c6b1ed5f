"""When a composite alarm's actions wait, stay silent or run, while its suppressor changes.

A pure state machine: each step takes the moment and returns what follows. Moments are seconds and
may be fractions. Suppression never changes the alarm's state, only its actions.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from rehearsal.engine.alarm import CompositeAlarm
from rehearsal.engine.errors import AlarmError


class Phase(StrEnum):
    """Say what holds the actions back, in the words of ActionsSuppressedBy."""

    WAIT = "WaitPeriod"
    ALARM = "Alarm"
    EXTENSION = "ExtensionPeriod"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Say what follows from an event: the machine as it is now, and whether actions run now.

    The actions that run are those of the composite's state at this moment.
    """

    suppression: "Suppression"
    runs_actions: bool


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """Be the suppression of one composite alarm: at rest, or in a phase that may have an end."""

    wait_seconds: float
    extension_seconds: float
    phase: Phase | None = None
    ends: float | None = None

    def __post_init__(self) -> None:
        """Refuse periods that PutCompositeAlarm would refuse."""
        for period in (self.wait_seconds, self.extension_seconds):
            if period < 0:
                raise AlarmError(f"a suppressor's period is at least 0 seconds, not {period}")

    @classmethod
    def of(cls, alarm: CompositeAlarm) -> "Suppression":
        """Return the machine of an alarm, at rest; without a suppressor it waits for nothing."""
        if alarm.suppressor is None:
            return cls(wait_seconds=0, extension_seconds=0)
        return cls(
            wait_seconds=alarm.suppressor_wait_seconds,
            extension_seconds=alarm.suppressor_extension_seconds,
        )

    def on_change(self, now: float, *, suppressor_in_alarm: bool) -> Step:
        """Take a change of the composite's state; whatever was pending is dropped."""
        self._refuse_late(now)
        if suppressor_in_alarm:
            return self._enter(Phase.ALARM, None)
        return self._hold(Phase.WAIT, now, self.wait_seconds)

    def on_suppressor(self, now: float, *, in_alarm: bool) -> Step:
        """Take a change of the suppressor; at rest it means nothing."""
        self._refuse_late(now)
        if self.phase is None:
            return Step(suppression=self, runs_actions=False)
        if in_alarm:
            return self._enter(Phase.ALARM, None)
        if self.phase is Phase.ALARM:
            return self._hold(Phase.EXTENSION, now, self.extension_seconds)
        return Step(suppression=self, runs_actions=False)

    def on_time(self, now: float) -> Step:
        """End a phase whose time has come; what happens at that same moment comes after it."""
        if self.ends is None or now < self.ends:
            return Step(suppression=self, runs_actions=False)
        return self._rest()

    def _hold(self, phase: Phase, now: float, seconds: float) -> Step:
        return self._enter(phase, now + seconds) if seconds > 0 else self._rest()

    def _enter(self, phase: Phase, ends: float | None) -> Step:
        return Step(suppression=replace(self, phase=phase, ends=ends), runs_actions=False)

    def _rest(self) -> Step:
        return Step(suppression=replace(self, phase=None, ends=None), runs_actions=True)

    def _refuse_late(self, now: float) -> None:
        """Refuse to skip an end: the actions due then would be lost."""
        if self.ends is not None and self.ends <= now:
            message = f"the {self.phase} ended at {self.ends}; on_time must come before {now}"
            raise AlarmError(message)
