"""How much happens in the Storytailor stand-in, and how it turns out: plain numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Self

from rehearsal.local.errors import LocalStageError

MONDAY = 0


def refuse_impossible(owner: object) -> None:
    """Refuse a `…_fraction` outside 0 to 1 and any other negative number."""
    for item in fields(owner):  # type: ignore[arg-type]
        value = getattr(owner, item.name)
        if not isinstance(value, (int, float)):
            continue
        if item.name.endswith("_fraction") and not 0 <= value <= 1:
            raise LocalStageError(f"{item.name} is {value}, expected a fraction from 0 to 1")
        if value < 0:
            raise LocalStageError(f"{item.name} is {value}, expected 0 or more")


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """Say in which minute (UTC) a job starts: every day, or on one weekday of week or month."""

    hour: int
    minute: int = 0
    weekday: int | None = None
    first_in_month: bool = False

    def __post_init__(self) -> None:
        """Refuse a time that no day has."""
        if not (0 <= self.hour < 24 and 0 <= self.minute < 60):
            raise LocalStageError(f"the time is {self.hour}:{self.minute}, expected 0:00 to 23:59")

    def starts_at(self, moment: datetime) -> bool:
        """Tell whether the job starts in the minute that begins at `moment`."""
        if (moment.hour, moment.minute) != (self.hour, self.minute):
            return False
        if self.first_in_month and moment.day > 7:
            return False
        return self.weekday is None or moment.weekday() == self.weekday


@dataclass(frozen=True, kw_only=True)
class PipelineRates:
    """Say how often a pipeline runs and how its runs end.

    With a timetable `runs` is how many users one job goes through, without one it is runs per
    day, each started by an event. What is neither failed nor vetoed is completed, and
    sends an e-mail of `email_type` if one is named.
    """

    runs: float
    timetable: Timetable | None = None
    failed_fraction: float = 0.002
    veto_fraction: float = 0.2
    sla_missed_fraction: float = 0.0
    median_seconds: float = 1.1
    median_delay_seconds: float = 6.0
    email_type: str | None = None

    def __post_init__(self) -> None:
        """Refuse impossible numbers."""
        refuse_impossible(self)


@dataclass(frozen=True, kw_only=True)
class EmailRates:
    """Say what becomes of an e-mail: fractions of those sent, and for clicks of those opened."""

    failed_fraction: float = 0.003
    bounced_fraction: float = 0.012
    opened_fraction: float = 0.46
    clicked_fraction: float = 0.2
    unsubscribed_fraction: float = 0.0012
    spam_complaint_fraction: float = 0.00002
    median_open_seconds: float = 7200.0

    def __post_init__(self) -> None:
        """Refuse impossible numbers."""
        refuse_impossible(self)


def default_pipelines() -> dict[str, PipelineRates]:
    """Return eight scheduled pipelines and four that events start: some 50 invocations a day."""
    return {
        "daily_digest": PipelineRates(
            runs=2500, timetable=Timetable(hour=20), email_type="daily_digest"
        ),
        "weekly_insights": PipelineRates(
            runs=375,
            timetable=Timetable(hour=10, weekday=MONDAY),
            median_seconds=2.0,
            email_type="weekly_insights",
        ),
        "story_scoring": PipelineRates(
            runs=600, timetable=Timetable(hour=4), veto_fraction=0.1, median_seconds=1.8
        ),
        "referral_rewards": PipelineRates(
            runs=25, timetable=Timetable(hour=1), veto_fraction=0.3, median_seconds=0.8
        ),
        "expire_credits": PipelineRates(
            runs=30, timetable=Timetable(hour=3), veto_fraction=0.0, median_seconds=0.4
        ),
        "org_health": PipelineRates(
            runs=40,
            timetable=Timetable(hour=9, weekday=MONDAY, first_in_month=True),
            veto_fraction=0.05,
            email_type="org_health",
        ),
        "asset_cleanup": PipelineRates(
            runs=20, timetable=Timetable(hour=2, minute=30), veto_fraction=0.0
        ),
        "engagement_nudges": PipelineRates(
            runs=300, timetable=Timetable(hour=16), veto_fraction=0.5
        ),
        "crisis_alert": PipelineRates(
            runs=4, veto_fraction=0.25, median_seconds=0.9, email_type="crisis_alert"
        ),
        "early_intervention": PipelineRates(runs=8, veto_fraction=0.4),
        "story_failure": PipelineRates(runs=14, veto_fraction=0.1, sla_missed_fraction=0.005),
        "asset_timeout": PipelineRates(runs=18, veto_fraction=0.1, sla_missed_fraction=0.005),
    }


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Hold everything about the amount and the outcome of traffic.

    `email_by_type` replaces `email` for the e-mail types it names. Referrals and rewards move on
    `referral_speed` times as fast as people do, who take days. Runs of the pipeline types in
    `switched_off` are vetoed as by their kill switch.
    """

    pipelines: Mapping[str, PipelineRates] = field(default_factory=default_pipelines)
    email: EmailRates = field(default_factory=EmailRates)
    email_by_type: Mapping[str, EmailRates] = field(default_factory=dict)
    switched_off: frozenset[str] = frozenset()
    users: int = 10_000
    referrals_per_day: float = 20.0
    referral_speed: float = 1.0
    signup_fraction: float = 0.5
    conversion_fraction: float = 0.4
    reward_failed_fraction: float = 0.0
    milestones_per_day: float = 5.0
    overrides_per_day: float = 0.2
    consumption_events_per_day: float = 1500.0

    def __post_init__(self) -> None:
        """Refuse impossible numbers and switches of pipelines that there are not."""
        refuse_impossible(self)
        if self.users < 1:
            raise LocalStageError(f"users is {self.users}, expected at least 1")
        unknown = sorted(self.switched_off - set(self.pipelines))
        if unknown:
            raise LocalStageError(
                f"switched_off names {unknown}, expected some of {sorted(self.pipelines)}"
            )

    def email_rates(self, email_type: str) -> EmailRates:
        """Return what becomes of e-mails of a type."""
        return self.email_by_type.get(email_type, self.email)

    def with_pipeline(self, pipeline_type: str, **changes: Any) -> Self:
        """Return rates that differ in one pipeline."""
        if pipeline_type not in self.pipelines:
            raise LocalStageError(
                f"pipeline is {pipeline_type!r}, expected one of {sorted(self.pipelines)}"
            )
        changed = replace(self.pipelines[pipeline_type], **changes)
        return replace(self, pipelines={**self.pipelines, pipeline_type: changed})

    def scaled(self, factor: float) -> Self:
        """Return rates with `factor` times as much of everything, and the same outcomes."""
        pipelines = {
            name: replace(rates, runs=rates.runs * factor) for name, rates in self.pipelines.items()
        }
        return replace(
            self,
            pipelines=pipelines,
            users=max(1, round(self.users * factor)),
            referrals_per_day=self.referrals_per_day * factor,
            milestones_per_day=self.milestones_per_day * factor,
            overrides_per_day=self.overrides_per_day * factor,
            consumption_events_per_day=self.consumption_events_per_day * factor,
        )
