"""Rows for the rule on composite alarms."""

from tests.lint.samples import Case, alarm, composite

MANY = " OR ".join(f"ALARM(child-{number})" for number in range(101))

CASES = (
    Case(
        rule="composite-within-limits",
        name="a rule in small letters, and one over too many alarms",
        resources={
            "Small": composite("small", "alarm(orders-low)"),
            "Wide": composite("wide", MANY),
        },
        finds=("its rule is refused", "at most 100 alarms"),
    ),
    Case(
        rule="composite-within-limits",
        name="two composite alarms that stand on each other, and one on them",
        resources={
            "First": composite("first", "ALARM(second)"),
            "Second": composite("second", "ALARM(orders-low) OR ALARM(first)"),
            "Above": composite("above", "ALARM(first)"),
            "Child": alarm(),
        },
        finds=("first → second → first", "second → first → second"),
    ),
    Case(
        rule="composite-within-limits",
        name="a rule that only the deployment knows",
        resources={
            "Odd": composite("odd", {"Fn::GetAtt": ["Strange", "Rule"]}),  # type: ignore[arg-type]
            "Strange": {"Type": "Custom::Rule"},
        },
        needs=("an AlarmRule",),
    ),
    Case(
        rule="composite-within-limits",
        name="two ways down to the same child",
        resources={
            "Top": composite("top", "ALARM(left) AND ALARM(right)"),
            "Left": composite("left", "ALARM(orders-low)"),
            "Right": composite("right", "NOT OK(orders-low) OR ALARM(elsewhere)"),
            "Child": alarm(),
        },
    ),
)
