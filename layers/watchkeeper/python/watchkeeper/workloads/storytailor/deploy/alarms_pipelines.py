"""Alarms on what `pipeline_executions` says: SLA, vetoes, failures, durations."""

from collections.abc import Iterator

from watchkeeper.definitions.alarm import AlarmDefinition, Expression, Statistic
from watchkeeper.definitions.conditions import (
    FIFTEEN_MINUTES,
    ONE_DAY,
    ONE_HOUR,
    above,
    below,
    check_failing,
    filled,
    percent,
    total,
)
from watchkeeper.definitions.severity import Severity
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming
from watchkeeper.workloads.storytailor.metrics import (
    CHECK_PASSED,
    PIPELINE_DURATION,
    PIPELINE_EXECUTIONS,
    PIPELINE_FAILURES,
    PIPELINE_VETOES,
    SLA_VIOLATIONS,
)
from watchkeeper.workloads.storytailor.sources import TIME_CRITICAL_TYPES

# Performance baselines of Storytailor's monitoring guide: seconds by percentile.
BATCH_P99_SECONDS = {
    "daily_digest": 30,
    "weekly_insights": 60,
    "story_scoring": 45,
    "referral_rewards": 10,
}
SINGLE_RUN_P95_SECONDS = 5
INSIGHTS = "weekly_insights"
CRISIS = "crisis_alert"
CRISIS_SWITCH = "crisis-alert"


