"""Read the database for a report: without its core there is none, a missing part is said.

Every query is a read-only transaction of its own: periods are over when they are reported on, so
there is no moment that two queries would have to agree on.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from watchkeeper.collection.database import Database
from watchkeeper.collection.database_secret import DatabaseSecret
from watchkeeper.definitions.errors import CollectionError, ReportPartError
from watchkeeper.definitions.query import QueryDefinition
from watchkeeper.reports.period import Period
from watchkeeper.workloads.storytailor.sources import SLA_MISSED

T = TypeVar("T")
MORE: Mapping[str, object] = {"sla_missed": SLA_MISSED}


class ReportDatabase:
    """Answer the questions of a report until `deadline` (`time.monotonic()`)."""

    def __init__(self, secret: DatabaseSecret, *, deadline: float) -> None:
        self._secret = secret
        self._deadline = deadline
        self._database: Database | None = None

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def core(self, query: QueryDefinition, period: Period, kind: type[T]) -> list[T]:
        """Read what no report can do without; raise `CollectionError` when it cannot be read."""
        return [kind(*row) for row in self._rows(query, period)]

    def part(self, query: QueryDefinition, period: Period, kind: type[T]) -> list[T]:
        """Read what only one part of a report is about; raise `ReportPartError` instead."""
        try:
            return self.core(query, period, kind)
        except CollectionError as error:
            raise ReportPartError(str(error)) from error

    def _rows(self, query: QueryDefinition, period: Period) -> list[tuple[Any, ...]]:
        if self._database is None:
            self._database = Database(
                self._secret, deadline=self._deadline, application_name="watchkeeper-reports"
            )
        parameters = {"since": period.since, "until": period.until, **MORE}
        try:
            with self._database.snapshot() as snapshot:
                return list(snapshot.rows(query, parameters))
        except CollectionError:
            # A failed transaction answers nothing more: the next question gets a fresh connection.
            self.close()
            raise
