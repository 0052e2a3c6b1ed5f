"""Alarms on the application's own Lambdas, from the metrics AWS emits."""

from collections.abc import Iterator

from watchkeeper.aws_metrics import (
    LAMBDA_CONCURRENT_EXECUTIONS,
    LAMBDA_DURATION,
    LAMBDA_ERRORS,
    LAMBDA_INVOCATIONS,
    LAMBDA_THROTTLES,
)
from watchkeeper.definitions.alarm import AlarmDefinition, Statistic, Window
from watchkeeper.definitions.conditions import FIVE_MINUTES, ONE_HOUR, above, percent
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.definitions.severity import Severity
from watchkeeper.workloads.storytailor.deploy.alarming import Alarming

# Share of a limit at which there is still time to raise it.
NEAR_LIMIT = 0.8


def lambda_alarms(alarming: Alarming) -> Iterator[AlarmDefinition]:
    """Yield the alarms on the curator and the universal agent."""
    yield from _errors(alarming)
    yield from _error_rates(alarming)
    yield from _limits(alarming)


def _curator(alarming: Alarming, metric: MetricDefinition, statistic: str) -> Statistic:
    name = alarming.app("intelligence-curator")
    return Statistic(series=metric.series(FunctionName=name), statistic=statistic)


def _errors(alarming: Alarming) -> Iterator[AlarmDefinition]:
    checks = (
        "Saved query `errors`: one message repeated, or many?",
        "A deployment in the last hour: roll it back first, understand it later.",
        "Database and provider checks: does the curator fail, or what it calls?",
    )
    errors = _curator(alarming, LAMBDA_ERRORS, "Sum")
    ten_minutes = Window(period_seconds=300, evaluation_periods=2)
    for name, window, rationale in (
        (
            "curator-errors",
            ten_minutes,
            "Monitoring guide: above 10 in 5 min, twice running.",
        ),
        ("curator-errors-hourly", ONE_HOUR, "On-call playbook: more than 10 errors in an hour."),
    ):
        yield alarming.alarm(
            name,
            Severity.P1,
            above(errors, alarming.numbers(name, 10), window),
            meaning=(
                "The curator fails: digests, insights, rewards and crisis alerts do not go out."
            ),
            checks=checks,
            rationale=rationale,
        )


def _error_rates(alarming: Alarming) -> Iterator[AlarmDefinition]:
    for name, function, duty in (
        ("curator-error-rate", "intelligence-curator", "pipelines"),
        ("universal-agent-error-rate", "universal-agent", "conversations"),
    ):
        full = alarming.app(function)
        minimum = alarming.numbers(f"{name}-minimum-invocations", 100)
        rate = percent(
            LAMBDA_ERRORS.series(FunctionName=full),
            LAMBDA_INVOCATIONS.series(FunctionName=full),
            minimum=minimum,
        )
        yield alarming.alarm(
            name,
            Severity.P2,
            above(rate, alarming.numbers(name, 1), ONE_HOUR),
            meaning=f"One in a hundred {duty} fails, steadily: some users are hit again and again.",
            checks=(
                "Saved query `errors`: which message, which kind of work?",
                "Are the same users hit each time? Then it is their data.",
                "Errors against the last deployment and the last change of parameters.",
            ),
            rationale=(
                "Monitoring guide: error rate above 1 %, with at least 100 invocations in the hour."
            ),
        )


def _limits(alarming: Alarming) -> Iterator[AlarmDefinition]:
    curator = alarming.storytailor.curator
    checks = (
        "Invocations and concurrency: more work than usual, or each run slower?",
        "Duration p50 against p99: all runs slow, or a few?",
        "Database latency in the health check; batch size of the running job.",
    )
    near_timeout = NEAR_LIMIT * curator.timeout_seconds
    near_concurrency = NEAR_LIMIT * curator.max_concurrency
    slow_seconds = alarming.numbers("curator-duration", 30)
    limits = (
        (
            "curator-duration",
            Severity.P3,
            _curator(alarming, LAMBDA_DURATION, "p99"),
            1000 * slow_seconds,
            ONE_HOUR,
            "Batch jobs take more than 30 s: they may not finish in time.",
            "Monitoring guide: p99 above 30 s for batch jobs (override in seconds).",
        ),
        (
            "curator-throttles",
            Severity.P2,
            _curator(alarming, LAMBDA_THROTTLES, "Sum"),
            alarming.numbers("curator-throttles", 0),
            FIVE_MINUTES,
            "Lambda turns the curator away: events wait or are lost.",
            "Monitoring guide: any throttle.",
        ),
        (
            "curator-timeout-near",
            Severity.P3,
            _curator(alarming, LAMBDA_DURATION, "Maximum"),
            1000 * alarming.numbers("curator-timeout-near", near_timeout),
            FIVE_MINUTES,
            "A job came close to its timeout: the next bigger batch will be cut off in the middle.",
            f"80 % of the timeout of {curator.timeout_seconds} s (override in seconds).",
        ),
        (
            "curator-concurrency",
            Severity.P3,
            _curator(alarming, LAMBDA_CONCURRENT_EXECUTIONS, "Maximum"),
            alarming.numbers("curator-concurrency", near_concurrency),
            FIVE_MINUTES,
            "The curator is close to its concurrency limit: soon it will be throttled.",
            f"80 % of the limit of {curator.max_concurrency}.",
        ),
    )
    for name, severity, statistic, value, window, meaning, rationale in limits:
        yield alarming.alarm(
            name,
            severity,
            above(statistic, value, window),
            meaning=meaning,
            checks=checks,
            rationale=rationale,
        )
