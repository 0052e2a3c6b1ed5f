"""How composites find the alarms they rest on, and the order they are evaluated in."""

import pytest

from rehearsal.engine.alarm import (
    Alarm,
    Comparison,
    CompositeAlarm,
    MetricAlarm,
    MetricStat,
    Query,
    State,
    Treatment,
)
from rehearsal.engine.composite.family import order_composites
from rehearsal.engine.errors import AlarmError, ExpressionError
from rehearsal.engine.inferred import Inference
from rehearsal.engine.metrics.identity import MetricIdentity

HOME = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"


def metric(name: str, home: str = HOME) -> MetricAlarm:
    """Build a metric alarm that nobody looks into."""
    stat = MetricStat(metric=MetricIdentity.of("N", "m"), statistic="Sum", period_seconds=60)
    return MetricAlarm(
        name=name,
        arn=home + name,
        account="123456789012",
        region="eu-west-1",
        queries=(Query(id="m", stat=stat),),
        is_math=False,
        period_seconds=60,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        comparison=Comparison.ABOVE,
        threshold=0,
        treatment=Treatment.MISSING,
    )


def composite(name: str, rule: str, suppressor: str | None = None) -> CompositeAlarm:
    """Build a composite of the same account and Region."""
    return CompositeAlarm(
        name=name,
        arn=HOME + name,
        account="123456789012",
        region="eu-west-1",
        rule=rule,
        suppressor=suppressor,
    )


def names(*alarms: Alarm) -> list[str]:
    """Return the order of evaluation."""
    return [resolved.alarm.name for resolved in order_composites(alarms)]


def test_children_come_before_their_parents_whatever_the_given_order() -> None:
    top = composite("top", "ALARM(left) AND ALARM(right)")
    left, right = composite("left", "ALARM(m)"), composite("right", "OK(left) OR ALARM(m)")
    assert names(top, right, left, metric("m")) == ["left", "right", "top"]


def test_alarms_without_composites_need_no_order() -> None:
    assert order_composites([metric("m")]) == ()


def test_names_and_arns_are_the_same_alarm() -> None:
    alarm = composite("c", f'ALARM(m) AND ALARM("{HOME}m")')
    (resolved,) = order_composites([metric("m"), alarm])
    assert resolved.children == (HOME + "m",)
    assert resolved.evaluate({HOME + "m": State.ALARM}) is State.ALARM
    assert resolved.evaluate({HOME + "m": State.INSUFFICIENT_DATA}) is State.OK
    assert resolved.list_triggers({HOME + "m": State.OK}) == (HOME + "m",)


def test_a_name_may_look_almost_like_an_arn() -> None:
    (resolved,) = order_composites([metric("arn:m"), composite("c", "ALARM(arn:m)")])
    assert resolved.children == (HOME + "arn:m",)


@pytest.mark.parametrize("reference", ["quiet", HOME + "quiet"])
def test_a_suppressor_is_found_by_name_or_arn(reference: str) -> None:
    (resolved,) = order_composites([metric("quiet"), composite("c", "TRUE", reference)])
    assert resolved.suppressor_arn == HOME + "quiet"


def test_a_composite_without_suppressor_has_none_and_carries_its_inferences() -> None:
    alarm = composite("c", "ALARM(m) OR OK(m) AND TRUE")
    (resolved,) = order_composites([alarm, metric("m")])
    assert resolved.suppressor_arn is None
    assert resolved.inferred == {Inference.MIXED_AND_OR}


OTHER_ACCOUNT = "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:"
OTHER_REGION = "arn:aws:cloudwatch:us-west-2:123456789012:alarm:"


@pytest.mark.parametrize(
    ("alarm", "message"),
    [
        (composite("c", "ALARM(nobody)"), "its rule names 'nobody', and there is no such alarm"),
        (composite("c", "ALARM('m')"), "there is no such alarm"),
        (composite("c", 'ALARM("")'), "its rule names '', and there is no such alarm"),
        (composite("c", f"ALARM({OTHER_ACCOUNT}m)"), "of another account or Region than"),
        (composite("c", f"ALARM({OTHER_REGION}m)"), "of another account or Region than"),
        (composite("c", "ALARM(c)"), "'c' names itself in its rule"),
        (composite("c", f"NOT OK({HOME}c)"), "'c' names itself in its rule"),
        (composite("c", "TRUE", "nobody"), "its actions suppressor names 'nobody'"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused_by_name(
    alarm: CompositeAlarm, message: str
) -> None:
    with pytest.raises(AlarmError, match=message):
        order_composites([metric("m"), metric("m", OTHER_REGION), alarm])


def test_a_rule_that_cannot_be_read_is_refused_with_the_alarm_s_name() -> None:
    with pytest.raises(ExpressionError, match="composite alarm 'c': the alarm rule 'true'"):
        order_composites([composite("c", "true")])


def test_a_circle_is_refused_with_its_members_in_order() -> None:
    alarms = [
        composite("a", "ALARM(b)"),
        composite("b", "ALARM(c) OR ALARM(m)"),
        composite("c", "NOT OK(a)"),
    ]
    with pytest.raises(AlarmError, match="in a circle: ") as caught:
        order_composites([*alarms, metric("m")])
    chain = str(caught.value).split(": ")[1]
    assert "'a' -> 'b' -> 'c'" in f"{chain} {chain.partition(' -> ')[2]}".replace("  ", " ")


def test_one_alarm_stands_in_at_most_150_composites() -> None:
    parents = [composite(f"c{number}", "ALARM(m)") for number in range(151)]
    assert len(order_composites([metric("m"), *parents[:150]])) == 150
    with pytest.raises(AlarmError, match="stands in 151 composite alarms; at most 150"):
        order_composites([metric("m"), *parents])
