"""What referral_metrics counts, over a real database and from its real EMF lines."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.counting_stage import SHORT_BUDGET_SECONDS, Stage
from tests.integration.referral_stage import change, count, loosen, refer, reward
from watchkeeper.definitions.errors import CollectionError, LedgerError

RUN = "Function=count_referrals"
REFERRAL, OTHER = "Source=referral", "Source=other"


@pytest.fixture(scope="module")
def lasting_stage(lasting_stage: Stage) -> Stage:
    loosen(lasting_stage)
    return lasting_stage


@pytest.fixture
def stage(new_stage: Stage) -> Stage:
    """A stage on which the function has run once, and found nothing."""
    count(new_stage)
    new_stage.wait(minutes=30)
    return new_stage


def next_count(stage: Stage) -> dict[str, Any]:
    stage.wait(hours=1)
    return count(stage)


def owed(stage: Stage) -> float:
    """Return what the newest run said is owed."""
    places = [place for place in stage.emitted.sums if place.metric == "ReferralRewardFailures"]
    return stage.emitted.sums[max(places, key=lambda one: one.minute)]


def test_a_reward_is_counted_once_at_each_step_it_takes(stage: Stage) -> None:
    row = reward(stage, "pending")
    for status in ("pending", "issued", "issued", "applied", "applied"):
        change(stage, "reward_ledger", row, status=status)
        next_count(stage)
    for metric, worth in (
        ("CreditsIssued", 1),
        ("CreditsIssuedUSD", 10),
        ("CreditsApplied", 1),
        ("CreditsAppliedUSD", 10),
        ("CreditsExpired", 0),
        ("CreditsExpiredUSD", 0),
    ):
        assert stage.emitted.total(metric, REFERRAL) == worth, metric


@pytest.mark.parametrize(
    ("last", "metric"), [("applied", "CreditsApplied"), ("expired", "CreditsExpired")]
)
def test_a_reward_seen_only_at_its_end_was_issued_before(
    stage: Stage, last: str, metric: str
) -> None:
    reward(stage, last, amount=250)
    summary = next_count(stage)
    assert summary["CreditsIssued"] == {"referral": 1}
    assert stage.emitted.total("CreditsIssuedUSD", REFERRAL) == 2.5
    assert stage.emitted.total(metric, REFERRAL) == 1
    assert stage.emitted.total(f"{metric}USD", REFERRAL) == 2.5


def test_a_step_once_counted_stays_counted_when_a_row_goes_back_or_goes(stage: Stage) -> None:
    row = reward(stage, "issued")
    next_count(stage)
    change(stage, "reward_ledger", row, status="failed")
    next_count(stage)
    change(stage, "reward_ledger", row, status="issued")
    next_count(stage)
    stage.connection.execute("DELETE FROM reward_ledger")
    next_count(stage)
    assert stage.emitted.total("CreditsIssued", REFERRAL) == 1


def test_milestone_bonuses_are_credits_of_their_own_source_too(stage: Stage) -> None:
    reward(stage, "issued", source="milestone", amount=500)
    reward(stage, "failed", source="milestone", amount=500)
    next_count(stage)
    assert stage.emitted.total("MilestoneBonuses") == 1
    assert stage.emitted.total("CreditsIssuedUSD", "Source=milestone") == 5


def test_an_unlisted_source_is_folded_and_named_in_the_log_once(stage: Stage) -> None:
    row = reward(stage, "issued", source="birthday")
    reward(stage, "issued", source=None)
    next_count(stage)
    assert "reward source birthday" in stage.log.getvalue()
    change(stage, "reward_ledger", row, status="applied")
    next_count(stage)
    assert stage.emitted.total("CreditsIssued", OTHER) == 2
    assert stage.emitted.total("CreditsApplied", OTHER) == 1
    assert stage.emitted.total("RowsFolded", RUN) == 2


@pytest.mark.parametrize(
    ("status", "amount", "counted", "dollars"),
    [("lost", 1000, 0, 0), (None, 1000, 0, 0), ("issued", None, 1, 0)],
)
def test_a_reward_that_makes_no_sense_is_told_and_never_taken_for_zero(
    stage: Stage, status: str | None, amount: int | None, counted: int, dollars: float
) -> None:
    reward(stage, status, amount=amount)
    next_count(stage)
    next_count(stage)
    assert stage.emitted.total("RowsUnreadable", RUN) == 1
    assert stage.emitted.total("CreditsIssued", REFERRAL) == counted
    assert stage.emitted.total("CreditsIssuedUSD", REFERRAL) == dollars


def test_a_referral_is_counted_once_at_each_step_it_takes(stage: Stage) -> None:
    row = refer(stage, "pending")
    straight = refer(stage, "pending")
    next_count(stage)
    change(stage, "referral_tracking", row, status="signed_up")
    next_count(stage)
    change(stage, "referral_tracking", row, status="converted")
    change(stage, "referral_tracking", straight, status="converted")
    next_count(stage)
    change(stage, "referral_tracking", row, reward_status="issued")
    next_count(stage)
    next_count(stage)
    for metric, expected in (
        ("ReferralSignups", 2),
        ("ReferralConversions", 2),
        ("RewardsIssued", 1),
    ):
        assert stage.emitted.total(metric) == expected, metric


def test_a_referral_in_a_state_nobody_knows_is_told(stage: Stage) -> None:
    refer(stage, "ghosted")
    refer(stage, None)
    refer(stage, "signed_up", "postponed")
    refer(stage, "signed_up", None)
    next_count(stage)
    assert stage.emitted.total("RowsUnreadable", RUN) == 3
    assert stage.emitted.total("ReferralSignups") == 2


def test_a_reward_is_owed_an_hour_after_the_conversion_was_seen_until_it_is_issued(
    stage: Stage,
) -> None:
    row = refer(stage, "converted")
    count(stage)
    assert owed(stage) == 0
    stage.wait(minutes=59)
    count(stage)
    assert owed(stage) == 0
    stage.wait(minutes=1)
    assert count(stage)["ReferralRewardFailures"] == 1
    next_count(stage)
    assert owed(stage) == 1
    change(stage, "referral_tracking", row, reward_status="issued")
    next_count(stage)
    assert owed(stage) == 0


def test_a_failed_reward_is_owed_at_once_until_it_is_repaired(stage: Stage) -> None:
    row = reward(stage, "failed", error_message="payment provider answered 402")
    assert count(stage)["ReferralRewardFailures"] == 1
    change(stage, "reward_ledger", row, status="issued")
    assert next_count(stage)["ReferralRewardFailures"] == 0


def test_the_first_run_counts_nothing_of_the_past_and_still_sees_who_is_owed(
    new_stage: Stage,
) -> None:
    stage = new_stage
    reward(stage, "applied", created_at=stage.wall - timedelta(days=90))
    reward(stage, "failed", created_at=stage.wall - timedelta(days=90))
    refer(stage, "converted", created_at=stage.wall - timedelta(days=90))
    assert count(stage)["ReferralRewardFailures"] == 1
    assert next_count(stage)["ReferralRewardFailures"] == 2
    assert not stage.emitted.total("CreditsIssued", REFERRAL)
    assert not stage.emitted.total("ReferralConversions")


def test_a_row_of_last_year_is_still_followed(new_stage: Stage) -> None:
    stage = new_stage
    row = reward(stage, "issued", created_at=stage.wall - timedelta(days=399))
    beyond = reward(stage, "issued", created_at=stage.wall - timedelta(days=402))
    count(stage)
    change(stage, "reward_ledger", row, status="expired")
    change(stage, "reward_ledger", beyond, status="expired")
    next_count(stage)
    assert stage.emitted.total("CreditsExpired", REFERRAL) == 1


def test_a_step_stands_in_the_minute_of_its_update(stage: Stage) -> None:
    reward(stage, "issued", updated_at=stage.wall + timedelta(minutes=17))
    next_count(stage)
    assert stage.emitted.of("CreditsIssued", REFERRAL) == {"20:47": 1}


def test_a_table_without_the_optional_columns_is_counted_too(stage: Stage) -> None:
    optional = {"updated_at": "timestamptz", "error_message": "text"}
    with stage.without("reward_ledger", optional):
        reward(stage, "issued")
        next_count(stage)
        assert stage.emitted.total("CreditsIssued", REFERRAL) == 1


def test_what_happens_between_two_runs_of_the_same_minute_is_counted_once(stage: Stage) -> None:
    count(stage)
    reward(stage, "issued")
    count(stage)
    count(stage)
    assert stage.emitted.total("CreditsIssued", REFERRAL) == 1


def test_a_repeated_event_of_an_earlier_hour_changes_nothing(stage: Stage) -> None:
    refer(stage, "converted")
    next_count(stage)
    stage.wait(minutes=59)
    count(stage, at=stage.wall - timedelta(hours=3))
    assert stage.emitted.total("ReferralConversions") == 1
    stage.wait(minutes=1)
    assert count(stage)["ReferralRewardFailures"] == 1


def test_every_run_says_zero_for_what_did_not_happen(stage: Stage) -> None:
    next_count(stage)
    for metric in ("CreditsIssued", "CreditsAppliedUSD", "CreditsExpired"):
        assert stage.emitted.labels(metric) == {"Source=referral", "Source=milestone"}
    for metric in ("ReferralSignups", "MilestoneBonuses", "ReferralRewardFailures"):
        assert stage.emitted.values(metric)[-1] == 0


def silence(stage: Stage) -> None:
    stage.gateway.black_hole()


def break_down(stage: Stage) -> None:
    stage.gateway.refuse()


def deny(stage: Stage) -> None:
    stage.connection.execute("REVOKE SELECT ON referral_tracking FROM watchkeeper_ro")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("fault", [silence, break_down, deny], ids=lambda fault: fault.__name__)
def test_a_database_that_fails_fails_the_run_and_is_made_up_for(
    stage: Stage, fault: Callable[[Stage], object]
) -> None:
    reward(stage, "issued")
    refer(stage, "signed_up")
    stage.wait(hours=1)
    fault(stage)
    with pytest.raises(CollectionError, match="of watchkeeper/test/database could not"):
        count(stage, seconds=SHORT_BUDGET_SECONDS)
    stage.gateway.normal()
    stage.connection.execute("GRANT SELECT ON referral_tracking TO watchkeeper_ro")
    next_count(stage)
    assert stage.emitted.total("CreditsIssued", REFERRAL) == 1
    assert stage.emitted.total("ReferralSignups") == 1
    assert not stage.emitted.total("LedgerRecovered", RUN)


def test_a_ledger_that_refuses_fails_the_run_and_is_made_up_for(stage: Stage) -> None:
    reward(stage, "issued")
    stage.seconds_left = 1.0
    with pytest.raises(LedgerError):
        next_count(stage)
    stage.seconds_left = None
    next_count(stage)
    assert stage.emitted.total("CreditsIssued", REFERRAL) == 1
