"""Rows for the rule on burn rates."""

from typing import Any

from tests.lint.samples import Case, alarm, facts


def objective(measures: str) -> Any:
    watched = [{"alarm": "orders-low", "measures": measures}]
    return facts(objectives=[{"name": "orders", "objective": 0.9, "alarms": watched}])


CASES = (
    Case(
        rule="burn-rate-can-fire",
        name="14.4 times a budget of a tenth",
        resources={"Burn": alarm(Threshold=14.4)},
        facts=objective("burn-rate"),
        finds=("144 % of events",),
    ),
    Case(
        rule="burn-rate-can-fire",
        name="all events, as a percentage",
        resources={"Burn": alarm(Threshold=100)},
        facts=objective("percent"),
        finds=("100 % of events",),
    ),
    Case(
        rule="burn-rate-can-fire",
        name="an alarm that is in no template",
        resources={"Burn": alarm("another")},
        facts=objective("fraction"),
        finds=("in no template",),
    ),
    Case(
        rule="burn-rate-can-fire",
        name="an alarm that looks like one, and no facts",
        resources={"Burn": alarm("orders-burn-fast"), "Plain": alarm()},
        needs=("facts.objectives",),
    ),
    Case(
        rule="burn-rate-can-fire",
        name="a threshold that only the deployment knows",
        resources={
            "Burn": alarm(Threshold={"Fn::GetAtt": ["Strange", "Number"]}),
            "Strange": {"Type": "Custom::Number"},
        },
        facts=objective("fraction"),
        needs=("a threshold",),
    ),
    Case(
        rule="burn-rate-can-fire",
        name="six times a budget of a tenth",
        resources={"Burn": alarm(Threshold=6)},
        facts=objective("burn-rate"),
    ),
    Case(
        rule="burn-rate-can-fire",
        name="no objectives, as the facts say",
        resources={"Burn": alarm("orders-burn-fast")},
        facts=facts(objectives=[]),
    ),
)
