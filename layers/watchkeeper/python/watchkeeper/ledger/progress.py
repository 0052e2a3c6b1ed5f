"""How far a source has been counted, and which stretch a run must count again.

Rows come late and change after they came: a long transaction makes one visible minutes after its
own time, and what became of a run is written when it ends. So each run counts the two hours
before the last run again. A row that comes or changes later than that after its time is missed.
"""

from dataclasses import dataclass

from watchkeeper.definitions.datapoint import OLDEST_ACCEPTED

RECOUNT_MINUTES = 120
STEP_MINUTES = 45
OLDEST_MINUTES = int(OLDEST_ACCEPTED.total_seconds() // 60)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Name one step: whole minutes from `since` up to but not including `until`.

    `is_first` says that the source was never counted before.
    """

    since: int
    until: int
    is_first: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """List the steps of a run, oldest first; `skipped_minutes` are too old to be emitted."""

    windows: tuple[Window, ...]
    skipped_minutes: int = 0


def plan_recount(through: int | None, now: int) -> Plan:
    """Plan to count everything from two hours before `through` up to the minute `now`.

    `through` is how far the source has been counted, None when it never was. An event may be
    older than the last one: then the two hours before the event are counted again.
    """
    wanted = (now if through is None else min(through, now)) - RECOUNT_MINUTES
    since = max(wanted, now - OLDEST_MINUTES)
    windows = tuple(
        Window(since=begin, until=min(begin + STEP_MINUTES, now), is_first=through is None)
        for begin in range(since, now, STEP_MINUTES)
    )
    return Plan(windows=windows, skipped_minutes=since - wanted)


def advance(through: int | None, *, counted_until: int, wall_minute: int) -> int:
    """Return how far a source has been counted after a step.

    Never back, for an old event; and never ahead of the wall clock, for an event from the
    future: rows that nobody has written yet have not been counted, whatever the event says.
    """
    reached = min(counted_until, wall_minute)
    return reached if through is None else max(through, reached)
