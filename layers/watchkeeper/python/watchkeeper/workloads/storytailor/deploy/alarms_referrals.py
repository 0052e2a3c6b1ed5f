"""Alarms on referrals: people who earned a reward and have not got it."""

from collections.abc import Iterator

from watchkeeper.definitions.alarm import AlarmDefinition, Statistic, TreatMissingData
from watchkeeper.definitions.conditions import FIVE_MINUTES, above
from watchkeeper.definitions.severity import Severity
from watchkeeper.workloads.storytailor.deploy.alarming import REFERRALS_DASHBOARD, Alarming
from watchkeeper.workloads.storytailor.metrics_referrals import REFERRAL_REWARD_FAILURES


def referral_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarm on rewards that are owed."""
    switch = alarming.switch("referral-rewards")
    yield alarming.alarm(
        "referral-reward-failures",
        Severity.P2,
        above(
            Statistic(series=alarming.series(REFERRAL_REWARD_FAILURES), statistic="Maximum"),
            alarming.numbers("referral-reward-failures", 0),
            FIVE_MINUTES,
            # Who is owed something is so until the next hourly run says otherwise.
            TreatMissingData.IGNORE,
        ),
        meaning="People who referred a friend have not got the reward they were promised.",
        checks=(
            "reward_ledger: which rewards are failed, since when, with which error_message?",
            "referral_tracking: who has converted and has no issued reward?",
            f"The job referral-rewards: did it run, and is {switch} `true`?",
        ),
        rationale="Monitoring guide: any reward that failed, or is an hour late.",
        dashboard=REFERRALS_DASHBOARD,
        kill_switch=switch,
    )
