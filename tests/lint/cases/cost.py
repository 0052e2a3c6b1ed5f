"""Rows for the rule on cost."""

from tests.lint.samples import Case, alarm, facts, orders, resource

BOARDS = {f"Board{number}": resource("CloudWatch::Dashboard") for number in range(3)}

CASES = (
    Case(
        rule="cost-within-budget",
        name="three dashboards on a budget for two",
        resources={"Alarm": alarm(), **BOARDS},
        facts=facts(cost={"budget_usd": 9}, metrics=[orders(series=10)]),
        finds=("about 12.10 USD a month: dashboard × 3: 9.00 USD; custom metric × 10: 3.00 USD",),
    ),
    Case(
        rule="cost-within-budget",
        name="no budget",
        resources={"Alarm": alarm()},
        needs=("facts.cost.budget_usd (estimate: 0.40 USD a month)",),
    ),
    Case(
        rule="cost-within-budget",
        name="a budget that is kept",
        resources={"Alarm": alarm(), **BOARDS},
        facts=facts(cost={"budget_usd": 20}, metrics=[orders(series=10)]),
    ),
    Case(
        rule="cost-within-budget",
        name="metrics from logs, seconds instead of minutes, and a band",
        resources={
            "Fine": alarm(Period=10),
            "Band": alarm("band", ComparisonOperator="LessThanLowerThreshold"),
            "Filter": resource(
                "Logs::MetricFilter",
                LogGroupName="shop",
                FilterPattern="",
                MetricTransformations=[
                    {"MetricNamespace": "Shop", "MetricName": "Lines", "MetricValue": "1"}
                ],
            ),
        },
        needs=("estimate: 1.20 USD",),
    ),
    Case(
        rule="cost-within-budget",
        name="nothing that costs anything",
        resources={"Topic": resource("SNS::Topic")},
    ),
)
