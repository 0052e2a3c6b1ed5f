"""The shapes of condition that alarms are made of, so that each alarm states only its numbers.

Every function returns a `Threshold` and decides about missing data for its whole family
(CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data"):
- counts and rates treat silence as fine, because the source's own heartbeat alarm treats it as
  breaching;
- over a single window they are filled as well: where the newest window is empty, CloudWatch lets
  an older one decide, and an incident that is over would fire again as it passes by.
  Windows of several periods are not: their metrics come every five minutes, and a filled newest
  window would count as a good one before anything could have been counted in it;
- a heartbeat fills gaps itself: with `breaching` alone an alarm on N periods fires only after the
  evaluation range of N + 2 silent periods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from watchkeeper.definitions.alarm import (
    Comparison,
    Expression,
    Statistic,
    Threshold,
    TreatMissingData,
    Window,
)
from watchkeeper.definitions.metric import MetricSeries

FIVE_MINUTES = Window(period_seconds=300)
FIFTEEN_MINUTES = Window(period_seconds=900)
ONE_HOUR = Window(period_seconds=3600)
ONE_DAY = Window(period_seconds=86_400)
TWO_OF_THREE = Window(period_seconds=300, evaluation_periods=3, datapoints_to_alarm=2)


def above(
    watches: Statistic | Expression,
    value: float,
    window: Window,
    missing: TreatMissingData = TreatMissingData.NOT_BREACHING,
) -> Threshold:
    """Fire above a value; a count over a single window reads as 0 where there is none."""
    is_quiet = missing is TreatMissingData.NOT_BREACHING
    if is_quiet and window.evaluation_periods == 1 and _is_count(watches):
        watches = filled(watches)
    return _threshold(watches, Comparison.GREATER, value, window, missing)


def below(
    watches: Statistic | Expression,
    value: float,
    window: Window,
    missing: TreatMissingData = TreatMissingData.NOT_BREACHING,
) -> Threshold:
    """Fire below a value."""
    return _threshold(watches, Comparison.LESS, value, window, missing)


def _threshold(
    watches: Statistic | Expression,
    comparison: Comparison,
    value: float,
    window: Window,
    missing: TreatMissingData,
) -> Threshold:
    return Threshold(
        watches=watches,
        comparison=comparison,
        value=value,
        window=window,
        treat_missing_data=missing,
    )


def filled(watches: Statistic | Expression) -> Expression:
    """Read a gap as 0."""
    if isinstance(watches, Statistic):
        return Expression(text="FILL(count, 0)", metrics={"count": watches})
    return replace(watches, text=f"FILL({watches.text}, 0)")


def _is_count(watches: Statistic | Expression) -> bool:
    """Tell a sum, or a total of sums, from what must not be filled: extremes and percentiles."""
    if isinstance(watches, Statistic):
        return watches.statistic == "Sum"
    is_total = watches.text == f"SUM([{', '.join(watches.metrics)}])"
    return is_total and all(each.statistic == "Sum" for each in watches.metrics.values())


def total(series: Sequence[MetricSeries], statistic: str = "Sum") -> Statistic | Expression:
    """Add up the same statistic of several series (at most ten)."""
    if len(series) == 1:
        return Statistic(series=series[0], statistic=statistic)
    metrics = numbered(series, statistic)
    return Expression(text=f"SUM([{', '.join(metrics)}])", metrics=metrics)


def numbered(series: Sequence[MetricSeries], statistic: str) -> Mapping[str, Statistic]:
    """Give each series an id (m1, m2 and so on)."""
    return {
        f"m{number}": Statistic(series=one, statistic=statistic)
        for number, one in enumerate(series, start=1)
    }


def percent(
    part: MetricSeries, whole: MetricSeries, *, minimum: float, otherwise: float = 0
) -> Expression:
    """Compute part of whole in percent; `otherwise` while the whole is below the minimum volume.

    Below it, and where there is no whole at all, there is a number rather than nothing: a gap would
    let CloudWatch reach back to an older hour and keep an alarm burning on it.
    """
    return Expression(
        text=f"IF(FILL(whole, 0) >= {minimum:g}, 100 * part / whole, {otherwise:g})",
        metrics={
            "part": Statistic(series=part, statistic="Sum"),
            "whole": Statistic(series=whole, statistic="Sum"),
        },
        minimum_volume=f"≥ {minimum:g} {whole.metric.name}",
        is_rate=True,
    )


def check_failing(*checks: MetricSeries) -> Threshold:
    """Fire when a health check fails in two of three runs; with several, when any of them does.

    A check that says nothing is not a failing one: the checker's silence has an alarm of its own.
    """
    if len(checks) == 1:
        return below(Statistic(series=checks[0], statistic="Minimum"), 1, TWO_OF_THREE)
    metrics = numbered(checks, "Minimum")
    return below(Expression(text=f"MIN([{', '.join(metrics)}])", metrics=metrics), 1, TWO_OF_THREE)


def silent(heartbeat: MetricSeries, *, minutes: int, every_minutes: int = 5) -> Threshold:
    """Fire when a series that comes `every_minutes` has had no datapoint for `minutes`."""
    return below(
        Expression(
            text="FILL(beats, 0)",
            metrics={"beats": Statistic(series=heartbeat, statistic="SampleCount")},
        ),
        1,
        Window(period_seconds=60 * every_minutes, evaluation_periods=minutes // every_minutes),
        TreatMissingData.BREACHING,
    )
