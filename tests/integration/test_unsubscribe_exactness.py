"""Whatever happens, and in whatever order: each mail and each unsubscribe is counted once.

Plays as in test_pipeline_exactness.py, over the e-mail table.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from tests.integration.counting_stage import UNSUBSCRIBE_SETTINGS, insert, staged
from watchkeeper.collection.unsubscribes import count_unsubscribes

TYPES = st.sampled_from(["daily_digest", "crisis_alert", "mystery"])
# What the application does: the name of a method of `MailPlay`, and its arguments.
ACTIONS = st.one_of(
    st.tuples(st.just("send"), TYPES, st.just(0)),
    st.tuples(st.just("send"), TYPES, st.integers(0, 100)),
    st.tuples(st.just("leave"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("leave"), st.integers(0, 9), st.booleans()),
)
PLAYS = plays(ACTIONS, ("emails_sent.sql", "unsubscribed.sql"))

RECOUNT = """
WITH told AS (
    SELECT *, CASE WHEN email_type IN ('daily_digest', 'crisis_alert') THEN email_type
                   ELSE 'other' END AS label, date_trunc('minute', sent_at) AS sent
    FROM email_delivery_log
)
SELECT 'EmailsSent', 'EmailType=' || label, sent, count(*) FROM told GROUP BY 2, 3
UNION ALL
SELECT 'EmailsSent', '', sent, count(*) FROM told GROUP BY 3
UNION ALL
SELECT 'RowsFolded', 'Function=count_unsubscribes', sent, count(*)
FROM told WHERE label = 'other' GROUP BY 3
"""
RECOUNT_LEFT = """
SELECT CASE WHEN email_type IN ('daily_digest', 'crisis_alert') THEN 'EmailType=' || email_type
            ELSE 'EmailType=other' END, count(*)
FROM email_delivery_log WHERE status = 'unsubscribed' GROUP BY 1
UNION ALL
SELECT '', count(*) FROM email_delivery_log WHERE status = 'unsubscribed' HAVING count(*) > 0
"""


class MailPlay(Play):
    """Play the application that sends mails, those who get them, and the function."""

    def run_once(self, **when: Any) -> Mapping[str, object]:
        """Run the function."""
        return self.stage.run(count_unsubscribes, UNSUBSCRIBE_SETTINGS, **when)

    def send(self, kind: str, minutes_ago: int) -> None:
        """Send a mail; its row may have been invisible for a while."""
        sent_at = self.stage.wall - timedelta(minutes=minutes_ago)
        insert(self.stage, "email_delivery_log", email_type=kind, sent_at=sent_at)

    def leave(self, which: int, is_dated: bool) -> None:
        """Let somebody unsubscribe, the newest mail's recipient being 0."""
        self.stage.connection.execute(
            "UPDATE email_delivery_log SET status = 'unsubscribed',"
            " updated_at = CASE WHEN %(is_dated)s THEN %(wall)s::timestamptz END"
            " WHERE id = (SELECT id FROM email_delivery_log ORDER BY sent_at DESC, id"
            "             LIMIT 1 OFFSET %(which)s) AND status = 'sent'",
            {"is_dated": is_dated, "wall": self.stage.wall, "which": which},
        )

    def compare(self) -> None:
        """Compare what was emitted with the table."""
        emitted, doubtful = self.finish()
        mails = {"EmailsSent", "RowsFolded"}
        assert sums(emitted, mails) == add(self.recount(), sums(doubtful, mails))
        left: list[Any] = self.stage.connection.execute(RECOUNT_LEFT).fetchall()
        assert totals(emitted) - totals(doubtful) == Counter(dict(left))

    def recount(self) -> dict[Place, float]:
        """Count the mails in plain SQL."""
        rows: list[Any] = self.stage.connection.execute(RECOUNT).fetchall()
        return {Place(metric, labels, at): float(count) for metric, labels, at, count in rows}


def totals(emitted: Emitted) -> Counter[str]:
    """Add up the unsubscribes by type: when each is counted is not exact, how many are is."""
    found: Counter[str] = Counter()
    for place, value in emitted.sums.items():
        if place.metric == "Unsubscribes":
            found[place.labels] += int(value)
    return +found


@pytest.mark.timeout(TIMEOUT_SECONDS)
def test_each_mail_and_each_unsubscribe_is_counted_once(
    postgres: PostgresServer, database: Database, tmp_path: Path
) -> None:
    with staged(postgres, database, tmp_path) as stage:

        @profile(8)
        @given(scenes=PLAYS)
        def play_and_compare(scenes: list[Scene]) -> None:
            play = MailPlay(stage)
            play.play(scenes)
            play.compare()

        play_and_compare()
