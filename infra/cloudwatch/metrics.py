"""Turn series, statistics and expressions into CDK metrics."""

import re
from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from watchkeeper.definitions.alarm import Expression, Statistic

IDENTIFIER = re.compile(r"\b[a-z][A-Za-z0-9_]*\b")


def to_cdk_metric(
    watched: Statistic | Expression, *, period_seconds: int, label: str | None = None
) -> cloudwatch.IMetric:
    """Return what an alarm watches or a widget plots.

    No unit is given: CloudWatch would then watch only datapoints of exactly that unit, and an
    alarm on another would wait for ever (PutMetricAlarm, API reference).
    """
    if isinstance(watched, Statistic):
        return _metric(watched, period_seconds, label)
    parts: dict[str, cloudwatch.IMetric] = {
        name: _metric(statistic, period_seconds, None)
        for name, statistic in watched.metrics.items()
    }
    for name, text in watched.steps.items():
        parts[name] = _math(text, parts, period_seconds, name)
    return _math(watched.text, parts, period_seconds, label)


def renamed(expression: Expression, prefix: str) -> Expression:
    """Put a prefix before every id, so that several expressions can share one widget."""
    ids = {name: f"{prefix}_{name}" for name in (*expression.metrics, *expression.steps)}

    def replaced(text: str) -> str:
        return IDENTIFIER.sub(lambda found: ids.get(found[0], found[0]), text)

    return Expression(
        text=replaced(expression.text),
        metrics={ids[name]: statistic for name, statistic in expression.metrics.items()},
        steps={ids[name]: replaced(text) for name, text in expression.steps.items()},
        minimum_volume=expression.minimum_volume,
        is_rate=expression.is_rate,
    )


def _metric(statistic: Statistic, period_seconds: int, label: str | None) -> cloudwatch.Metric:
    metric = statistic.series.metric
    return cloudwatch.Metric(
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions_map=dict(statistic.series.dimensions),
        statistic=statistic.statistic,
        period=Duration.seconds(period_seconds),
        label=label,
    )


def _math(
    text: str, parts: Mapping[str, cloudwatch.IMetric], period_seconds: int, label: str | None
) -> cloudwatch.MathExpression:
    used = {name: parts[name] for name in IDENTIFIER.findall(text) if name in parts}
    return cloudwatch.MathExpression(
        expression=text,
        using_metrics=used,
        period=Duration.seconds(period_seconds),
        label=label or text,
    )
