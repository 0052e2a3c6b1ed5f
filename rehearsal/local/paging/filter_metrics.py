"""What metric filters make of functions' logs, as CloudWatch does: a minute once it is over.

Of a run they see what the function wrote, not the lines START and REPORT that Lambda adds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rehearsal.engine.metric_filter.transformation import MINUTE, MetricFilter
from rehearsal.engine.metrics.samples import Sample
from rehearsal.local.function_log import FunctionRun
from rehearsal.local.paging.arrival import Arrival

FUNCTIONS = "/aws/lambda/"


class FilterMetrics:
    """Hold what has been logged until its minute is over."""

    def __init__(self, filters: Iterable[MetricFilter]) -> None:
        self._filters: defaultdict[str, list[MetricFilter]] = defaultdict(list)
        for each in filters:
            self._filters[each.log_group].append(each)
        self._waiting: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)

    @property
    def functions(self) -> tuple[str, ...]:
        """Name the functions whose logs have a filter."""
        return tuple(
            group.removeprefix(FUNCTIONS) for group in self._filters if group.startswith(FUNCTIONS)
        )

    def take(self, run: FunctionRun, moment: int) -> None:
        """Take the lines of a run that ended at a moment of the stage (s since 1970)."""
        group = f"{FUNCTIONS}{run.function}"
        if group in self._filters:
            self._waiting[group] += [(moment, line) for line in run.lines]

    def read(self, arrival: Arrival) -> Iterator[Sample]:
        """Yield the samples of all minutes that are over; what comes later comes by itself."""
        now = int(arrival.clock.now()) // MINUTE * MINUTE
        for group, waiting in self._waiting.items():
            over = [event for event in waiting if event[0] < now]
            waiting[:] = [event for event in waiting if event[0] >= now]
            for each in self._filters[group]:
                for sample in each.read(over):
                    yield replace(sample, arrives=max(sample.arrives, arrival.evaluated + 1))
