"""Log groups: lines as functions write them, found by a phrase some seconds later."""

from collections import defaultdict

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer
from rehearsal.world.clock import SimulatedClock

# A line can be found a few seconds after it was written.
INGESTION_SECONDS = 3.0


class LogGroups:
    """Hold lines by log group, and answer `FilterLogEvents` for a phrase in quotes."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._lines: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)

    def write(self, group: str, at: float, message: str) -> None:
        """Write a line at a moment, which may be yet to come."""
        self._lines[group].append((at, message))

    def __call__(self, call: Call) -> Answer:
        """Answer a call to CloudWatch Logs."""
        if call.operation != "FilterLogEvents":
            return refuse_unknown("logs", call)
        asked = call.document
        phrase = str(asked["filterPattern"]).strip('"')
        seen = self._clock.time() - INGESTION_SECONDS
        found = [
            {"timestamp": round(at * 1000), "message": message}
            for at, message in sorted(self._lines[asked["logGroupName"]])
            if at <= seen and at * 1000 >= asked.get("startTime", 0) and phrase in message
        ]
        return to_answer({"events": found[: asked.get("limit", 10_000)]})
