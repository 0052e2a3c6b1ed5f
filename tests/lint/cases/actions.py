"""Rows for the rules on actions."""

from tests.lint.samples import TOPIC_ARN, Case, alarm, composite

SILENT = alarm("child", AlarmActions=None)

CASES = (
    Case(
        rule="alarm-has-action",
        name="an alarm without any action",
        resources={"Alone": SILENT},
        finds=("no alarm action",),
    ),
    Case(
        rule="alarm-has-action",
        name="an alarm that only tells of its recovery",
        resources={"Late": alarm(AlarmActions=[], OKActions=[TOPIC_ARN])},
        finds=("no alarm action",),
    ),
    Case(
        rule="alarm-has-action",
        name="actions that are switched off",
        resources={"Off": alarm(ActionsEnabled=False)},
        finds=("actions are disabled",),
    ),
    Case(
        rule="alarm-has-action",
        name="the child of a composite alarm that is silent itself",
        resources={"Child": SILENT, "Parent": composite("parent", 'ALARM("child")')},
        finds=("no alarm action", "no alarm action"),
    ),
    Case(
        rule="alarm-has-action",
        name="an alarm with a topic",
        resources={"Loud": alarm()},
    ),
    Case(
        rule="alarm-has-action",
        name="the child of a child of a composite alarm that pages",
        resources={
            "Child": SILENT,
            "Between": composite("between", "ALARM(child)"),
            "Top": composite("top", 'ALARM("between")', AlarmActions=[TOPIC_ARN]),
        },
    ),
    Case(
        rule="alarm-has-action",
        name="an alarm that suppresses a composite alarm's actions",
        resources={
            "Maintenance": SILENT,
            "Loud": alarm(),
            "Top": composite(
                "top",
                "ALARM(orders-low)",
                AlarmActions=[TOPIC_ARN],
                ActionsSuppressor="child",
                ActionsSuppressorWaitPeriod=60,
                ActionsSuppressorExtensionPeriod=60,
            ),
        },
    ),
    Case(
        rule="alarm-has-action",
        name="an action that only the deployment knows",
        resources={
            "Loud": alarm(AlarmActions=[{"Ref": "Strange"}]),
            "Strange": {"Type": "Custom::Topic"},
        },
    ),
    Case(
        rule="alarm-has-action",
        name="the child of a rule that nobody can read",
        resources={
            "Child": SILENT,
            "Torn": composite("torn", "ALARM(child", AlarmActions=[TOPIC_ARN]),
        },
        finds=("no alarm action",),
    ),
    Case(
        rule="at-most-five-actions",
        name="six actions on one state",
        resources={"Loud": alarm(OKActions=[f"{TOPIC_ARN}-{number}" for number in range(6)])},
        finds=("6 actions on a change to OK",),
    ),
    Case(
        rule="at-most-five-actions",
        name="five actions on each of two states",
        resources={
            "Loud": alarm(
                AlarmActions=[f"{TOPIC_ARN}-{number}" for number in range(5)],
                OKActions=[f"{TOPIC_ARN}-{number}" for number in range(5)],
            )
        },
    ),
)
