"""Read what functions wrote: their runs, and the metrics in them."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

START = re.compile(r"START RequestId: (\S+)")
REPORT = re.compile(r"REPORT RequestId: (\S+)\s+Duration: ([\d.]+) ms")
DENIED = re.compile(r"AccessDenied|not authorized to perform|UnauthorizedOperation")
ERROR = re.compile(r"\[ERROR\] .*|[\w.]+(Error|Exception): .*|.*Task timed out.*")
FAILED = re.compile(r"\[ERROR\]|Traceback \(most recent call last\)|Task timed out")
# Streams of runs side by side are written in no order, a moment apart.
OVERLAP_MILLISECONDS = 10_000

Identity = tuple[str, str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, kw_only=True)
class EmittedMetric:
    """Be one metric of one embedded-metric line: its identity, time (ms) and values."""

    identity: Identity
    unit: str
    timestamp: int
    values: tuple[float, ...]

    @property
    def name(self) -> str:
        """Give the metric's name."""
        return self.identity[1]

    @property
    def labels(self) -> dict[str, str]:
        """Give the dimensions without the environment, which all of them carry."""
        return {key: value for key, value in sorted(self.identity[2]) if key != "Environment"}


@dataclass(kw_only=True)
class FunctionRun:
    """Be one invocation as its log tells it; `ended_at` is its last line's time in ms."""

    function: str
    request_id: str
    lines: list[str] = field(default_factory=list)
    duration_milliseconds: float = 0.0
    ended_at: int = 0

    @property
    def metrics(self) -> list[EmittedMetric]:
        """List every metric it emitted."""
        return [metric for line in self.lines for metric in parse_emf(line)]

    @property
    def denied(self) -> list[str]:
        """List the lines that tell of a refused AWS call."""
        return [line for line in self.lines if DENIED.search(line)]

    @property
    def failed(self) -> bool:
        """Tell whether it said that it failed."""
        succeeded = [metric.values[-1] for metric in self.metrics if metric.name == "RunSucceeded"]
        return succeeded != [1.0] or any(FAILED.search(line) for line in self.lines)

    @property
    def reason(self) -> str:
        """Give the line that says why it failed."""
        errors = [line for line in self.lines if ERROR.fullmatch(line)]
        return errors[-1] if errors else "it did not say that it succeeded"


def parse_emf(line: str) -> Iterator[EmittedMetric]:
    """Yield the metrics of a log line; nothing when it is not in embedded metric format."""
    document = _json(line)
    if document is None or "_aws" not in document:
        return
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            pairs = frozenset((name, document[name]) for name in names)
            for metric in directive["Metrics"]:
                value = document[metric["Name"]]
                yield EmittedMetric(
                    identity=(directive["Namespace"], metric["Name"], pairs),
                    unit=metric.get("Unit", "None"),
                    timestamp=document["_aws"]["Timestamp"],
                    values=tuple(value if isinstance(value, list) else [value]),
                )


def _json(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


class RunReader:
    """Turn log events, in order, into finished runs; keep what is unfinished for later."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._open: dict[str, FunctionRun] = {}

    def read(self, events: Iterable[Mapping[str, Any]]) -> Iterator[FunctionRun]:
        """Yield each run whose REPORT line has come."""
        for event in events:
            stream, message = event["logStreamName"], event["message"].rstrip("\n")
            start, report = START.match(message), REPORT.match(message)
            if start:
                self._open[stream] = FunctionRun(function=self._function, request_id=start[1])
            elif report and stream in self._open:
                run = self._open.pop(stream)
                run.duration_milliseconds = float(report[2])
                run.ended_at = int(event.get("timestamp", 0))
                yield run
            elif stream in self._open:
                self._open[stream].lines.extend(message.split("\n"))


class LogFollower:
    """Follow the log group of one function: each `runs()` yields those finished since the last.

    What was logged before `since` (ms since 1970) is left out.
    """

    def __init__(self, logs: Any, function: str, *, since: int = 0) -> None:
        self._logs = logs
        self._group = f"/aws/lambda/{function}"
        self._reader = RunReader(function)
        # The emulator gives events no ids: what is known is how many of each stream were read,
        # all of which are written at once.
        self._read: Counter[str] = Counter()
        self._newest = self._since = since

    def runs(self) -> list[FunctionRun]:
        """Return the runs that have finished since the last call."""
        return list(self._reader.read(self._new_events()))

    def _new_events(self) -> Iterator[Mapping[str, Any]]:
        found: Counter[str] = Counter()
        for event in self._events():
            stream = event["logStreamName"]
            self._newest = max(self._newest, int(event["timestamp"]))
            found[stream] += 1
            if found[stream] > self._read[stream]:
                yield event
        self._read |= found

    def _events(self) -> list[Mapping[str, Any]]:
        try:
            pages = self._logs.get_paginator("filter_log_events").paginate(
                logGroupName=self._group,
                startTime=max(self._since, self._newest - OVERLAP_MILLISECONDS),
            )
            return [event for page in pages for event in page["events"]]
        except self._logs.exceptions.ResourceNotFoundException:
            return []
