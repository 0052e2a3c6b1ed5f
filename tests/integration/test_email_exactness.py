"""Whatever happens, and in whatever order: no step of a mail is counted twice, and none is lost.

Plays as in test_pipeline_exactness.py, over the e-mail table. A step that a mail took and that
another status covered before any run saw it, nobody can know of: it may be counted or not.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.local.database import Database
from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_emitted import Emitted
from tests.integration.counting_play import TIMEOUT_SECONDS, Play, Scene, plays, profile
from tests.integration.counting_stage import EMAIL_SETTINGS, Stage, insert, staged
from watchkeeper.collection.emails import count_emails

# Each mail has a type of its own, so that what is counted of it can be told from all others.
SETTINGS = replace(EMAIL_SETTINGS, email_types=tuple(f"mail_{n}" for n in range(24)))
# What a status says that a mail has gone through.
SAYS = {
    "opened": {"EmailOpens"},
    "clicked": {"EmailOpens", "EmailClicks"},
    "unsubscribed": {"EmailOpens"},
    "bounced": {"EmailBounces"},
    "failed": {"EmailDeliveryFailure"},
    "spam_complaint": {"SpamComplaints"},
}
METRICS = {metric for says in SAYS.values() for metric in says}
RECOUNTED = timedelta(hours=2)
# Within an hour of runs each mail of the last two days is looked at, and some to be safe.
RUNS_A_TURN = 13
LOOKED_AT_HOURLY = timedelta(hours=46)
STATUSES = st.sampled_from(["delivered", *SAYS]) | st.sampled_from(["opened", "clicked"])
MOVES = st.tuples(st.just("move"), st.integers(0, 2), STATUSES, st.booleans())
ACTIONS = st.one_of(
    st.tuples(st.just("send"), st.just(0)),
    st.tuples(st.just("send"), st.integers(0, 100)),
    MOVES,
    MOVES,
    MOVES,
)
PLAYS = plays(ACTIONS, ("email_steps.sql", "email_minutes.sql", "complained.sql"))


class StepPlay(Play):
    """Play mails whose status moves anyhow, and the function that looks now and then.

    `taken` holds what each mail has ever gone through, `seen` what a whole run must have seen.
    """

    def __init__(self, stage: Stage) -> None:
        self.labels: dict[Any, str] = {}
        self.taken: defaultdict[Any, set[str]] = defaultdict(set)
        self.seen: defaultdict[Any, set[str]] = defaultdict(set)
        super().__init__(stage)

    def run_once(self, **when: Any) -> Mapping[str, object]:
        """Run the function; what it says in the end it has seen."""
        summary = self.stage.run(count_emails, SETTINGS, **when)
        if "skipped" not in summary:
            now = when.get("at") or self.stage.wall.replace(second=0, microsecond=0)
            self.look(min(now, self.stage.wall) - RECOUNTED, now)
        return summary

    def look(self, since: datetime, until: datetime) -> None:
        """Note what the statuses of a stretch say."""
        rows: list[Any] = self.stage.connection.execute(
            "SELECT id, status FROM email_delivery_log WHERE sent_at >= %s AND sent_at < %s",
            [since, until],
        ).fetchall()
        for mail, status in rows:
            self.seen[mail] |= SAYS.get(status, set())

    def send(self, minutes_ago: int) -> None:
        """Send a mail; its row may have been invisible for a while."""
        if len(self.labels) == len(SETTINGS.email_types):
            return
        kind = SETTINGS.email_types[len(self.labels)]
        sent_at = self.stage.wall - timedelta(minutes=minutes_ago)
        mail = insert(self.stage, "email_delivery_log", email_type=kind, sent_at=sent_at)
        self.labels[mail] = kind

    def move(self, which: int, status: str, is_dated: bool) -> None:
        """Let the status of a mail become any other, the newest mail being 0."""
        row = self.stage.connection.execute(
            "UPDATE email_delivery_log SET status = %(status)s,"
            " updated_at = CASE WHEN %(is_dated)s THEN %(wall)s::timestamptz END"
            " WHERE id = (SELECT id FROM email_delivery_log ORDER BY sent_at DESC, id"
            "             LIMIT 1 OFFSET %(which)s) RETURNING id",
            {"status": status, "is_dated": is_dated, "wall": self.stage.wall, "which": which},
        ).fetchone()
        if row:
            self.taken[row[0]] |= SAYS.get(status, set())

    def compare(self) -> None:
        """Compare what was emitted with what mails went through and what could be seen of it."""
        self.finish()
        for _ in range(RUNS_A_TURN):
            self.stage.wait(minutes=5)
            self.run_once()
        self.look(self.stage.wall - LOOKED_AT_HOURLY, self.stage.wall)
        doubtful = Emitted.parse(self.stage.doubtful.getvalue())
        counted = totals(self.stage.emitted)
        counted.subtract(totals(doubtful))
        for metric in METRICS:
            in_all = 0
            for mail, kind in self.labels.items():
                found = counted[metric, f"EmailType={kind}"]
                assert (metric in self.seen[mail]) <= found <= (metric in self.taken[mail])
                in_all += found
            assert counted[metric, ""] == in_all


def totals(emitted: Emitted) -> Counter[tuple[str, str]]:
    """Add up the steps by metric and type: when each is counted is not exact, how many are is."""
    found: Counter[tuple[str, str]] = Counter()
    for place, value in emitted.sums.items():
        if place.metric in METRICS:
            found[place.metric, place.labels] += int(value)
    return found


@pytest.mark.timeout(TIMEOUT_SECONDS)
def test_each_step_of_a_mail_is_counted_once(
    postgres: PostgresServer, database: Database, tmp_path: Path
) -> None:
    with staged(postgres, database, tmp_path) as stage:

        @profile(4)
        @given(scenes=PLAYS)
        def play_and_compare(scenes: list[Scene]) -> None:
            play = StepPlay(stage)
            play.play(scenes)
            play.compare()

        play_and_compare()