def pipeline_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarms on pipelines."""
    yield from _crisis(alarming)
    yield from _sla(alarming)
    yield from _vetoes(alarming)
    yield from _durations(alarming)


def _crisis(alarming: Alarming) -> Iterator[AlarmDefinition]:
    violations = Statistic(
        series=alarming.series(PIPELINE_VETOES, PipelineType=CRISIS, VetoReason="SLA_MISSED"),
        statistic="Sum",
    )
    page_above = alarming.numbers("crisis-sla-violations", 3)
    checks = (
        "EventToProcessingDelay of crisis_alert: did events arrive late or wait in the curator?",
        "Curator duration and throttles: is it slow, cold or out of concurrency?",
        "pipeline_executions: which users' crisis alerts were vetoed with SLA_MISSED?",
    )
    yield alarming.alarm(
        "crisis-sla-violations",
        Severity.P1,
        above(violations, page_above, ONE_HOUR),
        meaning=(
            "Parents of children in distress are not being told: crisis alerts came too late "
            "to send."
        ),
        checks=checks,
        rationale="Operations guide: critical above 3 crisis SLA violations in an hour.",
    )
    yield alarming.alarm(
        "crisis-sla-warning",
        Severity.P3,
        above(
            filled(
                Expression(
                    text=f"IF(missed >= 1 AND missed <= {page_above:g}, missed, 0)",
                    metrics={"missed": violations},
                )
            ),
            0,
            ONE_HOUR,
        ),
        meaning="A few crisis alerts came too late to send; one more step and it pages.",
        checks=checks,
        rationale="Operations guide: warning at 1 to 3 crisis SLA violations in an hour.",
    )
    yield from _crisis_pipeline_down(alarming)


def _crisis_pipeline_down(alarming: Alarming) -> Iterator[AlarmDefinition]:
    checks = (
        f"Kill switch {alarming.switch(CRISIS_SWITCH)}: is it `true`?",
        "Health check crisis-pipeline: does the curator answer its health event?",
        "pipeline_executions: what do the newest failed crisis_alert runs say?",
    )
    meaning = "No crisis alert can go out now: parents of children in distress would not be told."
    conditions = {
        "crisis-check-failing": check_failing(
            alarming.series(CHECK_PASSED, Check="crisis-pipeline")
        ),
        "crisis-kill-switch-off": check_failing(
            alarming.series(CHECK_PASSED, Check="crisis-kill-switch")
        ),
        # One window, not two of two: runs fail minutes apart and are counted every five, so one of
        # two short windows is empty time and again, and the page would come and go.
        "crisis-failures": above(
            Statistic(
                series=alarming.series(PIPELINE_FAILURES, PipelineType=CRISIS), statistic="Sum"
            ),
            1,
            FIFTEEN_MINUTES,
        ),
    }
    yield from alarming.any_of(
        "crisis-pipeline-down",
        Severity.P1,
        conditions,
        meaning=meaning,
        checks=checks,
        rationale=(
            "Its check fails, its kill switch is off, or its runs failed twice in a quarter of an "
            "hour."
        ),
    )


def _sla(alarming: Alarming) -> Iterator[AlarmDefinition]:
    missed = [alarming.series(SLA_VIOLATIONS, PipelineType=one) for one in TIME_CRITICAL_TYPES]
    checks = (
        "EventToProcessingDelay by type: which pipeline runs late, and since when?",
        "Curator p99 duration, throttles and Init Duration: slow, starved or cold?",
        "The health check's database latency, connect and query apart: is the database slow?",
    )
    yield alarming.alarm(
        "sla-violations",
        Severity.P2,
        above(total(missed), alarming.numbers("sla-violations", 5), ONE_HOUR),
        meaning=(
            "Time-critical pipelines reach their events too late; families get help late or "
            "not at all."
        ),
        checks=checks,
        rationale=(
            "Monitoring guide: more than 5 SLA violations in an hour, all four types together."
        ),
    )
    yield alarming.alarm(
        "sla-violation-rate",
        Severity.P2,
        above(_worst_sla_rate(alarming), alarming.numbers("sla-violation-rate", 5), ONE_DAY),
        meaning=(
            "More than one in twenty runs of a time-critical pipeline came too late over the day."
        ),
        checks=checks,
        rationale="Monitoring guide: SLA violation rate above 5 % of a type's runs in 24 h.",
    )


def _worst_sla_rate(alarming: Alarming) -> Expression:
    """Give the highest violation rate of the four types in percent, gated by their runs."""
    minimum = alarming.numbers("sla-violation-rate-minimum-runs", 20)
    metrics: dict[str, Statistic] = {}
    steps: dict[str, str] = {}
    for number, pipeline in enumerate(TIME_CRITICAL_TYPES, start=1):
        rate = percent(
            alarming.series(SLA_VIOLATIONS, PipelineType=pipeline),
            alarming.series(PIPELINE_EXECUTIONS, PipelineType=pipeline),
            minimum=minimum,
        )
        ids = {name: f"{name}{number}" for name in rate.metrics}
        metrics |= {ids[name]: statistic for name, statistic in rate.metrics.items()}
        steps[f"rate{number}"] = rate.text.replace("part", ids["part"]).replace(
            "whole", ids["whole"]
        )
    return Expression(
        text=f"MAX([{', '.join(steps)}])",
        metrics=metrics,
        steps=steps,
        minimum_volume=f"≥ {minimum:g} PipelineExecutions of the type",
        is_rate=True,
    )


def _vetoes(alarming: Alarming) -> Iterator[AlarmDefinition]:
    minimum = alarming.numbers("high-veto-rate-minimum-runs", 20)
    every_type = percent(
        alarming.series(PIPELINE_VETOES), alarming.series(PIPELINE_EXECUTIONS), minimum=minimum
    )
    held_back = alarming.series(PIPELINE_VETOES, PipelineType=INSIGHTS)
    runs = alarming.series(PIPELINE_EXECUTIONS, PipelineType=INSIGHTS)
    insights = percent(held_back, runs, minimum=minimum)
    checks = (
        "Veto reasons (pie, 24 h): one reason, or all of them?",
        "INSUFFICIENT_SIGNAL: has an upstream event stopped being recorded?",
        "A deployment or threshold change of the curator in the last day?",
    )
    yield alarming.alarm(
        "high-veto-rate",
        Severity.P3,
        above(every_type, alarming.numbers("high-veto-rate", 80), ONE_DAY),
        meaning="Pipelines decide not to act four times out of five: users get almost nothing.",
        checks=checks,
        rationale=(
            "Monitoring guide: veto rate above 80 % over 24 h often means missing input data."
        ),
    )
    yield alarming.alarm(
        "high-veto-rate-insights",
        Severity.P3,
        above(insights, alarming.numbers("high-veto-rate-insights", 90), ONE_DAY),
        meaning="Weekly insights are almost all vetoed: there is not enough data behind them.",
        checks=checks,
        rationale="Operations guide: veto rate above 90 % for insights.",
    )
    # Below the volume gate the rate reads as 100, on the quiet side of this comparison.
    sending = percent(held_back, runs, minimum=minimum, otherwise=100)
    yield alarming.alarm(
        "low-veto-rate-insights",
        Severity.P3,
        below(sending, alarming.numbers("low-veto-rate-insights", 10), ONE_DAY),
        meaning="Hardly any weekly insight is held back: users may be getting too many e-mails.",
        checks=checks,
        rationale="Operations guide: veto rate below 10 % for insights.",
        kill_switch=alarming.switch("weekly-insights"),
    )


def _durations(alarming: Alarming) -> Iterator[AlarmDefinition]:
    targets = [(pipeline, "p99", seconds) for pipeline, seconds in BATCH_P99_SECONDS.items()]
    targets += [(pipeline, "p95", SINGLE_RUN_P95_SECONDS) for pipeline in TIME_CRITICAL_TYPES]
    for pipeline, statistic, seconds in targets:
        name = f"pipeline-duration-{pipeline.replace('_', '-')}"
        yield alarming.alarm(
            name,
            Severity.P3,
            above(
                Statistic(
                    series=alarming.series(PIPELINE_DURATION, PipelineType=pipeline),
                    statistic=statistic,
                ),
                1000 * alarming.numbers(name, seconds),
                ONE_HOUR,
            ),
            meaning=(
                f"Runs of {pipeline} take longer than they should; the batch may not finish in "
                "time."
            ),
            checks=(
                "Curator duration: is every job slow, or this one?",
                "Batch size: are there many more users in this run than last time?",
                "Database latency in the health check, slow queries in the database.",
            ),
            rationale=f"Performance baseline: {statistic} below {seconds} s (override in seconds).",
            runbook="storytailor-pipeline-duration",
        )
