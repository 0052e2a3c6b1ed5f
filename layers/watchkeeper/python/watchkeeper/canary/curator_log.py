"""Look for one line in a log group: bounded in time and pages, at a polite pace."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from watchkeeper.definitions.errors import CanaryError

MAX_LINES = 10
# A page may be empty and still not the last; a window of minutes has few.
MAX_PAGES = 10


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """Be a line that was found; its time is its function's, in milliseconds since 1970."""

    timestamp: int
    message: str


@dataclass(frozen=True, kw_only=True)
class CuratorLog:
    """Read the log group of the curator; `seconds_left` is what remains of the run."""

    client: Any
    group: str
    seconds_left: Callable[[], float]

    def find(self, mark: str, *, since: int) -> LogLine | None:
        """Return the first line with a mark from a time on (ms since 1970), None without one."""
        position: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            if self.seconds_left() <= 0:
                raise CanaryError(f"the time of the run was up while it looked into {self.group}")
            page = self.client.filter_log_events(
                logGroupName=self.group,
                startTime=since,
                # In quotes it is one phrase; without, a hyphen would name a term to leave out.
                filterPattern=f'"{mark}"',
                limit=MAX_LINES,
                **position,
            )
            lines = [each for each in page.get("events", ()) if mark in each["message"]]
            if lines:
                first = min(lines, key=lambda each: int(each["timestamp"]))
                return LogLine(timestamp=int(first["timestamp"]), message=str(first["message"]))
            if "nextToken" not in page:
                return None
            position = {"nextToken": page["nextToken"]}
        raise CanaryError(f"{self.group} has more than {MAX_PAGES} pages since the event was sent")
