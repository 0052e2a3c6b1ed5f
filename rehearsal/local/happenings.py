"""What has to have happened in Storytailor so that every job has something to say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from watchkeeper.workloads.storytailor.jobs import (
    COST_METRICS,
    DATABASE_METRICS,
    OVERRIDE_METRICS,
    REFERRAL_METRICS,
)

OVERRIDE = """
INSERT INTO human_overrides (pipeline_type, override_type, occurred_at)
VALUES ('early_intervention', 'corrected', %(at)s)
"""
# So many as it takes to tell what one of them costs.
MAILS = """
INSERT INTO email_delivery_log (email_type, status, sent_at)
SELECT 'org_health', 'delivered', %(at)s FROM generate_series(1, 1000)
"""
CALL = "SELECT calculate_user_credits(gen_random_uuid())"
# A friend becomes a customer, and somebody gets a credit for it.
THANKS = """
WITH referral AS (
    INSERT INTO referral_tracking (referrer_id, status, reward_status)
    VALUES (gen_random_uuid(), 'converted', 'issued')
    RETURNING referrer_id
)
INSERT INTO reward_ledger (user_id, source, amount, status)
SELECT referrer_id, 'referral', 1000, 'issued' FROM referral
"""


@dataclass(frozen=True, kw_only=True)
class Happenings:
    """Hold what the application does for a job, as statements that may ask for a time, `at`.

    A job that compares with its run before runs once more: after `before`, before `between`.
    """

    before: str = ""
    between: str = ""
    ago: timedelta = timedelta(0)


NOTHING = Happenings()
NEEDED: Mapping[str, Happenings] = {
    OVERRIDE_METRICS.name: Happenings(before=OVERRIDE, ago=timedelta(minutes=5)),
    COST_METRICS.name: Happenings(before=MAILS, ago=timedelta(days=20)),
    # A counter says something of its second value, not of its first.
    DATABASE_METRICS.name: Happenings(before=CALL, between=CALL),
    REFERRAL_METRICS.name: Happenings(between=THANKS),
}
