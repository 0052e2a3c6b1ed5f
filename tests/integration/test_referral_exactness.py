"""Whatever happens, and in whatever order: each step of a reward or referral is counted once.

Plays as in test_pipeline_exactness.py, over the tables of rewards and referrals.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.local.database import Database
from rehearsal.local.postgres import PostgresServer
from tests.integration.counting_emitted import Emitted
from tests.integration.counting_play import TIMEOUT_SECONDS, Play, Scene, plays, profile
from tests.integration.counting_stage import staged
from tests.integration.referral_stage import count, loosen, refer, reward

SOURCES = st.sampled_from(["referral", "milestone", "mystery"])
# What the application does: the name of a method of `RewardPlay`, and its arguments.
ACTIONS = st.one_of(
    st.tuples(st.just("grant"), SOURCES, st.integers(1, 5000)),
    st.tuples(st.just("refer")),
    st.tuples(st.just("move_reward"), st.integers(0, 5), st.booleans(), st.booleans()),
    st.tuples(st.just("move_referral"), st.integers(0, 5)),
)
PLAYS = plays(ACTIONS, ("rewards.sql", "referrals.sql"))
NEXT = {"pending": "issued", "failed": "issued", "issued": "applied"}
NEXT_REFERRAL = {
    ("pending", "none"): ("signed_up", "none"),
    ("signed_up", "none"): ("converted", "none"),
    ("converted", "none"): ("converted", "issued"),
}
RECOUNT = """
WITH told AS (
    SELECT CASE WHEN source IN ('referral', 'milestone') THEN 'Source=' || source
                ELSE 'Source=other' END AS label, source, status, amount / 100.0 AS dollars,
           status IN ('issued', 'applied', 'expired') AS is_issued
    FROM reward_ledger
)
SELECT 'CreditsIssued' || label, count(*)::float FROM told WHERE is_issued GROUP BY 1
UNION ALL SELECT 'CreditsIssuedUSD' || label, sum(dollars) FROM told WHERE is_issued GROUP BY 1
UNION ALL SELECT 'CreditsApplied' || label, count(*) FROM told WHERE status = 'applied' GROUP BY 1
UNION ALL SELECT 'CreditsAppliedUSD' || label, sum(dollars) FROM told WHERE status = 'applied'
    GROUP BY 1
UNION ALL SELECT 'CreditsExpired' || label, count(*) FROM told WHERE status = 'expired' GROUP BY 1
UNION ALL SELECT 'CreditsExpiredUSD' || label, sum(dollars) FROM told WHERE status = 'expired'
    GROUP BY 1
UNION ALL SELECT 'MilestoneBonuses', count(*) FROM told
    WHERE is_issued AND source = 'milestone' HAVING count(*) > 0
UNION ALL SELECT 'ReferralSignups', count(*) FROM referral_tracking
    WHERE status <> 'pending' HAVING count(*) > 0
UNION ALL SELECT 'ReferralConversions', count(*) FROM referral_tracking
    WHERE status = 'converted' HAVING count(*) > 0
UNION ALL SELECT 'RewardsIssued', count(*) FROM referral_tracking
    WHERE reward_status = 'issued' HAVING count(*) > 0
"""
OWED = """
SELECT (SELECT count(*) FROM reward_ledger WHERE status = 'failed')
     + (SELECT count(*) FROM referral_tracking
         WHERE status = 'converted' AND reward_status <> 'issued')
"""


class RewardPlay(Play):
    """Play the application that grants rewards, those who earn them, and the function."""

    def run_once(self, **when: Any) -> Mapping[str, object]:
        """Run the function."""
        return count(self.stage, **when)

    def grant(self, source: str, cents: int) -> None:
        """Grant a reward."""
        reward(self.stage, "pending", source=source, amount=cents)

    def refer(self) -> None:
        """Refer somebody."""
        refer(self.stage, "pending")

    def move_reward(self, which: int, goes_well: bool, is_dated: bool) -> None:
        """Let a reward take its next step, the newest being 0; badly, it fails or expires."""
        row = self._pick("id, status", "reward_ledger", which)
        if row is None or row[1] not in NEXT:
            return
        badly = "expired" if row[1] == "issued" else "failed"
        self.stage.connection.execute(
            "UPDATE reward_ledger SET status = %s, updated_at = %s WHERE id = %s",
            (NEXT[row[1]] if goes_well else badly, self.stage.wall if is_dated else None, row[0]),
        )

    def move_referral(self, which: int) -> None:
        """Let a referral take its next step, the newest being 0."""
        row = self._pick("id, status, reward_status", "referral_tracking", which)
        after = None if row is None else NEXT_REFERRAL.get((row[1], row[2]))
        if row is None or after is None:
            return
        self.stage.connection.execute(
            "UPDATE referral_tracking SET status = %s, reward_status = %s WHERE id = %s",
            (*after, row[0]),
        )

    def _pick(self, columns: str, table: str, which: int) -> Any:
        return self.stage.connection.execute(
            f"SELECT {columns} FROM {table} ORDER BY created_at DESC, id LIMIT 1 OFFSET %s",
            (which,),
        ).fetchone()

    def compare(self) -> None:
        """Compare what was emitted with the tables: when is not exact, how many are is."""
        emitted, doubtful = self.finish()
        rows: list[Any] = self.stage.connection.execute(RECOUNT).fetchall()
        found = cents(emitted)
        found.subtract(cents(doubtful))
        assert +found == Counter({name: round(100 * float(value)) for name, value in rows})
        self.stage.wait(hours=1)
        waiting: Any = self.stage.connection.execute(OWED).fetchone()
        assert self.run_once()["ReferralRewardFailures"] == waiting[0]


def cents(emitted: Emitted) -> Counter[str]:
    """Add up each counter in hundredths, so that dollars are exact."""
    found: Counter[str] = Counter()
    for place, value in emitted.sums.items():
        if place.labels.startswith("Source=") or place.metric in (
            "MilestoneBonuses",
            "ReferralSignups",
            "ReferralConversions",
            "RewardsIssued",
        ):
            found[place.metric + place.labels] += round(100 * value)
    return found


@pytest.mark.timeout(TIMEOUT_SECONDS)
def test_each_step_of_a_reward_and_of_a_referral_is_counted_once(
    postgres: PostgresServer, database: Database, tmp_path: Path
) -> None:
    with staged(postgres, database, tmp_path) as stage:
        loosen(stage)

        @profile(10)
        @given(scenes=PLAYS)
        def play_and_compare(scenes: list[Scene]) -> None:
            play = RewardPlay(stage)
            play.play(scenes)
            play.compare()

        play_and_compare()
