"""What the counting functions have in common around their sources."""

from collections import defaultdict
from collections.abc import Iterable
from types import TracebackType
from typing import Generic, Self, TypeVar

from watchkeeper.collection.counting import Counting, CountResult, Source
from watchkeeper.collection.ledgers import open_database, open_ledger
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries
from watchkeeper.engine_metrics import LEDGER_RECOVERED, MINUTES_BEHIND
from watchkeeper.ledger.minute import to_datetime, to_minute
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import LedgerSettings

S = TypeVar("S", bound=LedgerSettings)

MAX_REMARKS = 5


class CountingJob(Generic[S]):
    """Count sources for one run, over one connection and each with a ledger of its own."""

    def __init__(self, run: Run[S]) -> None:
        self.database = open_database(run)
        self._run: Run[S] = run
        self._counting = Counting(
            now=run.now,
            snapshot=self.database.snapshot,
            emit=run.emit,
            seconds_left=lambda: run.remaining_seconds,
            warn_of_recovery=self._warn_of_recovery,
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.database.close()

    def count(self, source: Source, *, name: str, kept_days: int) -> CountResult:
        """Count a source against the ledger of this name, and log what is odd about it."""
        run = self._run
        result = self._counting.count(source, open_ledger(run, name, kept_days=kept_days))
        if result.remarks:
            remarks = sorted(set(result.remarks))
            run.log.warning(
                "rows do not fit",
                extra={"source": name, "kinds": len(remarks), "some": remarks[:MAX_REMARKS]},
            )
        if result.skipped_minutes:
            run.log.error(
                "rows too old for CloudWatch are given up",
                extra={"source": name, "minutes": result.skipped_minutes},
            )
        return result

    def report(self, zeros: Iterable[MetricSeries], *results: CountResult) -> None:
        """Emit how far the counts have come, and zeros for what did not happen.

        A zero says "counted, and found nothing": a count that is behind cannot say it, and it can
        be said of no later minute than the last that was counted. A zero on a minute that is still
        to be counted would pass, to an alarm on two windows in a row, for a good window between
        bad ones.
        """
        run = self._run
        behind = max(result.minutes_behind for result in results)
        run.emit([run.own(MINUTES_BEHIND, float(behind))])
        if not any(result.has_recovered for result in results):
            run.emit([run.own(LEDGER_RECOVERED, 0.0)])
        if not behind:
            minute = to_datetime(to_minute(run.now) - 1)
            run.emit(Datapoint(series=one, values=(0.0,), timestamp=minute) for one in zeros)

    def _warn_of_recovery(self) -> None:
        run = self._run
        run.log.warning("the run before died; up to one step of it may be counted twice")
        run.emit([run.own(LEDGER_RECOVERED, 1.0)])


def total(result: CountResult, metric: MetricDefinition, by: str = "") -> dict[str, int]:
    """Add up what was counted of a metric, largest first: by a dimension, or in total under ""."""
    sums: defaultdict[str, int] = defaultdict(int)
    for series, value in result.totals.items():
        labels = dict(series.dimensions)
        if series.metric == metric and labels.keys() == {"Environment", by} - {""}:
            sums[labels.get(by, "")] += round(value)
    return dict(sorted(sums.items(), key=lambda pair: -pair[1]))
