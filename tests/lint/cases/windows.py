"""Rows for the rules on windows and schedules."""

from typing import Any

from tests.lint.samples import Case, alarm, compute, facts, math_alarm, orders, read, resource

FUNCTION = {"Fn::GetAtt": ["Function", "Arn"]}


def function(**properties: Any) -> dict[str, Any]:
    return resource("Lambda::Function", FunctionName="count", **properties)


def schedule(expression: str) -> dict[str, Any]:
    return resource(
        "Scheduler::Schedule",
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": FUNCTION, "RoleArn": "arn:aws:iam::123456789012:role/start"},
    )


def errors(**properties: Any) -> dict[str, Any]:
    return alarm(
        "errors",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": {"Ref": "Function"}}],
        **properties,
    )


CASES = (
    Case(
        rule="window-within-limits",
        name="more than a day of short periods",
        resources={"Long": alarm(Period=1800, EvaluationPeriods=49)},
        finds=("88200 s",),
    ),
    Case(
        rule="window-within-limits",
        name="more than a week of hours, in metric math",
        resources={
            "Long": math_alarm(
                "long", read("m1", "Orders", Period=3600), compute("m1"), EvaluationPeriods=169
            )
        },
        finds=("608400 s",),
    ),
    Case(
        rule="window-within-limits",
        name="a constant that is drawn over more than a day",
        resources={
            "Long": math_alarm(
                "long",
                compute("TIME_SERIES(1)") | {"Period": 60},
                EvaluationPeriods=1441,
            )
        },
        finds=("86460 s",),
    ),
    Case(
        rule="window-within-limits",
        name="a number of periods that only the deployment knows",
        resources={
            "Long": alarm(EvaluationPeriods={"Fn::GetAtt": ["Strange", "Count"]}),
            "Strange": {"Type": "Custom::Number"},
        },
        needs=("a period and evaluation periods",),
    ),
    Case(
        rule="window-within-limits",
        name="an alarm on a query, whose window is its own",
        resources={"Query": alarm(MetricName=None, Period=None, EvaluationCriteria={})},
    ),
    Case(
        rule="window-within-limits",
        name="a day of half hours and a week of hours, as numbers and as texts",
        resources={
            "Day": alarm(Period="1800", EvaluationPeriods="48"),
            "Week": alarm("week", Period=3600, EvaluationPeriods=168),
        },
    ),
    Case(
        rule="schedule-fits",
        name="a run that may last until the next one starts",
        resources={"Function": function(Timeout=300), "Schedule": schedule("rate(5 minutes)")},
        finds=("may run 300 s, but rate(5 minutes)",),
    ),
    Case(
        rule="schedule-fits",
        name="a cron expression whose starts are at times close together",
        resources={
            "Function": function(Timeout=600),
            "Rule": resource(
                "Events::Rule",
                ScheduleExpression="cron(0,50 8-9 ? * MON-FRI *)",
                Targets=[{"Arn": FUNCTION}],
            ),
        },
        finds=("the next run after 600 s",),
    ),
    Case(
        rule="schedule-fits",
        name="an alarm that wants more datapoints than its function can give",
        resources={
            "Function": function(),
            "Schedule": schedule("rate(15 minutes)"),
            "Errors": errors(EvaluationPeriods=3, DatapointsToAlarm=2),
        },
        finds=("needs 2 datapoints within 3 × 300 s, but 900 s lie between",),
    ),
    Case(
        rule="schedule-fits",
        name="the same of a metric whose cadence the facts tell",
        resources={"Never": alarm(Period=60, EvaluationPeriods=2)},
        facts=facts(metrics=[orders(cadence_seconds=300)]),
        finds=("needs 2 datapoints within 2 × 60 s",),
    ),
    Case(
        rule="schedule-fits",
        name="a short run, a single datapoint, and silence that counts",
        resources={
            "Function": function(Timeout=60),
            "Schedule": schedule("rate(15 minutes)"),
            "Once": schedule("at(2026-11-21T10:00:00)"),
            "Errors": errors(),
            "Silence": errors(AlarmName="silence", EvaluationPeriods=3, TreatMissingData="missing"),
        },
    ),
    Case(
        rule="schedule-fits",
        name="a window that only the deployment knows",
        resources={
            "Odd": alarm(EvaluationPeriods={"Fn::GetAtt": ["Strange", "Count"]}),
            "Query": alarm("query", MetricName=None, Period=None, EvaluationCriteria={}),
            "Strange": {"Type": "Custom::Number"},
        },
    ),
    Case(
        rule="schedule-fits",
        name="two of three datapoints of a metric that comes as often as it is looked at",
        resources={"Fine": alarm(EvaluationPeriods=3, DatapointsToAlarm=2)},
        facts=facts(metrics=[orders(cadence_seconds=300)]),
    ),
)
