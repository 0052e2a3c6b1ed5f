"""Count what becomes of referrals and of the credits they earn, and who is owed a reward now."""

from collections.abc import Iterator, Mapping
from functools import cache

from watchkeeper.collection.counting import CountResult
from watchkeeper.collection.counting_job import CountingJob, total
from watchkeeper.collection.ledgers import BUSY
from watchkeeper.collection.steps import KEPT_DAYS, Counted, StepSeries, StepSource
from watchkeeper.definitions.datapoint import Datapoint
from watchkeeper.definitions.errors import LedgerBusyError
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries
from watchkeeper.engine_metrics import ROWS_FOLDED, ROWS_UNREADABLE
from watchkeeper.runtime.scheduled import Run
from watchkeeper.runtime.settings import ReferralMetricsSettings
from watchkeeper.workloads.storytailor.metrics_referrals import (
    CREDITS_APPLIED,
    CREDITS_APPLIED_USD,
    CREDITS_EXPIRED,
    CREDITS_EXPIRED_USD,
    CREDITS_ISSUED,
    CREDITS_ISSUED_USD,
    MILESTONE_BONUSES,
    REFERRAL_CONVERSIONS,
    REFERRAL_REWARD_FAILURES,
    REFERRAL_SIGNUPS,
    REWARDS_ISSUED,
)
from watchkeeper.workloads.storytailor.sources import OTHER
from watchkeeper.workloads.storytailor.sources_referrals import (
    MILESTONE,
    QUERY_REFERRALS,
    QUERY_REWARDS,
    REFERRAL_STEPS,
    REWARD_STEPS,
)

REWARDS_LEDGER = "reward_ledger"
REFERRALS_LEDGER = "referral_tracking"
# A reward comes within minutes of the conversion; after this somebody waits for it.
REWARD_DUE_MINUTES = 60
BY_SOURCE: Mapping[str, tuple[MetricDefinition, MetricDefinition]] = {
    "issued": (CREDITS_ISSUED, CREDITS_ISSUED_USD),
    "applied": (CREDITS_APPLIED, CREDITS_APPLIED_USD),
    "expired": (CREDITS_EXPIRED, CREDITS_EXPIRED_USD),
}
IN_TOTAL: Mapping[str, MetricDefinition] = {
    "signed_up": REFERRAL_SIGNUPS,
    "converted": REFERRAL_CONVERSIONS,
    "rewarded": REWARDS_ISSUED,
    "milestone": MILESTONE_BONUSES,
}
OF_THE_RUN: Mapping[str, MetricDefinition] = {
    "folded": ROWS_FOLDED,
    "unreadable": ROWS_UNREADABLE,
}

ReferralRun = Run[ReferralMetricsSettings]


def count_referrals(run: ReferralRun) -> Mapping[str, object]:
    """Count steps of rewards and referrals since the last time, then say who is owed one."""
    series = step_series(run.settings.environment, run.job)
    sources = list(dict.fromkeys(run.settings.reward_sources))
    rewards = StepSource(
        query=QUERY_REWARDS,
        parameters={"types": sources, "other": OTHER, "milestone": MILESTONE},
        steps=REWARD_STEPS,
        series=series,
    )
    referrals = StepSource(
        query=QUERY_REFERRALS,
        parameters={},
        steps=REFERRAL_STEPS,
        series=series,
        owed_after_minutes=REWARD_DUE_MINUTES,
    )
    with CountingJob(run) as job:
        try:
            counts = (
                job.count(rewards, name=REWARDS_LEDGER, kept_days=KEPT_DAYS),
                job.count(referrals, name=REFERRALS_LEDGER, kept_days=KEPT_DAYS),
            )
        except LedgerBusyError:
            return BUSY
        job.report(expected_series(run), *counts)
    owed = rewards.owed + referrals.owed
    run.emit([_owed(run, owed)])
    return {**_summary(*counts), REFERRAL_REWARD_FAILURES.name: owed}


def step_series(environment: str, job: str) -> StepSeries:
    """Return what names the series that a step of a reward or referral counts in."""

    @cache
    def series(step: str, source: str) -> tuple[Counted, ...]:
        if step in BY_SOURCE:
            names = {"Environment": environment, "Source": source}
            count, worth = (metric.series(**names) for metric in BY_SOURCE[step])
            return Counted(series=count), Counted(series=worth, in_dollars=True)
        if step in IN_TOTAL:
            return (Counted(series=IN_TOTAL[step].series(Environment=environment)),)
        own = OF_THE_RUN[step].series(Environment=environment, Function=job)
        return (Counted(series=own),)

    return series


def expected_series(run: ReferralRun) -> Iterator[MetricSeries]:
    """List the counters that each run has a value for, be it zero."""
    series = step_series(run.settings.environment, run.job)
    for source in dict.fromkeys(run.settings.reward_sources):
        for step in BY_SOURCE:
            yield from (counted.series for counted in series(step, source))
    for step in (*IN_TOTAL, *OF_THE_RUN):
        yield from (counted.series for counted in series(step, ""))


def _owed(run: ReferralRun, owed: int) -> Datapoint:
    series = REFERRAL_REWARD_FAILURES.series(Environment=run.settings.environment)
    return Datapoint(series=series, values=(float(owed),), timestamp=run.now)


def _summary(rewards: CountResult, referrals: CountResult) -> dict[str, object]:
    return {
        **{metric.name: total(rewards, metric, by="Source") for metric, _ in BY_SOURCE.values()},
        MILESTONE_BONUSES.name: total(rewards, MILESTONE_BONUSES).get("", 0),
        **{
            metric.name: total(referrals, metric).get("", 0)
            for metric in (REFERRAL_SIGNUPS, REFERRAL_CONVERSIONS, REWARDS_ISSUED)
        },
        "minutes_behind": max(rewards.minutes_behind, referrals.minutes_behind),
    }
