"""The queries of a monitoring guide as it has them: each counts the last 24 hours anew."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rehearsal.local.database import Login


@dataclass(frozen=True, kw_only=True)
class GuideQuery:
    """Hold one query: its columns are labels and then metrics."""

    sql: str
    labels: tuple[str, ...]
    metrics: tuple[str, ...]


def read_query(name: str, labels: tuple[str, ...], metrics: tuple[str, ...]) -> GuideQuery:
    """Read a query's file."""
    file = Path(__file__).parent / "guide" / f"{name}.sql"
    return GuideQuery(sql=file.read_text(encoding="utf-8"), labels=labels, metrics=metrics)


BY_TYPE = ("pipeline_type",)
GUIDE_QUERIES: Mapping[str, GuideQuery] = {
    "executions": read_query(
        "executions", BY_TYPE, ("pipeline_executions", "pipeline_vetoes", "pipeline_veto_percent")
    ),
    "veto_reasons": read_query(
        "veto_reasons", ("pipeline_type", "veto_reason"), ("pipeline_vetoes_by_reason",)
    ),
    "durations": read_query(
        "durations",
        BY_TYPE,
        ("pipeline_seconds_p50", "pipeline_seconds_p95", "pipeline_seconds_p99"),
    ),
    "sla_compliance": read_query(
        "sla_compliance", BY_TYPE, ("sla_violations", "sla_violation_percent")
    ),
}


class GuideRun:
    """Run the guide's queries as a scheduled script does: connect, ask each, leave."""

    def __init__(self, login: Login) -> None:
        self._login = login

    def connect(self) -> None:
        """Do nothing: each run connects anew."""

    def run(self, now: datetime, *, new_rows: int) -> float:
        """Run all queries and fetch their rows; refuse an answer that counts fewer than are new."""
        started = time.monotonic()
        with self._login.connect() as connection:
            answers = {
                name: connection.execute(query.sql.encode()).fetchall()
                for name, query in GUIDE_QUERIES.items()
            }
        seconds = time.monotonic() - started
        counted = sum(int(str(row[1])) for row in answers["executions"])
        if counted < new_rows:
            raise ValueError(f"at {now} the queries counted {counted} runs, {new_rows} are new")
        return seconds

    def memory_megabytes(self) -> None:
        """Return nothing: the work is the database's alone."""

    def disconnect(self) -> None:
        """Do nothing: each run has closed its connection."""

    def close(self) -> None:
        """Do nothing."""
