"""The dashboard of referrals, and the widgets on kill switches, rules and overrides."""

from collections.abc import Iterable, Sequence

from watchkeeper.definitions.alarm import AlarmDefinition, Expression, Statistic
from watchkeeper.definitions.conditions import percent
from watchkeeper.definitions.dashboard import (
    AlarmStatusWidget,
    DashboardDefinition,
    GraphWidget,
    Line,
    View,
)
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.workloads.storytailor.deploy.alarming import REFERRALS_DASHBOARD, Alarming
from watchkeeper.workloads.storytailor.deploy.alarms_overrides import LIMITS
from watchkeeper.workloads.storytailor.metrics_control import (
    HUMAN_OVERRIDES,
    KILL_SWITCH_ACTIVE,
    OVERRIDE_RATE,
    RULE_ENABLED,
)
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

HOUR = 3600
DAY = 86_400
MONTH_DAYS = 30
FUNNEL = (
    ("signed up", REFERRAL_SIGNUPS),
    ("converted", REFERRAL_CONVERSIONS),
    ("rewarded", REWARDS_ISSUED),
    ("milestone bonuses", MILESTONE_BONUSES),
)


def referrals_dashboard(
    alarming: Alarming, alarms: Iterable[AlarmDefinition]
) -> DashboardDefinition:
    """Draw what becomes of referrals and of the credits they earn."""
    names = tuple(alarm.name for alarm in alarms if alarm.dashboard == REFERRALS_DASHBOARD)
    return DashboardDefinition(
        name=REFERRALS_DASHBOARD,
        description="Who brings friends, what they earn by it, and who still waits for it.",
        rows=(
            (AlarmStatusWidget(title="Alarm states", alarms=names),),
            (
                _by_day(alarming, "Credits issued per day", CREDITS_ISSUED, "credits a day"),
                _by_day(alarming, "Credits issued per day, US dollars", CREDITS_ISSUED_USD, "USD"),
            ),
            (_conversion_rate(alarming), _funnel(alarming), _owed(alarming)),
            (
                _ends(alarming, "Credits applied and expired per day",
                      CREDITS_APPLIED, CREDITS_EXPIRED, "credits a day"),
                _ends(alarming, "Credits applied and expired per day, US dollars",
                      CREDITS_APPLIED_USD, CREDITS_EXPIRED_USD, "USD"),
            ),
        ),
    )  # fmt: skip


def control_widgets(alarming: Alarming) -> tuple[GraphWidget, ...]:
    """Draw which kill switches hold pipelines back, and which rules start none."""
    storytailor = alarming.storytailor
    return (
        _states(
            alarming,
            "Kill switches (1 = active, the pipeline is held back)",
            KILL_SWITCH_ACTIVE,
            "Maximum",
            (*storytailor.rules, *storytailor.pipelines),
        ),
        _states(
            alarming,
            "EventBridge rules (1 = enabled)",
            RULE_ENABLED,
            "Minimum",
            tuple(storytailor.rules),
        ),
    )


def override_widgets(
    alarming: Alarming, pipeline_types: Sequence[str]
) -> tuple[GraphWidget, GraphWidget]:
    """Draw what people overrode, and how often that is."""
    return (
        GraphWidget(
            title="Human overrides by pipeline type (30 d)",
            lines=tuple(Line(label=one, plots=_overrides(alarming, one)) for one in pipeline_types),
            period_seconds=DAY,
            view=View.STACKED_BAR,
            axis_label="overrides a day",
            range_days=MONTH_DAYS,
        ),
        GraphWidget(
            title="Overrides of 30 days' runs",
            lines=tuple(
                Line(
                    label=group,
                    plots=Statistic(
                        series=alarming.series(OVERRIDE_RATE, PipelineGroup=group),
                        statistic="Maximum",
                    ),
                )
                for group in LIMITS
            ),
            period_seconds=DAY,
            axis_label="% of runs",
            thresholds_of=tuple(f"storytailor-false-positives-{group}" for group in LIMITS),
            range_days=MONTH_DAYS,
        ),
    )


def _overrides(alarming: Alarming, pipeline_type: str) -> Statistic | Expression:
    """Add up the overrides of a type, whatever kind they are."""
    metrics = {
        f"m{number}": Statistic(
            series=alarming.series(HUMAN_OVERRIDES, PipelineType=pipeline_type, OverrideType=kind),
            statistic="Sum",
        )
        for number, kind in enumerate((*alarming.storytailor.override_types, OTHER), start=1)
    }
    return Expression(text=f"SUM([{', '.join(metrics)}])", metrics=metrics)


def _states(
    alarming: Alarming,
    title: str,
    metric: MetricDefinition,
    statistic: str,
    pipelines: Sequence[str],
) -> GraphWidget:
    return GraphWidget(
        title=title,
        lines=tuple(
            Line(
                label=one,
                plots=Statistic(series=alarming.series(metric, Pipeline=one), statistic=statistic),
            )
            for one in pipelines
        ),
        period_seconds=900,
    )


def _credits(alarming: Alarming, metric: MetricDefinition, suffix: str = "") -> tuple[Line, ...]:
    return tuple(
        Line(
            label=f"{source}{suffix}",
            plots=Statistic(series=alarming.series(metric, Source=source), statistic="Sum"),
        )
        for source in (*alarming.storytailor.reward_sources, OTHER)
    )


def _by_day(alarming: Alarming, title: str, metric: MetricDefinition, unit: str) -> GraphWidget:
    return GraphWidget(
        title=title,
        lines=_credits(alarming, metric),
        period_seconds=DAY,
        view=View.STACKED_BAR,
        axis_label=unit,
        range_days=MONTH_DAYS,
    )


def _ends(
    alarming: Alarming, title: str, applied: MetricDefinition, expired: MetricDefinition, unit: str
) -> GraphWidget:
    return GraphWidget(
        title=title,
        lines=(
            *_credits(alarming, applied, " applied"),
            *_credits(alarming, expired, " expired"),
        ),
        period_seconds=DAY,
        axis_label=unit,
        range_days=MONTH_DAYS,
    )


def _conversion_rate(alarming: Alarming) -> GraphWidget:
    rate = percent(
        alarming.series(REFERRAL_CONVERSIONS), alarming.series(REFERRAL_SIGNUPS), minimum=1
    )
    return GraphWidget(
        title="Conversion rate (7-day steps)",
        lines=(Line(label="converted, % of signed up", plots=rate),),
        period_seconds=7 * DAY,
        axis_label="% of sign-ups",
        range_days=90,
    )


def _funnel(alarming: Alarming) -> GraphWidget:
    return GraphWidget(
        title="Funnel (30 d)",
        lines=tuple(
            Line(label=label, plots=Statistic(series=alarming.series(metric), statistic="Sum"))
            for label, metric in FUNNEL
        ),
        period_seconds=MONTH_DAYS * DAY,
        view=View.SINGLE_VALUE,
        range_days=MONTH_DAYS,
        width=6,
    )


def _owed(alarming: Alarming) -> GraphWidget:
    return GraphWidget(
        title="Rewards owed now",
        lines=(
            Line(
                label="owed",
                plots=Statistic(
                    series=alarming.series(REFERRAL_REWARD_FAILURES), statistic="Maximum"
                ),
            ),
        ),
        period_seconds=HOUR,
        thresholds_of=("storytailor-referral-reward-failures",),
        width=6,
    )
