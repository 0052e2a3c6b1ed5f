"""What CloudWatch makes of functions' logs: embedded metrics, filters, what Lambda says of a run.

Embedded metrics become samples that arrive with their log event; a document that CloudWatch would
not take is counted in `AWS/Logs`. The emulator publishes Lambda's own metrics only of functions
that are invoked through its API, so for those that its scheduler starts they come from the log's
REPORT and error lines: `Invocations`, `Errors` and `Duration`. `ConcurrentExecutions`, which it
publishes of none, comes from the times of the REPORT lines of all.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rehearsal.engine.metric_filter.transformation import MetricFilter
from rehearsal.engine.metrics.emf import EmfError, read_emf
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Sample
from rehearsal.local.function_log import FunctionRun, LogFollower
from rehearsal.local.paging.arrival import Arrival
from rehearsal.local.paging.filter_metrics import FilterMetrics

# The runtime's own words at the start of a line, unlike what a function logs about an error.
RAISED = re.compile(r"\[ERROR\]|Traceback \(most recent call last\)|.*Task timed out after")
MILLISECONDS = 1000
COUNTERS = ("Invocations", "Errors", "Duration")


class FunctionMetrics:
    """Follow the logs of functions from now on.

    `scheduled` are those of which Lambda itself says nothing; those with one of the `filters` are
    followed, too.
    """

    def __init__(
        self,
        logs: Any,
        functions: Sequence[str],
        scheduled: Sequence[str],
        filters: Iterable[MetricFilter] = (),
    ) -> None:
        now = int(time.time() * MILLISECONDS)
        self._filtered = FilterMetrics(filters)
        followed = dict.fromkeys([*functions, *self._filtered.functions])
        self._followers = {name: LogFollower(logs, name, since=now) for name in followed}
        self._scheduled = frozenset(scheduled)
        self._ends: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)

    def is_derived(self, metric: MetricIdentity) -> bool:
        """Tell whether a metric comes from here and from nowhere else."""
        if metric.namespace == "AWS/Logs":
            return True
        function = dict(metric.dimensions).get("FunctionName", "")
        return metric.namespace == "AWS/Lambda" and (
            metric.name == "ConcurrentExecutions"
            or (metric.name in COUNTERS and function in self._scheduled)
        )

    def read(self, arrival: Arrival) -> Iterator[Sample]:
        """Yield the samples of the runs that have ended since the last call.

        What filters make of them comes once its minute is over.
        """
        for name, follower in self._followers.items():
            for run in follower.runs():
                ended = run.ended_at / MILLISECONDS
                arrives = arrival.seen(ended)
                yield from _embedded(run, arrives)
                yield from self._own(name, run, arrival.moment(ended), arrives)
                self._filtered.take(run, arrival.moment(ended))
        yield from self._filtered.read(arrival)

    def _own(self, name: str, run: FunctionRun, moment: int, arrives: int) -> Iterator[Sample]:
        values = {"ConcurrentExecutions": (float(self._count_beside(name, run)), "Count")}
        if name in self._scheduled:
            values["Invocations"] = (1.0, "Count")
            values["Errors"] = (float(has_raised(run)), "Count")
            values["Duration"] = (run.duration_milliseconds, "Milliseconds")
        for metric, (value, unit) in values.items():
            yield Sample(
                metric=MetricIdentity.of("AWS/Lambda", metric, {"FunctionName": name}),
                at=moment,
                arrives=arrives,
                values=(value,),
                unit=unit,
            )

    def _count_beside(self, name: str, run: FunctionRun) -> int:
        """Count the runs of a function at work at some time of this one, itself included."""
        ended = run.ended_at / MILLISECONDS
        started = ended - run.duration_milliseconds / MILLISECONDS
        beside = [span for span in self._ends[name] if span[1] > started]
        self._ends[name] = [*beside, (started, ended)]
        return 1 + sum(other < ended for other, _ in beside)


def has_raised(run: FunctionRun) -> bool:
    """Tell whether a run ended in an error, as Lambda sees it."""
    return any(RAISED.match(line) for line in run.lines)


def _embedded(run: FunctionRun, arrives: int) -> Iterator[Sample]:
    for line in run.lines:
        try:
            yield from read_emf(line, arrives)
        except EmfError as error:
            yield Sample(
                metric=MetricIdentity.of(
                    "AWS/Logs", error.counter.value, {"LogGroupName": f"/aws/lambda/{run.function}"}
                ),
                at=arrives,
                arrives=arrives,
                values=(1.0,),
                unit="Count",
            )
