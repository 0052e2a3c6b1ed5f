"""Mute rules: windows in which the alarms they name run no actions, while their states go on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rehearsal.engine.composite.schedule import (
    find_zone,
    list_starts,
    parse_duration_seconds,
    parse_schedule,
)
from rehearsal.engine.errors import AlarmError

MAX_TARGETS: Final = 100


@dataclass(frozen=True, kw_only=True)
class Window:
    """Be one occurrence of a mute rule, [start, end) in seconds since 1970."""

    rule_arn: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class MuteRule:
    """Be a rule that mutes alarms by name, on a schedule, for a time.

    `starts` and `expires` bound the rule's life (seconds since 1970): a window begins at or after
    the one and is cut off by the other.
    """

    name: str
    arn: str
    alarms: tuple[str, ...]
    expression: str
    duration: str
    timezone: str = "UTC"
    starts: int | None = None
    expires: int | None = None

    def __post_init__(self) -> None:
        """Refuse what PutAlarmMuteRule would refuse."""
        try:
            parse_schedule(self.expression)
            parse_duration_seconds(self.duration)
            find_zone(self.timezone)
        except AlarmError as error:
            raise AlarmError(f"mute rule {self.name!r}: {error}") from error
        if len(self.alarms) > MAX_TARGETS:
            message = f"it names at most {MAX_TARGETS} alarms, not {len(self.alarms)}"
            raise AlarmError(f"mute rule {self.name!r}: {message}")

    def list_windows(self, after: float, until: float) -> Iterator[Window]:
        """Yield the windows that share any moment with [after, until], in order of their start."""
        length = parse_duration_seconds(self.duration)
        zone = find_zone(self.timezone)
        schedule = parse_schedule(self.expression)
        for start in list_starts(schedule, zone, int(after) - length, int(until)):
            end = start + length
            if self.expires is not None:
                end = min(end, self.expires)
            if max(start, after) < end and (self.starts is None or start >= self.starts):
                yield Window(rule_arn=self.arn, start=start, end=end)


def find_window(rules: Iterable[MuteRule], alarm: str, moment: float) -> Window | None:
    """Return the window in which an alarm (by name) is muted; of several the one that ends last."""
    windows = [
        window
        for rule in rules
        if alarm in rule.alarms
        for window in rule.list_windows(moment, moment)
    ]
    return max(windows, key=lambda window: window.end, default=None)
