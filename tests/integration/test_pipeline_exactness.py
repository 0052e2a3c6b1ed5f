"""Whatever happens, and in whatever order: what is emitted adds up to what is in the table.

Plays of random scenes have the application act (rows come late, end, are corrected, go), and all
befall the function that can: repeated, older and future events, outages, runs beside one another,
runs that die at any point. The database is a real PostgreSQL. At the end one healthy run must
leave, in each minute of each series, exactly what a plain recount of the table says, plus what
runs emitted and did not live to commit.

WATCHKEEPER_EXACTNESS=long plays fifty times as long, with other dice each time.
"""

import math
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from rehearsal.local.database import Database
from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_emitted import Emitted, Place
from tests.integration.counting_play import (
    TIMEOUT_SECONDS,
    Play,
    Scene,
    add,
    plays,
    profile,
    sums,
)
from tests.integration.counting_stage import PIPELINE_SETTINGS, Stage, insert, staged
from watchkeeper.collection.pipelines import count_pipelines

# A row that changes within two hours of its creation is counted right, however late runs are.
PATIENCE = timedelta(minutes=115)
COUNTED = {
    "PipelineExecutions",
    "PipelineVetoes",
    "SLAViolations",
    "PipelineFailures",
    "RowsFolded",
    "RowsUnreadable",
}
SAMPLED = {"PipelineDuration", "EventToProcessingDelay"}

TYPES = st.sampled_from(["daily_digest", "crisis_alert", "mystery"])
REASONS = st.sampled_from(["LOW_CONFIDENCE", "SLA_MISSED", "BAD_MOOD", None])
EVENTS = st.sampled_from(["none", "early", "future", "nonsense"])
STATUSES = st.sampled_from(["completed", "failed"])
WHICH = st.integers(0, 6)
# What the application does: the name of a method of `PipelinePlay`, and its arguments.
ACTIONS = st.one_of(
    st.tuples(st.just("begin"), TYPES, EVENTS, st.just(False), st.integers(0, 90)),
    st.tuples(st.just("begin"), TYPES, EVENTS, st.booleans(), st.integers(0, 90)),
    st.tuples(st.just("commit_late")),
    st.tuples(st.just("end"), WHICH, STATUSES, st.booleans(), REASONS),
    st.tuples(st.just("correct"), WHICH, st.sampled_from([True, False, None]), REASONS),
    st.tuples(st.just("delete"), WHICH),
)
PLAYS = plays(ACTIONS, ("pipeline_executions.sql", "last_executions.sql"))

# The independent recount: a plain statement a series. `pipeline_name` says what the event's time
# was like, `signal_count` how many seconds early it was.
RECOUNT = """
WITH told AS (
    SELECT *,
        CASE WHEN pipeline_type IN ('daily_digest', 'crisis_alert') THEN pipeline_type
             ELSE 'other' END AS label,
        CASE WHEN veto_reason IN ('LOW_CONFIDENCE', 'SLA_MISSED') THEN veto_reason
             ELSE 'other' END AS why,
        date_trunc('minute', created_at) AS began,
        date_trunc('minute', coalesce(completed_at, created_at)) AS ended
    FROM pipeline_executions
)
SELECT 'PipelineExecutions', 'PipelineType=' || label, began, count(*) FROM told GROUP BY 2, 3
UNION ALL
SELECT 'PipelineExecutions', '', began, count(*) FROM told GROUP BY 3
UNION ALL
SELECT 'PipelineVetoes', 'PipelineType=' || label, ended, count(*) FROM told WHERE vetoed
GROUP BY 2, 3
UNION ALL
SELECT 'PipelineVetoes', 'PipelineType=' || label || ',VetoReason=' || why, ended, count(*)
FROM told WHERE vetoed GROUP BY 2, 3
UNION ALL
SELECT 'PipelineVetoes', '', ended, count(*) FROM told WHERE vetoed GROUP BY 3
UNION ALL
SELECT 'SLAViolations', 'PipelineType=' || label, ended, count(*)
FROM told WHERE vetoed AND veto_reason = 'SLA_MISSED' GROUP BY 2, 3
UNION ALL
SELECT 'PipelineFailures', 'PipelineType=' || label, ended, count(*)
FROM told WHERE status = 'failed' GROUP BY 2, 3
UNION ALL
SELECT 'RowsFolded', 'Function=count_pipelines', began, count(*)
FROM told WHERE label = 'other' OR (vetoed AND why = 'other') GROUP BY 3
UNION ALL
SELECT 'RowsUnreadable', 'Function=count_pipelines', began, count(*)
FROM told WHERE pipeline_name IN ('future', 'nonsense') GROUP BY 3
"""
RECOUNT_SAMPLES = """
SELECT 'PipelineDuration', pipeline_type, date_trunc('minute', completed_at),
       1000 * extract(epoch FROM completed_at - started_at)
FROM pipeline_executions WHERE completed_at IS NOT NULL
UNION ALL
SELECT 'EventToProcessingDelay', pipeline_type, date_trunc('minute', created_at), signal_count
FROM pipeline_executions WHERE pipeline_name = 'early'
"""


