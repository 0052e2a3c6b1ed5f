"""What Watchkeeper reads of referrals and rewards, and the steps it tells apart."""

from watchkeeper.definitions.query import QueryDefinition

QUERIES = "watchkeeper.workloads.storytailor.queries"
STEP_COLUMNS = ("id", "created", "type", "steps", "cents", "updated", "is_owed", "example")
MILESTONE = "milestone"

# A step's place is what the ledger remembers it by: a new one goes to the end.
REWARD_STEPS = ("issued", "applied", "expired", "milestone", "folded", "unreadable")
REFERRAL_STEPS = ("signed_up", "converted", "rewarded", "unreadable")

QUERY_REWARDS = QueryDefinition(
    package=QUERIES,
    file="rewards.sql",
    columns=STEP_COLUMNS,
    description="Rewards that have moved on from pending: the steps each has taken.",
    statement_timeout_milliseconds=30_000,
)
QUERY_REFERRALS = QueryDefinition(
    package=QUERIES,
    file="referrals.sql",
    columns=STEP_COLUMNS,
    description="Referrals that have moved on from pending: the steps each has taken.",
    statement_timeout_milliseconds=30_000,
)
