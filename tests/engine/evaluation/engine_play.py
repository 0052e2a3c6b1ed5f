"""A store with one series for each letter, and an engine over alarms on them, by the minute."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rehearsal.engine.alarm import (
    Actions,
    Alarm,
    Comparison,
    CompositeAlarm,
    MetricAlarm,
    MetricStat,
    Query,
    State,
    Treatment,
)
from rehearsal.engine.evaluation.engine import AlarmEngine, Outcome
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import Sample
from rehearsal.engine.metrics.store import MetricStore

START = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())  # a Monday
MINUTE = 60
HOME = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:"
TOPIC = "arn:aws:sns:us-east-1:111111111111:pages"
ALL_ACTIONS = Actions(ok=(TOPIC,), alarm=(TOPIC,), insufficient_data=(TOPIC,))
SIGNS = {"0": 0.0, "X": 1.0}


def metric_alarm(name: str, n: int = 1, m: int | None = None, **facts: Any) -> MetricAlarm:
    """Build an alarm above 0.5 on the sum of the metric of its own name, minute by minute."""
    period = facts.pop("period_seconds", MINUTE)
    stat = MetricStat(
        metric=MetricIdentity.of("Tests", facts.pop("metric", name)),
        statistic=facts.pop("statistic", "Sum"),
        period_seconds=period,
    )
    settings: dict[str, Any] = {
        "queries": (Query(id="m1", stat=stat),),
        "is_math": False,
        "comparison": Comparison.ABOVE,
        "threshold": 0.5,
        "treatment": Treatment.NOT_BREACHING,
        "actions": ALL_ACTIONS,
        **facts,
    }
    return MetricAlarm(
        period_seconds=period,
        evaluation_periods=n,
        datapoints_to_alarm=n if m is None else m,
        **_place(name),
        **settings,
    )


def composite_alarm(name: str, rule: str, **facts: Any) -> CompositeAlarm:
    """Build an alarm over others."""
    return CompositeAlarm(rule=rule, **{**_place(name), "actions": ALL_ACTIONS, **facts})


def _place(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "arn": f"{HOME}{name}",
        "account": "111111111111",
        "region": "us-east-1",
    }


def store_of(series: Mapping[str, str], *, delay_seconds: int = 0) -> MetricStore:
    """Publish a sign a minute from START: 0 is good, X is bad, - is nothing.

    A minute's value arrives when it ends, or so much later.
    """
    return MetricStore(
        Sample(
            metric=MetricIdentity.of("Tests", name),
            at=START + MINUTE * minute,
            arrives=START + MINUTE * (minute + 1) + delay_seconds,
            values=(SIGNS[sign],),
        )
        for name, signs in series.items()
        for minute, sign in enumerate(signs.replace(" ", ""))
        if sign != "-"
    )


def play(
    alarms: Iterable[Alarm], series: Mapping[str, str], *, minutes: int | None = None, **facts: Any
) -> Outcome:
    """Run alarms from START over series, to their end or for so many minutes."""
    length = minutes or max(len(signs.replace(" ", "")) for signs in series.values())
    engine = AlarmEngine(alarms, store_of(series), START, **facts)
    return engine.advance(START + MINUTE * length)


def tell(transitions: Iterable[Transition]) -> list[str]:
    """Write changes as `minute alarm STATE`."""
    return [
        f"{(change.time - START) // MINUTE} {change.alarm} {change.new}" for change in transitions
    ]


def tell_pages(outcome: Outcome) -> list[str]:
    """Write actions that ran as `minute alarm STATE`."""
    return [
        f"{(run.time - START) / MINUTE:g} {run.alarm.name} {run.transition.new}"
        for run in outcome.action_runs
        if run.decision.actions
    ]


OK = State.OK
ALARM = State.ALARM
UNKNOWN = State.INSUFFICIENT_DATA
