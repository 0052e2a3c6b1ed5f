"""Work out what happens in one minute of traffic, and what follows from it later.

Pure: the same seed, rates and minute always give the same changes, whatever was asked before.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rehearsal.local.traffic_rates import EmailRates, PipelineRates, Rates

MINUTES_PER_DAY = 1440
# A job works through its users one after another, but never longer than this in all.
SECONDS_BETWEEN_RUNS = 0.2
MAX_JOB_SECONDS = 1200.0
SPREAD = 0.6
LATE_UNSUBSCRIBE_FRACTION = 0.3
LATE_UNSUBSCRIBE_DAYS = 7
REFERRAL_REWARD_CENTS = 1000
MILESTONE_REWARD_CENTS = 500
REWARD_LIFE_DAYS = 90
APPLIED_FRACTION = 0.6
SLA_SECONDS = 300.0
TIME_CRITICAL_OVERRIDES = ("crisis_alert", "early_intervention")


@dataclass(frozen=True, slots=True)
class Change:
    """Insert one row, or overwrite some columns of one, at one moment."""

    at: datetime
    table: str
    id: UUID
    values: dict[str, Any]
    is_new: bool = False


class MinutePlan:
    """Plan one minute; `seed` and the minute decide every draw."""

    def __init__(self, seed: int, rates: Rates, minute: datetime) -> None:
        self._seed = seed
        self._rates = rates
        self._minute = minute

    def changes(self) -> Iterator[Change]:
        """Yield everything that begins in this minute, with all its later changes."""
        for pipeline_type, rates in self._rates.pipelines.items():
            chance = self._chance(pipeline_type)
            for started_at in self._starts(rates, chance):
                yield from self._run(pipeline_type, rates, started_at, chance)
        chance = self._chance("other")
        for at in self._arrivals(self._rates.referrals_per_day, chance):
            yield from self._referral(at, chance)
        for at in self._arrivals(self._rates.milestones_per_day, chance):
            user_id = self._user(chance)
            yield from self._reward(at, user_id, "milestone", MILESTONE_REWARD_CENTS, chance)
        for at in self._arrivals(self._rates.overrides_per_day, chance):
            yield self._override(at, chance)
        for at in self._arrivals(self._rates.consumption_events_per_day, chance):
            yield self._consumption(at, chance)

    def _chance(self, stream: str) -> random.Random:
        return random.Random(  # noqa: S311  draws that must repeat, not secrets
            f"{self._seed}/{stream}/{self._minute.isoformat()}"
        )

    def _user(self, chance: random.Random) -> UUID:
        return UUID(int=(self._seed << 64) % (1 << 128) | chance.randrange(self._rates.users))

    def _arrivals(self, per_day: float, chance: random.Random) -> Iterator[datetime]:
        if per_day <= 0:
            return
        per_second = per_day / (MINUTES_PER_DAY * 60)
        seconds = chance.expovariate(per_second)
        while seconds < 60:
            yield after(self._minute, seconds)
            seconds += chance.expovariate(per_second)

    def _starts(self, rates: PipelineRates, chance: random.Random) -> Iterator[datetime]:
        if rates.timetable is None:
            yield from self._arrivals(rates.runs, chance)
        elif rates.timetable.starts_at(self._minute):
            count = round(rates.runs)
            gap_seconds = min(SECONDS_BETWEEN_RUNS, MAX_JOB_SECONDS / max(1, count))
            for number in range(count):
                yield after(self._minute, 1 + number * gap_seconds + chance.random() / 10)

    def _run(
        self, pipeline_type: str, rates: PipelineRates, started_at: datetime, chance: random.Random
    ) -> Iterator[Change]:
        run_id, user_id = new_id(chance), self._user(chance)
        outcome = self._outcome(pipeline_type, rates, chance)
        trigger: dict[str, Any] = {"source": "schedule", "job": pipeline_type}
        if rates.timetable is None:
            delay_seconds = around(rates.median_delay_seconds, chance)
            if outcome.get("veto_reason") == "SLA_MISSED":
                delay_seconds += SLA_SECONDS
            trigger = {
                "source": "event",
                "event_timestamp": to_iso(after(started_at, -delay_seconds)),
            }
        row = {
            "user_id": user_id,
            "pipeline_type": pipeline_type,
            "pipeline_name": pipeline_type.replace("_", "-"),
            "status": "running",
            "vetoed": False,
            "trigger_data": json.dumps(trigger),
            "started_at": started_at,
            "created_at": started_at,
        }
        yield Change(started_at, "pipeline_executions", run_id, row, is_new=True)
        completed_at = after(started_at, around(rates.median_seconds, chance))
        end = {**outcome, "completed_at": completed_at}
        yield Change(completed_at, "pipeline_executions", run_id, end)
        if outcome["status"] == "completed" and rates.email_type is not None:
            yield from self._email(completed_at, user_id, rates.email_type, chance)

    def _outcome(
        self, pipeline_type: str, rates: PipelineRates, chance: random.Random
    ) -> dict[str, Any]:
        if pipeline_type in self._rates.switched_off:
            return {"status": "vetoed", "vetoed": True, "veto_reason": "KILL_SWITCH_ACTIVE"}
        draw = chance.random()
        signals: dict[str, Any] = {
            "confidence_score": round(chance.betavariate(8, 2), 3),
            "signal_count": chance.randint(3, 40),
        }
        draw -= rates.sla_missed_fraction
        if draw < 0:
            return {"status": "vetoed", "vetoed": True, "veto_reason": "SLA_MISSED", **signals}
        draw -= rates.failed_fraction
        if draw < 0:
            return {"status": "failed"}
        draw -= rates.veto_fraction
        if draw >= 0:
            return {"status": "completed", **signals}
        if chance.random() < 0.6:
            signals = {"confidence_score": None, "signal_count": chance.randint(0, 2)}
            reason = "INSUFFICIENT_SIGNAL"
        else:
            signals["confidence_score"] = round(chance.betavariate(3, 4), 3)
            reason = "LOW_CONFIDENCE"
        return {"status": "vetoed", "vetoed": True, "veto_reason": reason, **signals}

    def _email(
        self, queued_at: datetime, user_id: UUID, email_type: str, chance: random.Random
    ) -> Iterator[Change]:
        email_id = new_id(chance)
        rates = self._rates.email_rates(email_type)
        sent_at = after(queued_at, around(1.2, chance))
        row: dict[str, Any] = {
            "user_id": user_id,
            "email_type": email_type,
            "status": "sent",
            "provider_message_id": f"{chance.getrandbits(80):020x}",
            "queued_at": queued_at,
            "sent_at": sent_at,
            "updated_at": sent_at,
        }
        if chance.random() < rates.failed_fraction:
            row |= {"status": "failed", "error": "provider answered 503"}
            row["provider_message_id"] = None
            yield Change(sent_at, "email_delivery_log", email_id, row, is_new=True)
            return
        yield Change(sent_at, "email_delivery_log", email_id, row, is_new=True)
        for at, status in follow_email(sent_at, rates, chance):
            values: dict[str, Any] = {"status": status, "updated_at": at}
            if status == "delivered":
                values["delivered_at"] = at
            yield Change(at, "email_delivery_log", email_id, values)

    def _referral(self, at: datetime, chance: random.Random) -> Iterator[Change]:
        referral_id, referrer_id = new_id(chance), self._user(chance)
        row = {
            "referrer_id": referrer_id,
            "status": "pending",
            "reward_status": "none",
            "created_at": at,
        }
        yield Change(at, "referral_tracking", referral_id, row, is_new=True)
        if chance.random() >= self._rates.signup_fraction:
            return
        signed_up_at = after(at, around(86_400, chance) / self._rates.referral_speed)
        yield Change(signed_up_at, "referral_tracking", referral_id, {"status": "signed_up"})
        if chance.random() >= self._rates.conversion_fraction:
            return
        thought_seconds = around(3 * 86_400, chance) / self._rates.referral_speed
        converted_at = after(signed_up_at, thought_seconds)
        yield Change(converted_at, "referral_tracking", referral_id, {"status": "converted"})
        rewarded_at = after(converted_at, around(600, chance))
        cents = REFERRAL_REWARD_CENTS
        for change in self._reward(rewarded_at, referrer_id, "referral", cents, chance):
            yield change
            if change.values.get("status") == "issued":
                issued = {"reward_status": "issued"}
                yield Change(change.at, "referral_tracking", referral_id, issued)
                yield from self._email(change.at, referrer_id, "referral_reward", chance)

    def _reward(
        self, at: datetime, user_id: UUID, source: str, cents: int, chance: random.Random
    ) -> Iterator[Change]:
        reward_id = new_id(chance)
        row = {
            "user_id": user_id,
            "source": source,
            "amount": cents,
            "status": "pending",
            "created_at": at,
            "updated_at": at,
        }
        yield Change(at, "reward_ledger", reward_id, row, is_new=True)
        issued_at = after(at, around(3, chance))
        if chance.random() < self._rates.reward_failed_fraction:
            failed = {"status": "failed", "error_message": "payment provider answered 402"}
            yield Change(issued_at, "reward_ledger", reward_id, {**failed, "updated_at": issued_at})
            return
        issued = {"status": "issued", "updated_at": issued_at}
        yield Change(issued_at, "reward_ledger", reward_id, issued)
        if chance.random() < APPLIED_FRACTION:
            life_seconds, status = around(10 * 86_400, chance), "applied"
        else:
            life_seconds, status = REWARD_LIFE_DAYS * 86_400.0, "expired"
        ended_at = after(issued_at, life_seconds / self._rates.referral_speed)
        ended = {"status": status, "updated_at": ended_at}
        yield Change(ended_at, "reward_ledger", reward_id, ended)

    def _override(self, at: datetime, chance: random.Random) -> Change:
        row = {
            "pipeline_type": chance.choice(TIME_CRITICAL_OVERRIDES),
            "override_type": chance.choice(("dismissed", "corrected", "escalated")),
            "occurred_at": at,
        }
        return Change(at, "human_overrides", new_id(chance), row, is_new=True)

    def _consumption(self, at: datetime, chance: random.Random) -> Change:
        row = {
            "user_id": self._user(chance),
            "story_id": UUID(int=chance.randrange(500)),
            "event_type": chance.choice(("started", "completed", "replayed")),
            "duration_seconds": chance.randint(5, 1800),
            "created_at": at,
        }
        return Change(at, "consumption_metrics", new_id(chance), row, is_new=True)


def follow_email(
    sent_at: datetime, rates: EmailRates, chance: random.Random
) -> Iterator[tuple[datetime, str]]:
    """Yield what the provider reports about one sent e-mail, in the order it happens."""
    if chance.random() < rates.bounced_fraction:
        yield after(sent_at, around(4, chance)), "bounced"
        return
    at = after(sent_at, around(5, chance))
    yield at, "delivered"
    if chance.random() < rates.opened_fraction:
        at = after(at, around(rates.median_open_seconds, chance))
        yield at, "opened"
        if chance.random() < rates.clicked_fraction:
            at = after(at, around(60, chance))
            yield at, "clicked"
    draw = chance.random()
    if draw < rates.unsubscribed_fraction:
        wait_seconds = around(300, chance)
        if chance.random() < LATE_UNSUBSCRIBE_FRACTION:
            wait_seconds += chance.random() * LATE_UNSUBSCRIBE_DAYS * 86_400
        yield after(at, wait_seconds), "unsubscribed"
    elif draw < rates.unsubscribed_fraction + rates.spam_complaint_fraction:
        yield after(at, around(300, chance)), "spam_complaint"


def after(moment: datetime, seconds: float) -> datetime:
    """Return the moment some seconds later."""
    return moment + timedelta(seconds=seconds)


def around(median_seconds: float, chance: random.Random) -> float:
    """Draw a waiting time: half are below the median, few are far above."""
    return median_seconds * chance.lognormvariate(0, SPREAD)


def new_id(chance: random.Random) -> UUID:
    """Draw a row's id."""
    return UUID(int=chance.getrandbits(128), version=4)


def to_iso(moment: datetime) -> str:
    """Write a moment as the application's JavaScript does, in milliseconds and with a Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
