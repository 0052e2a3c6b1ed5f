"""Rows for the rules on what alarms watch."""

from typing import Any

from tests.lint.samples import Case, alarm, compute, facts, math_alarm, orders, read


def by(**dimensions: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


SETS = orders(
    dimension_sets=[["Stage"], ["Stage", "Store"]], values={"Stage": ["live"], "Store": ["a", "b"]}
)


def band(**stat: Any) -> dict[str, Any]:
    return math_alarm(
        "strange",
        read("m1", "Orders", **stat),
        compute("ANOMALY_DETECTION_BAND(m1, 2)", "band"),
        ComparisonOperator="LessThanLowerThreshold",
        ThresholdMetricId="band",
        Threshold=None,
    )


CASES = (
    Case(
        rule="metric-is-registered",
        name="a misspelt metric",
        resources={"Typo": alarm(MetricName="Order")},
        facts=facts(metrics=[SETS]),
        finds=("watches Shop Order, which is not among",),
    ),
    Case(
        rule="metric-is-registered",
        name="a set of dimensions that nobody sends",
        resources={"Total": alarm(), "Store": alarm("store", Dimensions=by(Store="a"))},
        facts=facts(metrics=[SETS]),
        finds=("with the dimensions {}", "with the dimensions {Store}"),
    ),
    Case(
        rule="metric-is-registered",
        name="a value of a dimension that does not exist",
        resources={"Store": alarm(Dimensions=by(Stage="live", Store="c"))},
        facts=facts(metrics=[SETS]),
        finds=("with Store=c",),
    ),
    Case(
        rule="metric-is-registered",
        name="no facts, and a service of AWS the facts say nothing of",
        resources={"Live": alarm(Dimensions=by(Stage="live"))},
        needs=("facts.metrics with Shop",),
    ),
    Case(
        rule="metric-is-registered",
        name="a service of AWS that the facts say nothing of",
        resources={"Errors": alarm(Namespace="AWS/Lambda", MetricName="Errors")},
        facts=facts(metrics=[SETS]),
        needs=("facts.metrics with AWS/Lambda",),
    ),
    Case(
        rule="metric-is-registered",
        name="sets and values as they are sent, in any order, also by two emitters",
        resources={
            "Live": alarm(Dimensions=by(Stage="live")),
            "Store": alarm("store", Dimensions=by(Store="b", Stage="live")),
            "Other": alarm("other", Dimensions=by(Stage="live", Store="z")),
        },
        facts=facts(metrics=[SETS, SETS | {"values": {"Store": ["z"]}}]),
    ),
    Case(
        rule="unit-matches-emitter",
        name="a unit that nobody sends",
        resources={"Stuck": alarm(Unit="Bytes")},
        facts=facts(metrics=[orders(unit="Count")]),
        finds=("datapoints of Orders in Bytes",),
    ),
    Case(
        rule="unit-matches-emitter",
        name="a unit, and no facts",
        resources={"Stuck": alarm(Unit="Bytes")},
        needs=("unit of Orders",),
    ),
    Case(
        rule="unit-matches-emitter",
        name="the unit that is sent, and none at all",
        resources={
            "Same": math_alarm("same", read("m1", "Orders", Unit="Count"), compute("m1 * 2")),
            "None": alarm(),
        },
        facts=facts(metrics=[orders(unit="Count")]),
    ),
    Case(
        rule="no-band-on-sparse-metric",
        name="a band on a metric that comes only now and then",
        resources={"Strange": band()},
        facts=facts(metrics=[orders(sparse=True)]),
        finds=("an anomaly band on Orders",),
    ),
    Case(
        rule="no-band-on-sparse-metric",
        name="a band, and no facts",
        resources={"Strange": band()},
        needs=("facts.metrics with Orders",),
    ),
    Case(
        rule="no-band-on-sparse-metric",
        name="a band on a regular metric, and a number on a sparse one",
        resources={"Strange": band(), "Plain": alarm(MetricName="Refunds")},
        facts=facts(
            metrics=[orders(), {"namespace": "Shop", "name": "Refunds", "sparse": True}],
        ),
    ),
)