class PipelinePlay(Play):
    """Play the application that runs pipelines, and the function that counts them."""

    def __init__(self, stage: Stage) -> None:
        self.invisible: list[dict[str, Any]] = []
        self.gone_samples: Counter[tuple[Place, float]] = Counter()
        self.row_count = 0
        super().__init__(stage)

    def run_once(self, **when: Any) -> Mapping[str, object]:
        """Run the function."""
        return self.stage.run(count_pipelines, PIPELINE_SETTINGS, **when)

    def begin(self, kind: str, event: str, is_late: bool, seconds: int) -> None:
        """Start a run; its row may stay invisible for a while, in a long transaction."""
        self.row_count += 1
        # No two samples are alike, so that each can be told from the others.
        began = self.stage.wall - timedelta(milliseconds=self.row_count)
        times = {"early": iso(began - timedelta(seconds=seconds)), "nonsense": "soon"}
        times["future"] = iso(began + timedelta(hours=1))
        row = {
            "pipeline_type": kind,
            "pipeline_name": event,
            "signal_count": seconds,
            "trigger_data": Jsonb({"event_timestamp": times[event]} if event in times else {}),
            "started_at": began,
            "created_at": began,
        }
        if is_late:
            self.invisible.append(row)
        else:
            insert(self.stage, "pipeline_executions", **row)

    def commit_late(self) -> None:
        """Commit the oldest of the long transactions."""
        row = self.invisible.pop(0) if self.invisible else None
        if row and self.stage.wall - row["created_at"] < PATIENCE:
            insert(self.stage, "pipeline_executions", **row)

    def end(self, which: int, status: str, vetoed: bool, reason: str | None) -> None:
        """End a run."""
        self.change(
            which,
            "status = %(status)s, vetoed = %(vetoed)s, veto_reason = %(reason)s, "
            "completed_at = coalesce(completed_at, %(wall)s)",
            status=status,
            vetoed=vetoed,
            reason=reason,
        )

    def correct(self, which: int, vetoed: bool | None, reason: str | None) -> None:
        """Set or correct a veto, before or after the end."""
        self.change(
            which, "vetoed = %(vetoed)s, veto_reason = %(reason)s", vetoed=vetoed, reason=reason
        )

    def delete(self, which: int) -> None:
        """Delete a row; a sample that was emitted for it stays in CloudWatch."""
        before = self.samples()
        self.change(which, None)
        self.gone_samples += before - self.samples()

    def change(self, which: int, assignment: str | None, **values: object) -> None:
        """Change or delete one of the rows that are still young enough, 0 being the newest."""
        found = self.stage.connection.execute(
            "SELECT id FROM pipeline_executions WHERE created_at > %s"
            " ORDER BY created_at DESC LIMIT 1 OFFSET %s",
            [self.stage.wall - PATIENCE, which],
        ).fetchone()
        statement = f"UPDATE pipeline_executions SET {assignment} WHERE id = %(id)s"
        if assignment is None:
            statement = "DELETE FROM pipeline_executions WHERE id = %(id)s"
        if found:
            self.stage.connection.execute(
                statement, {"id": found[0], "wall": self.stage.wall, **values}
            )

    def compare(self) -> None:
        """Compare what was emitted with the table."""
        emitted, doubtful = self.finish()
        assert sums(emitted, COUNTED) == add(self.recount(), sums(doubtful, COUNTED))
        found, expected = samples(emitted), self.samples() + samples(doubtful)
        assert expected <= found
        assert found <= expected + self.gone_samples

    def recount(self) -> dict[Place, float]:
        """Count the table in plain SQL."""
        rows: list[Any] = self.stage.connection.execute(RECOUNT).fetchall()
        return {Place(metric, labels, at): float(count) for metric, labels, at, count in rows}

    def samples(self) -> Counter[tuple[Place, float]]:
        """Read every sample there is in the table."""
        found: Counter[tuple[Place, float]] = Counter()
        rows: list[Any] = self.stage.connection.execute(RECOUNT_SAMPLES).fetchall()
        for metric, kind, minute, value in rows:
            label = "other" if kind == "mystery" else kind
            found[Place(metric, f"PipelineType={label}", minute), rounded(float(value))] += 1
        return found


def iso(moment: datetime) -> str:
    """Write a time as JavaScript does."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rounded(value: float) -> float:
    """Round to steps of 2, 5 or 10 in the third digit, and of 0.02 below one."""
    magnitude = 10.0 ** math.floor(math.log10(max(value, 1)))
    step = magnitude * (2 if value < 2.5 * magnitude else 5 if value < 5 * magnitude else 10)
    return round(100 * value / step) * step / 100


def samples(emitted: Emitted) -> Counter[tuple[Place, float]]:
    """Return every sample that was emitted."""
    found: Counter[tuple[Place, float]] = Counter()
    for place, values in emitted.samples.items():
        if place.metric in SAMPLED:
            found.update({(place, value): count for value, count in values.items()})
    return found


@pytest.mark.timeout(TIMEOUT_SECONDS)
def test_what_is_emitted_adds_up_to_what_is_in_the_table(
    postgres: PostgresServer, database: Database, tmp_path: Path
) -> None:
    with staged(postgres, database, tmp_path) as stage:

        @profile(20)
        @given(scenes=PLAYS)
        def play_and_compare(scenes: list[Scene]) -> None:
            play = PipelinePlay(stage)
            play.play(scenes)
            play.compare()

        play_and_compare()
