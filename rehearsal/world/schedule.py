"""When EventBridge Scheduler starts something: `rate`, `cron` and `at` expressions.

Cron expressions are read on the clock of the schedule's time zone, as Scheduler's guide says: a
time that a spring day lacks is skipped, and one that an autumn day has twice starts once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rehearsal.world.errors import RehearsalError
from watchkeeper.definitions.errors import DefinitionError
from watchkeeper.definitions.recurrence import Cron, Rate, Recurrence, read_recurrence

AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")


@dataclass(frozen=True, kw_only=True)
class Starts:
    """Give the moments (seconds since 1970) at which a schedule starts its target.

    A rate counts from `since`, where the schedule was made; CloudFormation made it long ago.
    """

    expression: str
    timezone: str = "UTC"
    since: int = 0

    def __post_init__(self) -> None:
        """Refuse an expression or time zone that Scheduler would refuse."""
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise RehearsalError(
                f"schedule time zone {self.timezone!r} is unknown, expected one such as UTC"
            ) from error
        if not AT.fullmatch(self.expression):
            self._recurrence()

    def between(self, after: int, until: int) -> Iterator[int]:
        """Yield every start later than `after` and not later than `until`, in order."""
        if once := AT.fullmatch(self.expression):
            zone = ZoneInfo(self.timezone)
            moment = int(datetime.fromisoformat(once[1]).replace(tzinfo=zone).timestamp())
            if after < moment <= until:
                yield moment
            return
        match self._recurrence():
            case Rate(seconds=step):
                first = after + step - (after - self.since) % step
                yield from range(first, until + 1, step)
            case Cron() as cron:
                yield from self._by_cron(cron, after, until)

    def _by_cron(self, cron: Cron, after: int, until: int) -> Iterator[int]:
        zone = ZoneInfo(self.timezone)
        last_day = _clock(until, zone).date()
        # The times of a cron expression carry UTC; here they are read on the zone's clock.
        for time in cron.times_since(_clock(after, zone).replace(hour=0, minute=0, second=0)):
            if time.date() > last_day:
                return
            moment = int(time.replace(tzinfo=zone).timestamp())
            if _clock(moment, zone) == time and after < moment <= until:
                yield moment

    def _recurrence(self) -> Recurrence:
        try:
            return read_recurrence(self.expression)
        except DefinitionError as error:
            raise RehearsalError(f"{error}") from error


def _clock(moment: int, zone: ZoneInfo) -> datetime:
    """Give what a zone's clock shows at a moment, under the name of UTC."""
    return datetime.fromtimestamp(moment, zone).replace(tzinfo=UTC)


def to_iso(moment: int) -> str:
    """Write a moment as Scheduler puts it into an input: ISO 8601, UTC, with a Z."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
