"""Tell of each scheduled pipeline how long ago it ran, and how long it is overdue.

A pipeline is due when its rule's own expression says, first after its newest run; a run that ended
in a veto is one. Before it ever ran it is due first after its rule was first heard of, here or in
an environment's file that gave it other times. The ledger's table remembers both, so that neither
an archived row nor an emptied table turns an old run into one that is missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from watchkeeper.collection.database import Database
from watchkeeper.collection.ledgers import open_ledger
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import LedgerError
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.definitions.recurrence import read_recurrence
from watchkeeper.ledger.memory import recall, remember
from watchkeeper.ledger.table import Ledger
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import PipelineMetricsSettings
from watchkeeper.workloads.storytailor.metrics import (
    MINUTES_OVERDUE,
    MINUTES_SINCE_LAST_EXECUTION,
)
from watchkeeper.workloads.storytailor.sources import QUERY_LAST_EXECUTIONS

LEDGER = "job_deadlines"
# A run that the database's clock puts just before its time is the run of that time.
CLOCK_SKEW = timedelta(minutes=1)

PipelineRun = Run[PipelineMetricsSettings]


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """Hold what is known of one pipeline: its rule's times, since when, and its newest run."""

    expression: str
    since: datetime
    last: datetime | None = None

    def minutes_overdue(self, now: datetime) -> float:
        """Return the minutes since it was due; 0 before that, and when it is never due again."""
        begin = self.since if self.last is None else max(self.since, self.last + CLOCK_SKEW)
        due = read_recurrence(self.expression).next_after(begin)
        return 0.0 if due is None else max(0.0, (now - due) / timedelta(minutes=1))

    def to_document(self) -> dict[str, str]:
        """Write it as it is remembered."""
        last = {"last": self.last.isoformat()} if self.last else {}
        return {"expression": self.expression, "since": self.since.isoformat(), **last}


def report_deadlines(run: PipelineRun, database: Database) -> None:
    """Emit how long ago each scheduled pipeline ran and how long it is overdue; remember it."""
    schedules = run.settings.schedules
    if not schedules:
        return
    ledger = open_ledger(run, LEDGER, kept_days=0)
    known = _recalled(ledger)
    found = _last_executions(run, database)
    deadlines = {
        name: observe(known.get(name), expression, found.get(name), run.now)
        for name, expression in schedules.items()
    }
    run.emit(_datapoints(run, deadlines, found))
    if deadlines != known:
        remember(ledger, {name: one.to_document() for name, one in deadlines.items()})


def observe(
    known: Deadline | None, expression: str, last: datetime | None, now: datetime
) -> Deadline:
    """Return what is known of a pipeline now; times that are new count from now on."""
    if known is None:
        return Deadline(expression=expression, since=now, last=last)
    newest = max(filter(None, (known.last, last)), default=None)
    since = known.since if known.expression == expression else now
    return Deadline(expression=expression, since=since, last=newest)


def _datapoints(
    run: PipelineRun, deadlines: Mapping[str, Deadline], found: Mapping[str, datetime]
) -> Iterator[Datapoint]:
    for name, deadline in deadlines.items():
        yield _gauge(run, MINUTES_OVERDUE, name, deadline.minutes_overdue(run.now))
        if name in found:
            minutes = (run.now - found[name]) / timedelta(minutes=1)
            yield _gauge(run, MINUTES_SINCE_LAST_EXECUTION, name, minutes)


def _gauge(run: PipelineRun, metric: MetricDefinition, name: str, minutes: float) -> Datapoint:
    series = metric.series(Environment=run.settings.environment, PipelineType=name)
    return Datapoint(series=series, values=(round(minutes, 2),), timestamp=run.now)


def _last_executions(run: PipelineRun, database: Database) -> dict[str, datetime]:
    wanted = {"types": list(run.settings.schedules), "now": run.now}
    with database.snapshot() as snapshot:
        return dict(snapshot.rows(QUERY_LAST_EXECUTIONS, wanted))


def _recalled(ledger: Ledger) -> dict[str, Deadline]:
    document = recall(ledger)
    try:
        return {name: _from_document(each) for name, each in document.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise LedgerError(
            f"the memory of {LEDGER} holds {str(document)[:80]}, expected expression, since and "
            "last of each pipeline"
        ) from error


def _from_document(document: Mapping[str, Any]) -> Deadline:
    last = document.get("last")
    return Deadline(
        expression=document["expression"],
        since=datetime.fromisoformat(document["since"]),
        last=datetime.fromisoformat(last) if last else None,
    )
