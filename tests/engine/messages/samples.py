"""Alarms that the tests of messages speak about."""

from datetime import UTC, datetime

from rehearsal.engine.alarm import (
    Actions,
    Comparison,
    CompositeAlarm,
    MetricAlarm,
    MetricStat,
    Query,
    State,
    Treatment,
)
from rehearsal.engine.messages.transition import Transition
from rehearsal.engine.metrics.identity import MetricIdentity

ACCOUNT = "123456789012"
HOME = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:pages"
CPU = MetricIdentity.of("AWS/EC2", "CPUUtilization")


def moment(text: str) -> float:
    """Read a moment in UTC, in seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def metric_alarm(
    name: str = "cpu",
    *,
    stat: MetricStat | None = None,
    queries: tuple[Query, ...] = (),
    periods: int = 1,
    needed: int = 1,
    threshold: float = 50,
    comparison: Comparison = Comparison.ABOVE,
    treatment: Treatment = Treatment.IGNORE,
    description: str = "",
    region: str = "us-east-1",
    actions: Actions | None = None,
    ignores_low_samples: bool = False,
) -> MetricAlarm:
    """Build an alarm on one statistic, or on metric math when queries are given."""
    stat = stat or MetricStat(metric=CPU, statistic="Average", period_seconds=300)
    period = next((query.stat.period_seconds for query in queries if query.stat), None)
    return MetricAlarm(
        name=name,
        arn=HOME + name,
        account=ACCOUNT,
        region=region,
        queries=queries or (Query(id="m1", stat=stat),),
        is_math=bool(queries),
        period_seconds=period or stat.period_seconds,
        evaluation_periods=periods,
        datapoints_to_alarm=needed,
        comparison=comparison,
        threshold=threshold,
        treatment=treatment,
        description=description,
        actions=actions or Actions(alarm=(TOPIC,)),
        ignores_low_samples=ignores_low_samples,
    )


def composite_alarm(*, suppressor: str | None = None, description: str = "") -> CompositeAlarm:
    """Build a composite over the alarm `child`."""
    return CompositeAlarm(
        name="both",
        arn=HOME + "both",
        account=ACCOUNT,
        region="us-east-1",
        rule='ALARM("child")',
        description=description,
        actions=Actions(alarm=(TOPIC,)),
        suppressor=suppressor,
        suppressor_wait_seconds=5 if suppressor else 0,
        suppressor_extension_seconds=6 if suppressor else 0,
    )


def change(
    alarm: MetricAlarm | CompositeAlarm,
    at: float,
    *,
    old: State = State.INSUFFICIENT_DATA,
    new: State = State.ALARM,
    reason: str = "observed transition",
    data: dict[str, object] | None = None,
) -> Transition:
    """Build a change of an alarm; fractions of a second are kept, as recordings have them."""
    return Transition(
        time=at,  # type: ignore[arg-type]
        alarm=alarm.name,
        arn=alarm.arn,
        old=old,
        new=new,
        reason=reason,
        reason_data=data or {},
    )
