"""Run one scheduled function: parse the event, do the work, tell how it went.

What every run has in common stands here once: its time comes from the event, its own success and
duration are metrics whatever happens, and a failure is raised after its metric is written.
"""

import gc
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO, Generic, TypeVar

from aws_lambda_powertools import Logger

from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import SettingsError
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.emission.emf import emit
from watchkeeper.engine_metrics import RUN_DURATION, RUN_SUCCEEDED
from watchkeeper.runtime.clients import aws_client
from watchkeeper.runtime.download import open_address
from watchkeeper.runtime.settings import Settings, read_settings
from watchkeeper.runtime.tracing import Handler, traced

S = TypeVar("S", bound=Settings)
# What stays of a function's time for its last metrics and log lines.
RESERVE_SECONDS = 2.0
# How long a run may take when nothing says so (outside Lambda).
DEFAULT_BUDGET_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Run(Generic[S]):
    """Give one run its settings, its time and its outlets.

    `now` is the scheduled time (aware, UTC), never the wall clock. `deadline` is on
    `time.monotonic()` and leaves a reserve to report in. `clock`, the wall clock in seconds
    since the Unix epoch, is for leases alone.
    """

    job: str
    settings: S
    now: datetime
    request_id: str
    deadline: float
    log: Logger
    event: Mapping[str, Any] = field(default_factory=dict)
    aws: Callable[..., Any] = aws_client
    clock: Callable[[], float] = time.time
    fetch: Callable[[str], BinaryIO] = open_address

    @property
    def remaining_seconds(self) -> float:
        """Give the seconds left for work; 0 when the deadline has passed."""
        return max(0.0, self.deadline - time.monotonic())

    def emit(self, datapoints: Iterable[Datapoint]) -> None:
        """Write datapoints for CloudWatch."""
        emit(datapoints)

    def own(self, metric: MetricDefinition, value: float) -> Datapoint:
        """Make a datapoint of one of the suite's own metrics for this function, at `now`."""
        series = metric.series(Environment=self.settings.environment, Function=self.job)
        return Datapoint(series=series, values=(value,), timestamp=self.now)


def scheduled_handler(
    job: str, settings_type: type[S], work: Callable[[Run[S]], Mapping[str, object]]
) -> Handler:
    """Make the Lambda handler of a job: `work` does it and returns a summary for the log."""
    log = Logger(service=f"watchkeeper-{job}")

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        settings = read_settings(settings_type)
        run = Run(
            job=job,
            settings=settings,
            now=event_time(event),
            request_id=getattr(context, "aws_request_id", "local"),
            deadline=time.monotonic() + _budget_seconds(context),
            log=log,
            event=event,
        )
        return _reported(run, work)

    wrapped = traced(job, handler)
    _resume_garbage_collection()
    return wrapped


def _resume_garbage_collection() -> None:
    # The package turned it off to be imported faster; what was imported need never be looked at.
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def event_time(event: Mapping[str, Any]) -> datetime:
    """Read the time a run stands for from its event's `time` (ISO 8601, UTC when it says nothing).

    An event without `time`, as somebody sends by hand, stands for this minute.
    """
    text = event.get("time")
    if text is None:
        return datetime.now(UTC).replace(second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise SettingsError(
            f"event time is {text!r}, expected ISO 8601 such as 2026-01-31T20:00:00Z"
        ) from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _budget_seconds(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is None:
        return DEFAULT_BUDGET_SECONDS
    return max(0.0, float(remaining()) / 1000 - RESERVE_SECONDS)


def _reported(run: Run[S], work: Callable[[Run[S]], Mapping[str, object]]) -> dict[str, Any]:
    started = time.monotonic()
    succeeded = False
    try:
        summary = dict(work(run))
        succeeded = True
    finally:
        duration = (time.monotonic() - started) * 1000
        run.emit([run.own(RUN_SUCCEEDED, float(succeeded)), run.own(RUN_DURATION, duration)])
    run.log.info("run finished", extra={"time": run.now.isoformat(), "summary": summary})
    return summary
