"""The metrics Watchkeeper emits for referrals and the credits they earn.

Money is a metric of its own beside each count: a series has one unit, and a sum of counts and
dollars says nothing. CloudWatch knows no currency, so dollars come without a unit.
"""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit

REFERRALS = "Storytailor/Referrals"
TOTAL = ("Environment",)
BY_SOURCE = ("Environment", "Source")
JOB = "referral_metrics"


def _credits(name: str, unit: Unit, description: str) -> MetricDefinition:
    return MetricDefinition(
        namespace=REFERRALS,
        name=name,
        unit=unit,
        kind=Kind.COUNTER,
        dimension_sets=(BY_SOURCE,),
        description=description,
        source=JOB,
    )


def _referrals(name: str, description: str) -> MetricDefinition:
    return MetricDefinition(
        namespace=REFERRALS,
        name=name,
        unit=Unit.COUNT,
        kind=Kind.COUNTER,
        dimension_sets=(TOTAL,),
        description=description,
        source=JOB,
    )


CREDITS_ISSUED = _credits(
    "CreditsIssued", Unit.COUNT, "Credits that were issued, when seen for the first time."
)
CREDITS_ISSUED_USD = _credits(
    "CreditsIssuedUSD", Unit.NONE, "What those issued credits are worth, in US dollars."
)
CREDITS_APPLIED = _credits(
    "CreditsApplied", Unit.COUNT, "Issued credits that were applied to an invoice."
)
CREDITS_APPLIED_USD = _credits(
    "CreditsAppliedUSD", Unit.NONE, "What those applied credits are worth, in US dollars."
)
CREDITS_EXPIRED = _credits(
    "CreditsExpired", Unit.COUNT, "Issued credits that expired before they were applied."
)
CREDITS_EXPIRED_USD = _credits(
    "CreditsExpiredUSD", Unit.NONE, "What those expired credits were worth, in US dollars."
)
REFERRAL_SIGNUPS = _referrals(
    "ReferralSignups", "Referred people who signed up; whoever converted had signed up."
)
REFERRAL_CONVERSIONS = _referrals("ReferralConversions", "Referred people who became customers.")
REWARDS_ISSUED = _referrals("RewardsIssued", "Referrals whose reward was issued.")
MILESTONE_BONUSES = _referrals(
    "MilestoneBonuses", "Credits that were issued for reaching a milestone."
)
REFERRAL_REWARD_FAILURES = MetricDefinition(
    namespace=REFERRALS,
    name="ReferralRewardFailures",
    unit=Unit.COUNT,
    kind=Kind.GAUGE,
    dimension_sets=(TOTAL,),
    description=(
        "Rewards owed now: seen converted an hour ago or more and still without an issued reward, "
        "and rewards whose status is failed."
    ),
    source=JOB,
)

REFERRAL_METRICS = (
    CREDITS_ISSUED,
    CREDITS_ISSUED_USD,
    CREDITS_APPLIED,
    CREDITS_APPLIED_USD,
    CREDITS_EXPIRED,
    CREDITS_EXPIRED_USD,
    REFERRAL_SIGNUPS,
    REFERRAL_CONVERSIONS,
    REWARDS_ISSUED,
    MILESTONE_BONUSES,
    REFERRAL_REWARD_FAILURES,
)
