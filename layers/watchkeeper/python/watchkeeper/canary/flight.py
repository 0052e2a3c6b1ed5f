"""Send one marked event through EventBridge, and wait until it comes out in the curator's log.

An event that does not come out is a result, and its alarm's; what keeps the run from finding out
is an error, which Lambda tries again. A run that is tried again looks for the event of its first
try before it sends another.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.canary.curator_log import CuratorLog, LogLine
from watchkeeper.canary.event import CanaryEvent, canary_mark, read_sent_at, send
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import CanaryError
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import EventbridgeCanarySettings
from watchkeeper.workloads.storytailor.metrics_canary import CANARY_ARRIVED, CANARY_ROUND_TRIP

# The guide's own patience: what takes longer is lost to whoever waits for it.
PATIENCE_SECONDS = 60.0
# FilterLogEvents takes five calls a second of a whole account: this is a tenth of it.
PACE_SECONDS = 2.0
# Clocks of two functions differ by less than this; a line a little "before" its event is its own.
CLOCK_SKEW_MILLISECONDS = 5_000

CanaryRun = Run[EventbridgeCanarySettings]


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Say that the event came out, and after how long; None where its sending is unknown."""

    seconds: float | None


def fly_canary(run: CanaryRun) -> Mapping[str, object]:
    """Send the day's test event and tell whether it came out, and how fast."""
    mark = canary_mark(run.settings.environment, run.now)
    try:
        arrival = _fly(run, mark)
    except (ClientError, BotoCoreError) as error:
        raise CanaryError(f"the test event could not be followed: {error}") from error
    run.emit(_datapoints(run, arrival))
    seconds = arrival.seconds if arrival else None
    if arrival is None:
        told = {"canary": mark, "rule": run.settings.canary_rule}
        run.log.error("the test event did not come out", extra=told)
    return {"canary": mark, "arrived": arrival is not None, "round_trip_seconds": seconds}


def _fly(run: CanaryRun, mark: str) -> Arrival | None:
    log = CuratorLog(
        client=run.aws("logs"),
        group=run.settings.canary_log_group,
        seconds_left=lambda: run.remaining_seconds,
    )
    since = round(run.now.timestamp() * 1000) - CLOCK_SKEW_MILLISECONDS
    earlier = log.find(mark, since=since)
    if earlier:
        return _judge(earlier, read_sent_at(earlier.message))
    event = CanaryEvent(mark=mark, sent_at=round(run.clock() * 1000))
    send(run.aws("events"), event)
    line = _wait(log, event)
    return _judge(line, event.sent_at) if line else None


def _wait(log: CuratorLog, event: CanaryEvent) -> LogLine | None:
    """Look every two seconds until the line is there or patience is over."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        time.sleep(PACE_SECONDS)
        line = log.find(event.mark, since=event.sent_at - CLOCK_SKEW_MILLISECONDS)
        if line or time.monotonic() >= until:
            return line


def _judge(line: LogLine, sent_at: int | None) -> Arrival | None:
    if sent_at is None:
        return Arrival(seconds=None)
    seconds = max(0.0, (line.timestamp - sent_at) / 1000)
    return Arrival(seconds=seconds) if seconds <= PATIENCE_SECONDS else None


def _datapoints(run: CanaryRun, arrival: Arrival | None) -> Iterator[Datapoint]:
    here = {"Environment": run.settings.environment}
    yield Datapoint(
        series=CANARY_ARRIVED.series(**here),
        values=(float(arrival is not None),),
        timestamp=run.now,
    )
    if arrival and arrival.seconds is not None:
        yield Datapoint(
            series=CANARY_ROUND_TRIP.series(**here), values=(arrival.seconds,), timestamp=run.now
        )
